//! Ten thousand transfers over 256 connections against one wallet.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::json;

const TRANSFERS: u32 = 10_000;
const CONNECTIONS: usize = 256;
/// Fewer than are asked, so that the wallet runs dry.
const FRANCS: u64 = 9_700;

/// Row 17 of `docs/peers-asks.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_transfers_end_exactly_and_only_typed_refusals_occur() {
    let server = Arc::new(Server::start(&[]));
    market::open_ledger(&server).await;
    let hot = market::wallet(&server, "ann").await;
    market::fund(&server, hot, FRANCS).await;
    let mut others = Vec::new();
    for _ in 0..8 {
        others.push(market::wallet(&server, "bob").await);
    }
    let next = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let (server, next, others) = (Arc::clone(&server), Arc::clone(&next), others.clone());
            tokio::spawn(async move {
                // A connection of its own for each.
                let http = reqwest::Client::builder().pool_max_idle_per_host(1).build().unwrap();
                let (url, token) = (server.url("/graphql"), server.variable("TOKEN_SERVICE"));
                let query = "mutation($input: TransferInput!) { transfer(input: $input) {
                    __typename ... on Refused { code } } }";
                let (mut done, mut refused) = (0_u64, 0_u64);
                while next.fetch_add(1, Ordering::Relaxed) < TRANSFERS {
                    let to = others[number % others.len()];
                    let input = market::transfer(new_id(), hot, to, "1");
                    let body = json!({ "query": query, "variables": { "input": input } });
                    let answer = http.post(&url).bearer_auth(token).json(&body).send().await;
                    let answer: serde_json::Value = answer.unwrap().json().await.unwrap();
                    assert!(answer.get("errors").is_none(), "{answer}");
                    match answer["data"]["transfer"]["code"].as_str() {
                        None => done += 1,
                        Some("INSUFFICIENT_FUNDS") => refused += 1,
                        Some(other) => panic!("refused as {other}"),
                    }
                }
                (done, refused)
            })
        })
        .collect();
    let (mut done, mut refused) = (0, 0);
    for task in tasks {
        let (its_done, its_refused) = task.await.unwrap();
        done += its_done;
        refused += its_refused;
    }
    assert_eq!((done, refused), (FRANCS, u64::from(TRANSFERS) - FRANCS));
    let head = server.head().await;
    assert_eq!(server.available(hot, "XOF", head).await, "0");
    let mut sum = 0;
    for other in others {
        sum += server.available(other, "XOF", head).await.parse::<u64>().unwrap();
    }
    assert_eq!(sum, FRANCS);
}
