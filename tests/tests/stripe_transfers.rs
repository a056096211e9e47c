//! A withdrawal that Stripe pays by a transfer, which is reversed later: in part, then whole.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::{Duration, Instant};

use axum::http::Method;
use axum::{Json, Router};
use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::server::Server;
use serde_json::{Value, json};
use uuid::Uuid;

const SECRET: &str = "whsec_of_the_test";

/// A Stripe that takes on every transfer, as the same one.
async fn stripe() -> String {
    let router = Router::new().fallback(answer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}

async fn answer(method: Method) -> Json<Value> {
    if method == Method::POST {
        return Json(json!({ "id": "tr_1", "object": "transfer" }));
    }
    Json(json!({ "object": "list", "data": [] }))
}

/// Stripe's word that so much of a transfer of 1,000 francs is back.
async fn reversed(server: &Server, withdrawal: Uuid, back: u64) -> (u16, Value) {
    let event = json!({ "id": format!("evt_{back}"), "type": "transfer.reversed",
        "data": { "object": { "id": "tr_1", "object": "transfer", "amount": 1_000,
            "amount_reversed": back, "reversed": back == 1_000, "currency": "xof",
            "destination": "acct_123", "metadata": { "cauri_withdrawal": withdrawal } } } });
    server.webhook("stripe", STRIPE_SCHEME, &event.to_string()).await
}

/// The delivery that nobody could apply, once it is marked as that.
async fn dead_letter(server: &Server) -> Value {
    let query = "{ deliveries(state: DEAD, first: 10) {
        edges { node { kind error { code field message } } } } }";
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let data = server.graphql("TOKEN_FINANCE", query, json!({})).await;
        if let Some(edge) = data["deliveries"]["edges"].get(0) {
            return edge["node"].clone();
        }
        assert!(Instant::now() < deadline, "nothing is dead");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn has(server: &Server, wallet: Uuid, francs: &str) {
    assert_eq!(server.available(wallet, "XOF", server.head().await).await, francs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_that_is_reversed_after_it_was_paid_comes_back_and_a_part_of_it_is_seen() {
    let (url, folder) = (stripe().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("providers.toml");
    std::fs::write(&file, "[[route]]\nproviders = [\"stripe\"]\n").unwrap();
    let server = Server::start_with(
        &["--providers", file.to_str().unwrap()],
        &[
            ("CAURI_STRIPE_WEBHOOK_SECRET", SECRET),
            ("CAURI_STRIPE_API_KEY", "sk_test"),
            ("CAURI_STRIPE_URL", &url),
        ],
    );
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;
    market::fund(&server, ama, 5_000).await;
    let withdrawal = market::withdraw(&server, ama, "1000", "acct_123").await;
    server.becomes("withdrawal", withdrawal, "PAID").await;
    has(&server, ama, "4000").await;

    // Nothing is booked of a part, and its delivery is a dead letter that says which field it is.
    let (status, answer) = reversed(&server, withdrawal, 400).await;
    let field = json!("data.object.amount_reversed");
    assert_eq!((status, &answer["field"]), (400, &field), "{answer}");
    let dead = dead_letter(&server).await;
    assert_eq!((&dead["kind"], &dead["error"]["field"]), (&json!("transfer.reversed"), &field));
    server.becomes("withdrawal", withdrawal, "PAID").await;
    has(&server, ama, "4000").await;

    let (status, answer) = reversed(&server, withdrawal, 1_000).await;
    assert_eq!((status, &answer["effect"]), (200, &json!("applied")), "{answer}");
    server.becomes("withdrawal", withdrawal, "RETURNED").await;
    has(&server, ama, "5000").await;
}
