//! The server on a log in a Postgres: what is in its data folder can be lost.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_tests::database::durable_database;
use cauri_tests::process::cauri;
use cauri_tests::server::Server;
use serde_json::{Value, json};

async fn books(server: &Server) -> Value {
    let revision = server.rest().await;
    let trial = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account class currency balance } } }";
    server.graphql("TOKEN_FINANCE", trial, json!({ "at": revision })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_are_the_same_with_a_new_data_folder() {
    let database = durable_database().await;
    let on_postgres = ["--store", database.url.as_str(), "--lease-seconds", "3"];
    let with_demo = [&on_postgres[..], &["--demo"]].concat();
    let mut server = Server::start(&with_demo);
    let (url, data) = (server.url(""), server.data().display().to_string());
    let day = ["demo", "marketplace", "--url", &url, "--data-dir", &data];
    let played = cauri(&day).output().unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    let before = books(&server).await;
    assert!(before["trialBalance"]["rows"].as_array().unwrap().len() > 4, "{before}");
    assert!(!server.data().join("log").exists(), "the log is in the database alone");
    server.kill9();

    // Its lease lapses first. It knows nothing but the log.
    let mut anew = Server::start(&on_postgres);
    assert_eq!(books(&anew).await, before);
    let verified = cauri(&["verify", "--store", &database.url]).output().unwrap();
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(verified.status.success() && said.ends_with("verified\n"), "{said}");

    // A server that stops in peace gives its lease back.
    assert_eq!(anew.stop(), Some(0));
    let again = Server::start(&on_postgres);
    assert_eq!(books(&again).await, before);
}
