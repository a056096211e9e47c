//! `cauri verify` on the built program: beside a running server, on a copy, and on a copy that
//! somebody altered.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::{Path, PathBuf};

use cauri_tests::market;
use cauri_tests::process::{cauri, copy};
use cauri_tests::server::{Server, new_id};

/// How it ends, and all that it says.
fn verify(data: &Path) -> (bool, String) {
    let output = cauri(&["verify", "--data-dir"]).arg(data).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Row 1 of `docs/peers-asks.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_altered_log_is_refused_by_name() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let (ama, kofi) = (market::wallet(&server, "ama").await, market::wallet(&server, "kofi").await);
    market::fund(&server, ama, 10_000).await;
    for _ in 0..20 {
        let input = market::transfer(new_id(), ama, kofi, "100");
        server.done("TOKEN_BUYER", "transfer", input).await;
    }
    // Beside the server that writes it.
    let (good, said) = verify(server.data());
    assert!(good && said.ends_with("verified\n"), "{said}");
    assert!(said.contains("ledger main") && said.contains(" on each side"), "{said}");

    // After a crash, and all of it once it has gone in peace.
    server.kill9();
    assert!(verify(server.data()).0);
    server.restart();
    server.stop();
    let (good, said) = verify(server.data());
    assert!(good && said.contains("XOF       12000 on each side"), "{said}");
    assert!(!said.contains("on its way"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let log = |name: &str| -> PathBuf {
        let data = folder.path().join(name);
        copy(&server.data().join("log"), &data.join("log"));
        data
    };
    let (good, said) = verify(&log("copy"));
    assert!(good, "{said}");

    // Somebody makes one transfer ten times as large, of the same length on the disk.
    let altered = log("altered");
    let file = altered.join("log/main/00000000000000000000.log");
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(5).rposition(|it| it == b"\"100\"").unwrap();
    bytes[at + 1] = b'9';
    std::fs::write(&file, &bytes).unwrap();
    let (good, said) = verify(&altered);
    assert!(!good && said.contains("revision"), "{said}");
    assert!(!said.contains("verified"), "{said}");

    let (good, said) = verify(&folder.path().join("nothing"));
    assert!(!good && said.contains("cannot be opened"), "{said}");
}
