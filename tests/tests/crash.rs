//! What was acknowledged is there after a kill, once.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::LedgerId;
use cauri_ledger::store::embedded::EmbeddedStore;
use cauri_ledger::store::{EventStore as _, Head};
use cauri_tests::acknowledged::{Acknowledged, check, load};
use cauri_tests::market;
use cauri_tests::server::Server;
use serde_json::json;

const ROUNDS: u64 = 20;
const CLIENTS: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_under_load_lose_nothing_and_double_nothing() {
    let mut server = Server::start(&["--snapshot-every", "500"]);
    market::open_ledger(&server).await;
    let (from, to) = (market::wallet(&server, "ann").await, market::wallet(&server, "bob").await);
    market::fund(&server, from, 1_000_000).await;
    let mut acknowledged = Acknowledged::new();
    for round in 0..ROUNDS {
        let shared = Arc::new(server);
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| tokio::spawn(load(Arc::clone(&shared), from, to))).collect();
        // Each round is cut at another moment, from the first batches on.
        tokio::time::sleep(Duration::from_millis(40 + round * 37 % 400)).await;
        shared.signal_kill();
        for client in clients {
            acknowledged.extend(client.await.unwrap());
        }
        server = Arc::into_inner(shared).expect("the clients are gone");
        if round % 2 == 0 {
            server.kill9_everything();
        }
        server.restart();
        check(&server, &acknowledged, from, to).await;
    }
    assert!(acknowledged.len() > 500, "only {} were acknowledged", acknowledged.len());
    // Asked again under the same id, each gets the answer it had.
    for (id, revision) in acknowledged.iter().step_by(acknowledged.len() / 50) {
        let input = market::transfer(*id, from, to, "1");
        let again = server.mutate("TOKEN_SERVICE", "transfer", input).await;
        assert_eq!((&again["revision"], &again["replayed"]), (&json!(revision), &json!(true)));
    }
}

#[tokio::test]
async fn the_log_is_where_the_reader_stops_at_what_is_durable() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let _ = market::wallet(&server, "ann").await;
    let head = server.head().await;
    server.kill9();
    let store = EmbeddedStore::open_read_only(server.data().join("log")).unwrap();
    let seen = store.head(&LedgerId::main()).await.unwrap();
    assert!(seen <= Head::At(cauri_domain::Revision(head)));
    server.restart();
    assert_eq!(server.head().await, head);
}
