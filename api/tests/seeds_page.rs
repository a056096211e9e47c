//! `docs/seeds.md` names what there is: every name in it is one of the schema.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/seeds.md");
    std::fs::read_to_string(file).unwrap()
}

/// The words in backticks that are names: neither a path nor a command line.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| {
        word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.')
    })
}

/// Every type of the schema, every field as `Type.field`, every field and value alone.
fn schema() -> BTreeSet<String> {
    let (mut known, mut current) = (BTreeSet::new(), String::new());
    for line in cauri_api::graphql::sdl().lines() {
        let mut words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        if let Some(kind) = line.split(' ').next().filter(|_| !line.starts_with(['\t', ' '])) {
            if ["type", "input", "enum", "union", "scalar", "interface"].contains(&kind) {
                current = words.nth(1).unwrap_or_default().to_owned();
                known.insert(current.clone());
            }
        } else if let Some(field) = words.find(|word| !word.is_empty()) {
            known.insert(field.to_owned());
            known.insert(format!("{current}.{field}"));
        }
    }
    known
}

#[test]
fn every_name_is_one_of_the_schema() {
    let (page, schema) = (page(), schema());
    let missing: Vec<_> = names(&page).filter(|name| !schema.contains(*name)).collect();
    assert!(missing.is_empty(), "not in the schema: {missing:?}");
}

#[test]
fn each_marketplace_has_all_its_rows_and_each_ticked_row_says_how() {
    let page = page();
    let counts: Vec<_> = page
        .split("\n## ")
        .skip(1)
        .map(|section| section.lines().filter(|line| line.starts_with("| [")).count())
        .collect();
    assert_eq!(counts[..5], [18, 18, 32, 12, 15]);
    for row in page.lines().filter(|line| line.starts_with("| [x]")) {
        let how = row.split(" | ").nth(3).unwrap();
        assert!(how.contains('`'), "{row}");
    }
}
