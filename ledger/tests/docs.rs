//! `docs/events.md` says what the code does: it is made of the code's own doc comments and of the
//! golden files. After a change, `UPDATE_DOCS=1 cargo test -p cauri-ledger --test docs` writes it.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use cauri_domain::Event;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of all tables in a file's module documentation, as cells.
fn tables(path: &str) -> Vec<Vec<String>> {
    let text = read(path);
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! |")?.strip_suffix('|'));
    rows.map(|row| row.split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What the doc comment above an event type's line says.
fn happened(wire_name: &str) -> String {
    let source = read("domain/src/event.rs");
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| line.starts_with(&format!("{wire_name:?} "))).unwrap();
    lines[at - 1].strip_prefix("/// ").unwrap().to_owned()
}

/// The module in which an event type's lifecycle is described.
fn module(wire_name: &str) -> String {
    let source = read("domain/src/event.rs");
    let line = source.lines().find(|line| line.trim().starts_with(&format!("{wire_name:?} ")));
    let file = line.unwrap().split(['(', ':']).nth(1).unwrap();
    let candidates = [format!("domain/src/{file}/mod.rs"), format!("domain/src/{file}.rs")];
    candidates.into_iter().find(|path| root().join(path).exists()).unwrap()
}

/// The keys of a JSON object and their values, in the order and with the bytes they are written in.
struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    fn parse(text: &str) -> Self {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        serde_json::Deserializer::from_str(text).deserialize_map(Pairs).unwrap()
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.get())
    }
}

/// The last two lines of an event type's golden file: the shortest, and the one with every key, of
/// all that it can say today.
fn golden(wire_name: &str) -> [Object; 2] {
    let text = read(PathBuf::from("ledger/tests/golden").join(format!("{wire_name}.json")));
    let mut lines: Vec<_> = text.lines().map(Object::parse).collect();
    let last = lines.split_off(lines.len().saturating_sub(2));
    last.try_into().unwrap_or_else(|_| panic!("{wire_name} has golden lines in pairs"))
}

fn events_md() -> String {
    let mut page = String::from(
        "# Events\n\n\
        Everything that can be in a ledger's log. This page is made of the code's own comments and \
        of the golden files in `ledger/tests/golden`, which hold the exact bytes of each type; a \
        test keeps it current.\n\n\
        ## The line\n\n\
        An event is stored as one compact JSON object. `h = SHA-256(h of the event before, as 64 \
        characters, followed by the body's exact bytes)`; before the first event, 64 zeros. What is \
        hashed is what is stored is what is read.\n\n\
        | key | is | example |\n| --- | --- | --- |\n",
    );
    let [_, example] = golden("transfer.completed.v1");
    let [_, told] = golden("payin.declined.v1");
    for row in tables("ledger/src/codec.rs").iter().filter(|row| row[0].contains('`')) {
        let of = |key| example.get(key).or_else(|| told.get(key)).unwrap();
        let values = row[0].split(", ").map(|key| of(key.trim_matches('`')));
        let examples: Vec<_> = values.map(|value| format!("`{value}`")).collect();
        let shown = if row[0] == "`p`" { "see below".to_owned() } else { examples.join(", ") };
        writeln!(page, "| {} | {} | {shown} |", row[0], row[1]).unwrap();
    }
    page += "\nA posting of a journal entry is `[account, \"D\" or \"C\", amount, currency]`. Amounts are \
        decimal strings at the full scale of their currency. Keys that have nothing to say are \
        absent. Wire names are for ever: other bytes need another version.\n";
    let mut noun = "";
    for name in Event::WIRE_NAMES {
        let of = name.split('.').next().unwrap();
        if of != noun {
            noun = of;
            writeln!(page, "\n## {noun}").unwrap();
        }
        writeln!(page, "\n### `{name}`\n\n{}\n", happened(name)).unwrap();
        let quoted = format!("`{name}`");
        let rows = tables(&module(name));
        let rows: Vec<_> = rows.iter().filter(|row| row[1].contains(&quoted)).collect();
        let [shortest, _] = golden(name);
        let payload = Object::parse(shortest.get("p").unwrap());
        assert!(!rows.is_empty(), "no table of {} says what {name} comes of", module(name));
        for row in rows {
            // A command may lead to several events; the entry is with the one that moved money.
            let entry = payload.get("entry").map_or("none", |_| &row[2]);
            writeln!(page, "- From {}. Entry: {entry}.", row[0]).unwrap();
        }
        page += "\n| key | example |\n| --- | --- |\n";
        for (key, value) in &payload.0 {
            writeln!(page, "| `{key}` | `{value}` |").unwrap();
        }
    }
    page
}

#[test]
fn the_page_of_events_is_current() {
    let (path, page) = (root().join("docs/events.md"), events_md());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differs = written.lines().zip(page.lines()).find(|(old, new)| old != new);
    assert!(written == page, "docs/events.md is not current: run with UPDATE_DOCS=1; {differs:?}");
}

/// A key of the envelope that no table explains would be a secret.
#[test]
fn every_key_of_the_envelope_is_explained() {
    let rows = tables("ledger/src/codec.rs");
    let keys: Vec<_> = rows.iter().flat_map(|row| row[0].split(", ")).collect();
    let [_, full] = golden("transfer.completed.v1");
    let [_, told] = golden("payin.declined.v1");
    for (key, _) in full.0.iter().chain(&told.0) {
        assert!(keys.contains(&format!("`{key}`").as_str()), "{key}");
    }
}
