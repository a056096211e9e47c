//! The runnable examples, played against the real server, and their printed books against hand
//! arithmetic: a file each.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod digital_market;
mod ecom;
mod kit;
mod marketplace;
mod paiecashfan;
mod shops;
mod uinova;

use std::path::Path;

use cauri_tests::process::cauri;

/// What [`kit::play`] holds against every demo is lost for one that nobody plays here.
#[test]
fn every_demo_is_played() {
    let refused = cauri(&["demo", "no-such-demo"]).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    let names = said.split_once("[possible values: ").and_then(|(_, rest)| rest.split_once(']'));
    let names: Vec<_> =
        names.unwrap_or_else(|| panic!("no names in {said}")).0.split(", ").collect();
    assert!(names.len() >= 6, "{names:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demos");
    for name in names {
        let file = folder.join(format!("{}.rs", name.replace('-', "_")));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(text.contains(&format!("play(\"{name}\")")), "{} plays it", file.display());
    }
}
