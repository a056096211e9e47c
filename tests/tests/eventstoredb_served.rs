//! Cauri as a whole on EventStoreDB: a marketplace's day, kills of both, the same books after each.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_esdb_server::Fault;
use cauri_tests::market;
use cauri_tests::process::cauri;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};

/// Every account's balance at a revision, debits equal to credits.
async fn books(server: &Server, at: u64) -> Value {
    let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account currency balance } totals { debits credits } } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({ "at": at })).await;
    let totals = data["trialBalance"]["totals"].as_array().unwrap();
    assert!(!totals.is_empty());
    for total in totals {
        assert_eq!(total["debits"], total["credits"]);
    }
    data["trialBalance"]["rows"].clone()
}

async fn esdb() -> cauri_esdb_server::Server {
    cauri_esdb_server::Server::start(cauri_esdb_server::Options::default()).await.unwrap()
}

/// The demo that comes with the program, a restart, and a check of the whole log without a server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_marketplace_is_kept_on_eventstoredb() {
    let events = esdb().await;
    let url = events.url();
    let mut server = Server::start(&["--demo", "--store", &url]);
    let (data, there) = (server.data().to_str().unwrap(), server.url(""));
    let played = cauri(&["demo", "marketplace", "--url", &there, "--data-dir", data]).output();
    let played = played.unwrap();
    let printed = String::from_utf8([played.stdout, played.stderr].concat()).unwrap();
    assert!(played.status.success() && printed.contains("debits equal credits"), "{printed}");

    let head = server.rest().await;
    let before = books(&server, head).await;
    assert!(before.as_array().unwrap().len() > 5, "{before}");
    assert_eq!(events.database().count("ledger-main") as u64, head + 1);
    assert!(!server.data().join("log").exists(), "nothing is kept in the folder");

    server.kill9();
    server.restart();
    assert_eq!(server.head().await, head);
    assert_eq!(books(&server, head).await, before);

    let verified = cauri(&["verify", "--store", &url, "--data-dir"]).arg(server.data()).output();
    let verified = verified.unwrap();
    let said = String::from_utf8([verified.stdout, verified.stderr].concat()).unwrap();
    assert!(verified.status.success() && said.contains("verified"), "{said}");
    assert!(said.contains("on each side"), "{said}");
}

/// Transfers while everything between Cauri and the server goes wrong: each is booked once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_are_booked_once_whatever_happens_to_answers() {
    let events = esdb().await;
    let server = Server::start(&["--store", &events.url()]);
    market::open_ledger(&server).await;
    let (ama, kofi) = (market::wallet(&server, "ama").await, market::wallet(&server, "kofi").await);
    market::fund(&server, ama, 10_000).await;
    let faults = [Fault::CutAfter, Fault::CutBefore, Fault::AbortedAfter, Fault::Unavailable];
    events.faults().every_append(2, &faults);
    let mut last = 0;
    for _ in 0..40 {
        let input = market::transfer(new_id(), ama, kofi, "100");
        last = server.done("TOKEN_BUYER", "transfer", input).await;
    }
    assert_eq!(server.available(kofi, "XOF", last).await, "4000");
    assert_eq!(server.available(ama, "XOF", last).await, "6000");
    assert_eq!(events.database().count("ledger-main") as u64, server.rest().await + 1);
}

/// Somebody else appends to the stream: the ledger stops rather than go on from what it cannot read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_event_stops_the_ledger() {
    let events = esdb().await;
    let server = Server::start(&["--store", &events.url()]);
    market::open_ledger(&server).await;
    market::wallet(&server, "ama").await;
    let count = events.database().count("ledger-main");
    events.database().append_foreign("ledger-main", "not-ours", "{}");
    let query = "mutation($input: OpenWalletInput!) { openWallet(input: $input) { __typename } }";
    let input = json!({ "commandId": new_id(), "wallet": new_id(), "owner": "kofi" });
    let answer = server.try_graphql("TOKEN_SERVICE", query, json!({ "input": input })).await;
    let answer = answer.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    // Nothing was appended behind it.
    assert_eq!(events.database().count("ledger-main"), count + 1);
}
