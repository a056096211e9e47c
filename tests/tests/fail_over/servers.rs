//! Two servers on one database: one holds the lease, the other forwards, and takes over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cauri_domain::LedgerId;
use cauri_ledger::store::postgres::{Options, PostgresStore};
use cauri_ledger::store::{EventStore as _, Head};
use cauri_tests::database::durable_database;
use cauri_tests::process::{cauri, signal};
use cauri_tests::store_contract::read_all;
use serde_json::json;

use super::load::{Load, Market, check};
use super::node::{Node, Tokens, leads};

const LEASE: u32 = 5;

/// The first server leads, the second stands by.
async fn two(url: &str) -> (Node, Node, Arc<Market>) {
    let first = Node::start(url, LEASE, None);
    first.until_it_leads().await;
    let second = Node::start(url, LEASE, Some(&first));
    second.until_it_stands_by().await;
    let tokens = Tokens::of(&first);
    // All of it through the one that stands by: mutations, a webhook, reads.
    let market = Market::open(tokens, &second).await;
    (first, second, Arc::new(market))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_takes_over_from_a_holder_that_is_killed() {
    let database = durable_database().await;
    let (mut first, second, market) = two(&database.url).await;
    let standing = second.ready().await;
    assert_eq!(standing["holder"]["address"], json!(format!("{}/", first.address)));

    let load = Load::start(&market, &[first.address.clone(), second.address.clone()]);
    load.until_more(60).await;
    first.process.kill().unwrap();
    let killed = Instant::now();
    second.until_it_leads().await;
    load.until_more(60).await;
    let took = killed.elapsed();
    // Who was killed comes back, and stands by.
    let third = Node::start(&database.url, LEASE, Some(&first));
    third.until_it_stands_by().await;
    let acknowledged = load.end().await;
    check(&market, &second, &acknowledged).await;
    check(&market, &third, &acknowledged).await;
    assert!(took < Duration::from_secs(60), "{took:?}");
    eprintln!("{} acknowledged; others were served {took:?} after the kill", acknowledged.len());

    let verified = cauri(&["verify"]).env("CAURI_STORE", &database.url).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_was_stopped_and_wakes_up_writes_nothing_and_ends() {
    let database = durable_database().await;
    let (mut first, second, market) = two(&database.url).await;
    let load = Load::start(&market, std::slice::from_ref(&first.address));
    load.until_more(40).await;
    // What it was asked just before waits in its sockets, and its clients have not given up.
    signal("-STOP", &[first.process.id()]);
    let other = Load::start(&market, std::slice::from_ref(&second.address));
    second.until_it_leads().await;
    other.until_more(20).await;
    let by_other = other.end().await;

    let store = PostgresStore::open_read_only(database.options.clone().into(), Options::default())
        .await
        .unwrap();
    let head = store.head(&LedgerId::main()).await.unwrap();
    assert_ne!(head, Head::Empty);
    signal("-CONT", &[first.process.id()]);
    assert_eq!(first.ended().await, Some(75), "the code of a lost lease");
    assert_eq!(store.head(&LedgerId::main()).await.unwrap(), head, "it wrote nothing");

    // What it had acknowledged before is there.
    let by_first = load.abandon();
    assert!(by_first.len() >= 40);
    let all = read_all(&store, &LedgerId::main(), 0).await;
    for (command, revision) in by_first.iter().chain(&by_other) {
        let event = &all[usize::try_from(*revision).unwrap()];
        let body = String::from_utf8_lossy(&event.body);
        assert!(body.contains(&command.to_string()), "{revision}: {body}");
    }
    assert!(leads(&second.ready().await));
}
