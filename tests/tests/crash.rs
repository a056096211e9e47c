//! What was acknowledged is there after a kill, once.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cauri_domain::LedgerId;
use cauri_ledger::store::embedded::EmbeddedStore;
use cauri_ledger::store::{EventStore as _, Head};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use futures::StreamExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

const ROUNDS: u64 = 20;
const CLIENTS: usize = 24;

/// Command ids, and the revisions at which they were acknowledged.
type Acknowledged = BTreeMap<Uuid, u64>;

/// Sends transfers of one franc until the server is gone.
async fn load(server: Arc<Server>, from: Uuid, to: Uuid) -> Acknowledged {
    let query = "mutation($input: TransferInput!) { transfer(input: $input) { __typename
        ... on TransferCompleted { revision } } }";
    let mut acknowledged = Acknowledged::new();
    loop {
        let id = new_id();
        let variables = json!({ "input": market::transfer(id, from, to, "1") });
        let Ok(answer) = server.try_graphql("TOKEN_SERVICE", query, variables).await else {
            return acknowledged;
        };
        match answer["data"]["transfer"]["revision"].as_u64() {
            Some(revision) => drop(acknowledged.insert(id, revision)),
            None => return acknowledged,
        }
    }
}

/// The whole log as JSON, its hash chain checked by hand.
async fn log(server: &Server) -> Vec<Value> {
    let store = EmbeddedStore::open_read_only(server.data().join("log")).unwrap();
    let ledger = LedgerId::main();
    let mut chunks = store.read(&ledger, cauri_domain::Revision::FIRST);
    let (mut events, mut previous) = (Vec::new(), "0".repeat(64));
    while let Some(chunk) = chunks.next().await {
        for raw in chunk.unwrap() {
            let text = [previous.as_bytes(), &raw.body[..]].concat();
            previous = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&text));
            assert_eq!(previous, raw.hash.to_string());
            events.push(serde_json::from_slice(&raw.body).unwrap());
        }
    }
    events
}

/// Credits less debits per account, summed from the log's JSON alone.
fn sums(events: &[Value]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    let entries = events.iter().filter_map(|event| event["p"]["entry"].as_array());
    for posting in entries.flatten() {
        let amount: i64 = posting[2].as_str().unwrap().parse().unwrap();
        let signed = if posting[1] == "C" { amount } else { -amount };
        *sums.entry(posting[0].as_str().unwrap().to_owned()).or_default() += signed;
    }
    sums
}

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

async fn check(server: &Server, acknowledged: &Acknowledged, from: Uuid, to: Uuid) {
    let head = server.head().await;
    // Wait until the read models cover the head: their rows and the log are then of one moment.
    let paid: i64 = server.available(to, "XOF", head).await.parse().unwrap();
    let events = log(server).await;
    assert_eq!(events.len() as u64, head + 1);
    let mut found = BTreeMap::<Uuid, Vec<u64>>::new();
    for event in events.iter().filter(|event| event["t"] == "transfer.completed.v1") {
        let id = event["c"].as_str().unwrap().parse().unwrap();
        found.entry(id).or_default().push(event["r"].as_u64().unwrap());
    }
    for (id, revision) in acknowledged {
        assert_eq!(found.get(id), Some(&vec![*revision]), "an acknowledged command");
    }
    assert!(found.values().all(|revisions| revisions.len() == 1), "a command was applied twice");
    let sums = sums(&events);
    let of = |wallet: Uuid| sums[&format!("wallet:{wallet}:available")];
    assert_eq!((of(from) + of(to), of(to)), (1_000_000, found.len() as i64));
    assert_eq!(sums.values().sum::<i64>(), 0);
    assert_eq!(paid, of(to), "the read models and the log agree");
    let trial = "{ trialBalance { rows { account balance class } totals { debits credits } } }";
    let trial = server.graphql("TOKEN_AUDITOR", trial, json!({})).await;
    for row in trial["trialBalance"]["rows"].as_array().unwrap() {
        let balance: i64 = row["balance"].as_str().unwrap().parse().unwrap();
        let signed = if row["class"] == "ASSET" { -balance } else { balance };
        assert_eq!(signed, sums[row["account"].as_str().unwrap()], "{row}");
    }
    let total = &trial["trialBalance"]["totals"][0];
    assert_eq!(total["debits"], total["credits"]);
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
