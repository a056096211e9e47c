//! The demo marketplaces, played on a real server, and its books as the built program writes them.

use std::collections::BTreeSet;
use std::path::Path;

use cauri_api::store::StoreAddress;
use cauri_domain::LedgerId;
use cauri_ledger::fold::Fold;
use cauri_ledger::log;
use cauri_ledger::store::Head;
use cauri_tests::process::cauri;
use cauri_tests::server::Server;
use futures::TryStreamExt as _;

use super::kit::balances;
use super::tools::Tool;

/// What `cauri export` does with these arguments.
fn export(data: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = cauri(&["export", "--data-dir"]);
    let output = command.arg(data).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), String::from_utf8(output.stdout).unwrap() + &said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demos_books_are_added_up_to_the_ledgers_own() {
    let mut server = Server::start(&["--demo"]);
    let (url, data) = (server.url(""), server.data().to_owned());
    for name in ["marketplace", "paiecashfan"] {
        let mut demo = cauri(&["demo", name, "--url", &url, "--data-dir"]);
        let played = demo.arg(&data).output().unwrap();
        assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    }
    server.stop();

    let store = "embedded".parse::<StoreAddress>().unwrap().open_read_only(&data).await.unwrap();
    let mut fold = Fold::default();
    let mut events = log::read(store, LedgerId::main(), Head::Empty);
    while let Some(chunk) = events.try_next().await.unwrap() {
        chunk.iter().for_each(|event| fold.apply(event));
    }
    let ours = balances(fold.state.books());
    let currencies: BTreeSet<_> = ours.keys().map(|(_, it)| it.parse().unwrap()).collect();
    let Head::At(last) = fold.head() else { panic!("the demos led to nothing") };
    let middle = (last.0 / 2).to_string();

    let folder = tempfile::tempdir().unwrap();
    for tool in Tool::ALL {
        let Some(program) = tool.find() else { continue };
        let format = format!("{:?}", tool.format()).to_lowercase();
        for from in ["0", &middle] {
            let path = folder.path().join(format!("{format}-{from}"));
            let out = path.to_str().unwrap();
            let (good, said) = export(&data, &["--format", &format, "--from", from, "--out", out]);
            assert!(good && said.contains(&fold.hash.to_string()), "{said}");
            let (good, said) = tool.check(&program, &path);
            assert!(good, "{tool:?} from {from}: {said}");
            assert_eq!(tool.balances(&program, &path, &currencies), ours, "{tool:?} from {from}");
        }
    }

    // What cannot be is said, and leaves no file behind.
    let beyond = (last.0 + 1).to_string();
    let path = folder.path().join("none");
    let out = path.to_str().unwrap();
    let (good, said) = export(&data, &["--format", "csv", "--to", &beyond, "--out", out]);
    assert!(!good && said.contains(&format!("it ends at {last}")), "{said}");
    let (good, said) = export(&data, &["--format", "csv", "--from", "5", "--to", "4"]);
    assert!(!good && said.contains("ends before it begins"), "{said}");
    let left = std::fs::read_dir(folder.path()).unwrap();
    assert!(left.flatten().all(|it| !it.file_name().to_string_lossy().starts_with("none")));
}
