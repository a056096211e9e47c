//! `cauri store copy`: the real program over real folders, killed in the middle, refused where it must be.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::embedded::EmbeddedStore;
use cauri_ledger::store::{EventStore as _, Head, RawEvent};
use cauri_ledger::{Hash, chain};
use cauri_tests::market;
use cauri_tests::process::cauri;
use cauri_tests::server::Server;

/// What it says, and whether it was content.
fn run(arguments: &[&str]) -> (bool, String) {
    let output = cauri(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn copy(from: &Path, to: &Path) -> (bool, String) {
    run(&["store", "copy", from.to_str().unwrap(), &format!("embedded:{}", to.display())])
}

fn head(folder: &Path) -> Head {
    let store = EmbeddedStore::open_read_only(folder).unwrap();
    futures::executor::block_on(store.head(&LedgerId::main())).unwrap()
}

/// A log that is long enough to be killed amid its copy.
fn long_log(folder: &Path, events: u64) {
    let store = EmbeddedStore::open(folder, Default::default()).unwrap();
    let (main, filler) = (LedgerId::main(), "x".repeat(400));
    let (mut previous, mut batch) = (Hash::ZERO, Vec::new());
    for revision in 0..events {
        let body = format!(
            r#"{{"l":"main","r":{revision},"u":[{revision},1],"t":"x.v1","at":"2026-11-21T10:00:00.000000Z","p":"{filler}"}}"#
        );
        previous = chain::link(previous, body.as_bytes());
        batch.push(RawEvent { revision: Revision(revision), hash: previous, body: body.into() });
        if batch.len() == 10_000 || revision + 1 == events {
            let expected = Head::before(batch[0].revision);
            let append = store.append(&main, expected, &batch);
            futures::executor::block_on(append).unwrap();
            batch.clear();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_moves_to_another_folder_with_all_that_it_acknowledged() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;
    market::fund(&server, wallet, 500).await;
    let (from, to) = (server.data().join("log"), server.data().join("moved"));

    // Beside the server; what comes afterwards is added by a second copy.
    let (done, said) = copy(&from, &to);
    assert!(done && said.contains("is in use: stop its server and copy once more"), "{said}");
    let before = head(&to);
    market::fund(&server, wallet, 250).await;
    let last = server.rest().await;
    let (done, said) = run(&["store", "copy", to.to_str().unwrap(), from.to_str().unwrap()]);
    assert!(!done && said.contains("a server uses"), "the other way: {said}");
    let (done, said) = copy(&from, &from);
    assert!(!done && said.contains("is copied to itself"), "{said}");

    // Killed: what was acknowledged last has no later mark in the file, and is copied all the same.
    server.kill9_everything();
    let (done, said) = copy(&from, &to);
    assert!(done && !said.contains("is in use"), "{said}");
    assert_eq!(head(&to), Head::At(Revision(last)));
    assert!(before < head(&to));
    let (done, said) = copy(&from, &to);
    assert!(done && said.contains("copied    0 events"), "{said}");

    // The moved log is the log from now on.
    let aside = server.data().join("old-log");
    std::fs::rename(&from, &aside).unwrap();
    std::fs::rename(&to, &from).unwrap();
    let (done, said) = run(&["verify", "--data-dir", server.data().to_str().unwrap()]);
    assert!(done && said.contains("verified"), "{said}");
    server.restart();
    assert_eq!(server.available(wallet, "XOF", last).await, "750");
    market::fund(&server, wallet, 1).await;
    assert_eq!(server.stop(), Some(0));

    // The old one has gone another way since.
    let store = EmbeddedStore::open(&aside, Default::default()).unwrap();
    let main = LedgerId::main();
    let Head::At(end) = store.head(&main).await.unwrap() else { panic!("there are events") };
    let body = r#"{"another":"history"}"#;
    let raw = RawEvent { revision: end.next(), hash: Hash::ZERO, body: body.into() };
    store.append(&main, Head::At(end), &[raw]).await.unwrap();
    drop(store);
    let (done, said) = copy(&from, &aside);
    assert!(!done && said.contains(&format!("they part at revision {}", end.0 + 1)), "{said}");
}

#[test]
fn a_copy_that_is_killed_goes_on_where_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    long_log(&from, 120_000);
    let mut kills = 0;
    for pause in [150, 300, 450, 600] {
        let mut command = cauri(&["store", "copy", from.to_str().unwrap(), to.to_str().unwrap()]);
        let mut copying = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        kills += u32::from(copying.try_wait().unwrap().is_none());
        copying.kill().unwrap();
        copying.wait().unwrap();
    }
    assert!(kills > 0, "none of the copies was caught on its way");
    let (done, said) = copy(&from, &to);
    assert!(done, "{said}");
    assert_eq!(head(&to), Head::At(Revision(119_999)));
    let segments = |folder: &Path| {
        let store = EmbeddedStore::open_read_only(folder).unwrap();
        let main = LedgerId::main();
        let check = cauri_ledger::copy::check(&store, &main, |_| {});
        futures::executor::block_on(check).unwrap()
    };
    assert_eq!(segments(&from), segments(&to));
}
