//! Starting, stopping, and being used wrongly.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::Path;
use std::process::Output;

use cauri_tests::market;
use cauri_tests::process;
use cauri_tests::server::{Server, new_id};
use serde_json::Value;

fn cauri(arguments: &[&str]) -> Output {
    process::cauri(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn ready(server: &Server) -> Value {
    let answer = server.http().get(server.url("/readyz")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_from_its_snapshot_stops_gracefully_and_guards_its_log() {
    let mut server = Server::start(&["--snapshot-every", "40"]);
    assert_eq!(ready(&server).await["ledgers"][0]["startedFromSnapshot"], Value::Null);
    market::open_ledger(&server).await;
    let (from, to) = (market::wallet(&server, "ann").await, market::wallet(&server, "bob").await);
    market::fund(&server, from, 1_000).await;
    let snapshot = server.data().join("snapshots/main.snapshot");
    for _ in 0..200 {
        server.done("TOKEN_SERVICE", "transfer", market::transfer(new_id(), from, to, "1")).await;
        if snapshot.exists() {
            break;
        }
    }
    let head = server.head().await;

    // A second server on the same folder is one sentence.
    let data = server.data().to_str().unwrap().to_owned();
    let second = cauri(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir", &data]);
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(said(&second).trim().lines().count(), 1, "{}", said(&second));

    for (path, expected) in [("/healthz", "ok"), ("/metrics", "cauri_events_total")] {
        let text = server.http().get(server.url(path)).send().await.unwrap().text().await.unwrap();
        assert!(text.contains(expected), "{path}: {text}");
    }
    assert_eq!(server.stop(), Some(0));
    server.restart();
    let ledger = ready(&server).await["ledgers"][0].clone();
    let covered = ledger["startedFromSnapshot"].as_u64().expect("the snapshot was used");
    assert_eq!(covered + ledger["replayedAtStart"].as_u64().unwrap(), head);
    assert_eq!(server.head().await, head);

    // A byte of confirmed history that was changed: refused, naming the place.
    assert_eq!(server.stop(), Some(0));
    std::fs::remove_dir_all(server.data().join("snapshots")).unwrap();
    let segment = server.data().join("log/main/00000000000000000000.log");
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes
        .windows(8)
        .position(|window| window == b"\"ann\"],\"" || window == b"\"owner\":")
        .unwrap();
    bytes[at + 2] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let refused = cauri(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir", &data]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("00000000000000000000.log"), "{}", said(&refused));
}

#[test]
fn development_mode_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let refused = cauri(&["serve", "--dev", "--listen", "0.0.0.0:0", "--data-dir", data]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("loopback"), "{}", said(&refused));
}

#[test]
fn wrong_use_exits_with_2_and_help_says_it_all() {
    for wrong in [
        &["serve", "--nonsense"][..],
        &["token", "--role", "king", "--subject", "a"],
        &["serve"],
        &[],
    ] {
        let output = process::cauri(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    let help = String::from_utf8(cauri(&["--help"]).stdout).unwrap();
    for command in ["serve", "token", "demo", "bench", "schema", "simulate-provider"] {
        assert!(help.contains(command), "{help}");
    }
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let token = cauri(&["token", "--role", "buyer", "--subject", "ama", "--data-dir", empty]);
    assert_eq!(token.status.code(), Some(1));
    assert!(said(&token).contains("--dev"), "{}", said(&token));
}

/// Row 13 of `docs/peers-asks.md`.
#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let printed = String::from_utf8(cauri(&["schema"]).stdout).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/schema.graphql");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&file, &printed).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap();
    assert!(printed == committed, "api/schema.graphql is not current: UPDATE_SCHEMA=1 rewrites it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_without_certificates_runs_the_demo_over_plain_http() {
    let none = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
    let server = Server::start_with(&["--demo"], &none);
    assert_eq!(ready(&server).await["ready"], Value::Bool(true));
}
