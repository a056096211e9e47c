//! The house rules that clippy cannot hold: who depends on whom, how long a file is, which words.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Files that may be longer than 500 lines, and why.
const LONG: [(&str, &str); 0] = [];

/// What `domain` may use: data, numbers and text. Nothing here does I/O, reads a clock or draws.
const PURE: [&str; 9] = [
    "chrono",
    "chrono-tz",
    "foldhash",
    "iso_currency",
    "proptest", // for its feature `testing` alone
    "rust_decimal",
    "serde",
    "thiserror",
    "uuid",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            walk(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| ["rs", "sql", "sh"].iter().any(|it| end == *it))
        {
            found.push(path);
        }
    }
}

/// All sources, by their path from the root.
fn sources() -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    walk(root(), &mut paths);
    let named = paths.into_iter().map(|path| {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    let sources: BTreeMap<_, _> = named.collect();
    assert!(sources.contains_key("domain/src/lib.rs"), "the sources are not where they were");
    sources
}

/// Lines that `is_bad`, each as `file:line: text`.
fn lines(within: &[&str], is_bad: impl Fn(&str) -> bool) -> Vec<String> {
    let mut bad = Vec::new();
    for (file, text) in sources() {
        if !within.iter().any(|folder| file.starts_with(folder)) {
            continue;
        }
        let numbered = text.lines().enumerate().filter(|(_, line)| is_bad(line));
        bad.extend(numbered.map(|(at, line)| format!("{file}:{}: {}", at + 1, line.trim())));
    }
    bad
}

/// The dependencies of each of our crates, by the crate's folder: name and kind.
fn dependencies() -> BTreeMap<String, Vec<(String, Value)>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let crates = metadata["packages"].as_array().unwrap().iter().map(|package| {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let of = package["dependencies"].as_array().unwrap().iter();
        let named = of.map(|it| (it["name"].as_str().unwrap().to_owned(), it["kind"].clone()));
        (folder.to_owned(), named.collect())
    });
    crates.collect()
}

/// What the table in ARCHITECTURE.md lets each crate depend on.
fn drawn() -> BTreeMap<String, BTreeSet<String>> {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = map.lines().skip_while(|line| !line.starts_with("| folder | is |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0].trim_matches('`').to_owned(), cells[2].to_owned())
    });
    let rows: Vec<_> = rows.filter(|(_, may)| !may.is_empty()).collect();
    let names = |may: &str| match may {
        "nothing of ours" => BTreeSet::new(),
        "all of them" => rows.iter().map(|(name, _)| name.clone()).collect(),
        some => some.split(", ").map(|name| name.trim_matches('`').to_owned()).collect(),
    };
    rows.iter().map(|(name, may)| (name.clone(), names(may))).collect()
}

#[test]
fn crates_depend_on_each_other_only_as_drawn() {
    let (dependencies, drawn) = (dependencies(), drawn());
    let (is, should): (Vec<_>, Vec<_>) = (dependencies.keys().collect(), drawn.keys().collect());
    assert_eq!(is, should, "ARCHITECTURE.md does not name the crates there are");
    for (name, on) in &dependencies {
        let ours = on.iter().filter_map(|(other, _)| other.strip_prefix("cauri-"));
        for other in ours.filter(|other| other != name) {
            let may = drawn[name].contains(other) && other != "tests";
            assert!(may, "{name} depends on {other}, against ARCHITECTURE.md");
        }
    }
}

#[test]
fn the_verifier_is_used_only_in_tests() {
    for (name, on) in dependencies() {
        let bad = on.iter().any(|(other, kind)| other == "cauri-verify" && kind != "dev");
        assert!(!bad, "{name} depends on what is to check it");
    }
}

#[test]
fn the_domain_uses_nothing_that_does_anything() {
    let used = dependencies().remove("domain").unwrap();
    let used: BTreeSet<_> = used.into_iter().filter(|it| it.1.is_null()).map(|it| it.0).collect();
    let allowed = PURE.map(str::to_owned).into();
    assert_eq!(used, allowed, "a dependency of domain is new, or gone and still in this list");
    let acts = ["std::fs", "std::net", "std::env", "std::thread", "std::process", "tokio", "sqlx"];
    let bad = lines(&["domain/src"], |line| acts.iter().any(|word| line.contains(word)));
    assert_eq!(bad, Vec::<String>::new());
}

#[test]
fn a_file_over_500_lines_says_why() {
    let sources = sources();
    let listed: Vec<_> = LONG.iter().map(|(file, _)| *file).collect();
    let long = sources.iter().filter(|(_, text)| text.lines().count() > 500);
    let bad: Vec<_> =
        long.map(|(file, _)| file).filter(|file| !listed.contains(&file.as_str())).collect();
    assert!(bad.is_empty(), "split these, or say why not: {bad:?}");
}

#[test]
fn nothing_is_left_half_done() {
    // Put together here, so that this file does not find itself. XXX alone is an ISO 4217 code.
    let words = [
        concat!("FIX", "ME"),
        concat!("// X", "XX"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let bad = lines(&[""], |line| words.iter().any(|word| line.contains(word)));
    assert_eq!(bad, Vec::<String>::new());
}

/// A transaction is what a database has. Money moves by entries, made of postings.
#[test]
fn the_words_are_ours() {
    let not_ours = ["transaction", "transactions"];
    let says = |line: &str| {
        let line = line.to_ascii_lowercase();
        line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| not_ours.contains(&word))
    };
    let mut bad = lines(&["domain/src", "ledger/src"], says);
    // There it is a database's.
    bad.retain(|line| !line.starts_with("ledger/src/store/postgres/"));
    assert_eq!(bad, Vec::<String>::new());
}

/// Two migrations of one version keep every server from starting, and nothing says so before.
#[test]
fn every_migration_has_a_version_of_its_own() {
    let names = std::fs::read_dir(root().join("migrations")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut versions: Vec<String> =
        names.map(|name| name.split('_').next().unwrap().to_owned()).collect();
    versions.sort();
    let twice: Vec<_> = versions.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// The programs of tests are listed by name: a file that is in none of them would never be run.
#[test]
fn every_file_of_tests_is_run() {
    let tests = root().join("tests");
    let mut listed = fs::read_to_string(tests.join("Cargo.toml")).unwrap();
    for program in ["served.rs", "house.rs"] {
        listed += &fs::read_to_string(tests.join("tests").join(program)).unwrap();
    }
    let names = fs::read_dir(tests.join("tests")).unwrap().map(|entry| entry.unwrap().path());
    let forgotten: Vec<_> = names
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| {
            let ways =
                [format!("mod {name};"), format!("tests/{name}.rs"), format!("tests/{name}/")];
            !ways.iter().any(|way| listed.contains(way))
        })
        .collect();
    assert_eq!(forgotten, Vec::<String>::new());
}
