//! Transfers asked of a server that may go at any moment, and what of them must be there afterwards.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cauri_domain::LedgerId;
use cauri_ledger::store::EventStore as _;
use cauri_ledger::store::embedded::EmbeddedStore;
use futures::StreamExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::market;
use crate::server::{Server, new_id};

/// Command ids of transfers, and the revisions at which they were acknowledged.
pub type Acknowledged = BTreeMap<Uuid, u64>;

/// Sends transfers of one franc until the server is gone.
pub async fn load(server: Arc<Server>, from: Uuid, to: Uuid) -> Acknowledged {
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

/// That the log and the read models have what was acknowledged, once, and that money adds up: the
/// two wallets began with a million francs and none.
///
/// # Panics
/// When they do not.
pub async fn check(server: &Server, acknowledged: &Acknowledged, from: Uuid, to: Uuid) {
    // Webhooks that were stored before may be applied still.
    let head = server.rest().await;
    // Wait until the read models cover the head: their rows and the log are then of one moment.
    let paid: i64 = server.available(to, "XOF", head).await.parse().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let events = loop {
        // Beside the server a log is read as far as its files say that it is durable: a little later.
        let events = log(server).await;
        if events.len() as u64 > head {
            break events;
        }
        assert!(
            Instant::now() < deadline,
            "{} events, and the ledger ends at {head}",
            events.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
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
