//! The page of what users of other ledgers asked for says the truth: every test that it names is
//! there, and names its row.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::Path;

/// What a test's doc comment says; `None` where there is no such test.
fn said_of(text: &str, test: &str) -> Option<String> {
    let lines: Vec<_> = text.lines().collect();
    let is_it = |line: &&str| line.contains(&format!("fn {test}("));
    let at = lines.iter().position(is_it)?;
    let above = lines[..at].iter().rev().map(|line| line.trim());
    let of_it = above.take_while(|line| line.starts_with("///") || line.starts_with("#["));
    Some(of_it.collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_row_names_tests_that_are_there_and_name_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/peers-asks.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('#'));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    let numbers: Vec<_> = rows.iter().map(|row| row[1].to_owned()).collect();
    assert_eq!(numbers, (1..=20).map(|number| number.to_string()).collect::<Vec<_>>());
    for row in rows {
        let (number, held_by) = (row[1], row[4]);
        let tests: Vec<_> = held_by.split("<br>").filter_map(|it| it.split_once("::")).collect();
        assert!(!tests.is_empty() || held_by == "not applicable", "row {number}");
        for (file, test) in tests {
            let (file, test) = (file.trim_matches('`'), test.trim_matches('`'));
            let text = fs::read_to_string(root.join(file)).unwrap();
            let said = said_of(&text, test).unwrap_or_else(|| panic!("no {file}::{test}"));
            assert!(said.contains(&format!("Row {number} of")), "{file}::{test} names no row");
        }
    }
}
