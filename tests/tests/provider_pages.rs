//! Each verifier's page names the vectors it passes and the forgeries that are tried, and where: in
//! files that are there.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::Path;

use cauri_api::providers::Kind;

#[test]
fn every_kind_has_a_page_that_names_its_vectors_and_forgeries_in_files_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for kind in Kind::ALL {
        let file = root.join(format!("docs/providers/{kind}.md"));
        let page = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("no page of {kind}"));
        let section = page.split("\n## ").find(|it| it.starts_with("Vectors and forgeries\n"));
        let section = section.unwrap_or_else(|| panic!("{kind} names no vectors and forgeries"));
        let is_path = |text: &&str| text.contains('/') && !text.contains(' ');
        let named: Vec<&str> = section.split('`').skip(1).step_by(2).filter(is_path).collect();
        for path in &named {
            assert!(root.join(path).exists(), "{kind} names {path}, which is not there");
        }
        for needed in ["tests/tests/forgeries", "api/"] {
            let names = named.iter().any(|path| path.starts_with(needed));
            assert!(names, "{kind} names no test in {needed}");
        }
    }
}
