//! `docs/lifecycles.md`: every lifecycle's states and entries, as its module says them.
//!
//! Run with `UPDATE_DOCS=1` to write it anew.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cauri_domain::Command;

const HEAD: &str = "# Lifecycles

What can become of each thing, and which entry each step posts. Generated from the documentation of
the modules in `domain/src`, which say more: run `UPDATE_DOCS=1 cargo test -p cauri-domain
--features testing --test lifecycles_page`. Each lifecycle's tests try every command in every state:
what a diagram does not show is refused by name.
";

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The public modules, in the order of the crate's own list, and where they are.
fn modules() -> Vec<(String, PathBuf)> {
    let root = std::fs::read_to_string(source().join("lib.rs")).unwrap();
    let names = root.lines().filter_map(|line| {
        line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "))?.strip_suffix(';')
    });
    let place = |name: &str| {
        let folder = source().join(name).join("mod.rs");
        if folder.exists() { folder } else { source().join(format!("{name}.rs")) }
    };
    names.map(|name| (name.to_owned(), place(name))).filter(|(_, path)| path.exists()).collect()
}

/// A module's documentation: its lines without `//!`.
fn documentation(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect()
}

/// The diagrams and tables of a lifecycle; nothing of a module that is none.
fn section(name: &str, lines: &[String]) -> Option<String> {
    let is_table = |line: &String| line.starts_with('|');
    if !lines.iter().any(|line| line.starts_with("| command")) {
        return None;
    }
    let title = lines.first()?.trim_end_matches('.');
    let mut section = format!("\n## {name}\n\n{title}.\n");
    let (mut in_diagram, mut in_table) = (false, false);
    for line in lines {
        let opens = line == "```mermaid";
        let closes = in_diagram && line == "```";
        if opens || (is_table(line) && !in_table && !in_diagram) {
            section.push('\n');
        }
        if opens || in_diagram || is_table(line) {
            writeln!(section, "{line}").unwrap();
        }
        in_diagram = (in_diagram || opens) && !closes;
        in_table = is_table(line);
    }
    Some(section)
}

fn page() -> String {
    let sections = modules().into_iter();
    let sections = sections.filter_map(|(name, path)| section(&name, &documentation(&path)));
    std::iter::once(HEAD.to_owned()).chain(sections).collect()
}

#[test]
fn the_page_of_lifecycles_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lifecycles.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "docs/lifecycles.md is not what the modules say: see its test");
}

/// A command that no lifecycle's table has is one that nobody can look up.
#[test]
fn every_command_is_in_the_table_of_its_lifecycle() {
    for name in Command::NAMES {
        let named = format!("`{name}`");
        let is_there = modules().into_iter().any(|(module, path)| {
            section(&module, &documentation(&path)).is_some_and(|it| it.contains(&named))
        });
        assert!(is_there, "{name} is in no module's table");
    }
}
