//! The simulated provider misbehaves over the network: answers and webhooks are slow, lost, repeated
//! and out of order, it is overloaded, down, and says paid before it fails. Every payment ends where
//! it belongs, once.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::{Duration, Instant};

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

async fn provider(server: &Server, method: reqwest::Method, path: &str, body: &Value) -> u16 {
    let url = format!("{}/v1/{path}", server.variable("CAURI_SIM_URL"));
    let answer = server.http().request(method, url).json(body).send().await;
    // An answer that never came: whoever asked asks again.
    answer.map_or(0, |answer| answer.status().as_u16())
}

async fn misbehaves(server: &Server, how: Value) {
    assert_eq!(provider(server, reqwest::Method::PUT, "misbehaviour", &how).await, 200, "{how}");
}

async fn expect(server: &Server, wallet: Uuid, francs: &str) -> Uuid {
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
        "amount": francs, "currency": "XOF", "provider": "sim" });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    payin
}

/// The customer pays, and tries again until the provider has said that it took it on.
async fn pay(server: &Server, payin: Uuid, francs: &str, more: Value) {
    let mut body = json!({ "amount": francs, "currency": "XOF" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let deadline = Instant::now() + Duration::from_secs(30);
    let path = format!("payins/{payin}/pay");
    while provider(server, reqwest::Method::POST, &path, &body).await != 202 {
        assert!(Instant::now() < deadline, "it is never taken on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn balance(server: &Server, account: &str) -> i64 {
    let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account currency balance } totals { debits credits } } }";
    let variables = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_FINANCE", query, variables).await;
    for total in data["trialBalance"]["totals"].as_array().unwrap() {
        assert_eq!(total["debits"], total["credits"]);
    }
    let rows = data["trialBalance"]["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["account"] == account && row["currency"] == "XOF");
    row.map_or(0, |row| row["balance"].as_str().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_it_does_every_payment_ends_where_it_belongs() {
    let server = Server::start(&["--demo"]);
    let wallet = market::wallet(&server, "ama").await;
    money_comes_in(&server, wallet).await;
    money_goes_out(&server, wallet).await;
    it_is_down(&server, wallet).await;
    other_money(&server, wallet).await;

    // Twelve payments of 1,000; paid out 100 for each of seven and 500 once; 900 of another amount.
    let out = 7 * 100 + 500;
    assert_eq!(
        server.available(wallet, "XOF", server.head().await).await,
        (12_000 - out).to_string()
    );
    assert_eq!(balance(&server, "suspense:sim").await, 900);
    assert_eq!(balance(&server, "clearing:sim").await, 12_000 - i64::from(out) + 900);
}

/// Overloaded, broken and cut off half of the time; webhooks twice and in disorder.
async fn money_comes_in(server: &Server, wallet: Uuid) {
    let how = json!({ "seed": 4, "busy_bp": 1_500, "unavailable_bp": 1_000, "error_bp": 1_500,
        "cut_bp": 1_000, "answer_after_ms": 50, "duplicate_webhook_bp": 5_000,
        "webhook_after_ms": 800 });
    misbehaves(server, how).await;
    let mut payins = Vec::new();
    for _ in 0..12 {
        let payin = expect(server, wallet, "1000").await;
        pay(server, payin, "1000", json!({})).await;
        payins.push(payin);
    }
    for payin in payins {
        server.becomes("payin", payin, "SUCCEEDED").await;
    }
    misbehaves(server, json!({ "duplicate_webhook_bp": 5_000, "webhook_after_ms": 300 })).await;
}

/// Each way in which a payout goes wrong, by its destination.
async fn money_goes_out(server: &Server, wallet: Uuid) {
    let mut payouts = Vec::new();
    for (destination, end) in [
        ("busy-momo", "PAID"),
        ("unavailable-momo", "PAID"),
        ("error-momo", "PAID"),
        ("cut-momo", "PAID"),
        ("twice-momo", "PAID"),
        ("late-momo", "PAID"),
        ("slow-momo", "PAID"),
        ("paidthenfail-momo", "RETURNED"),
        ("fail-momo", "FAILED"),
    ] {
        payouts.push((market::withdraw(server, wallet, "100", destination).await, end));
    }
    for (withdrawal, end) in payouts {
        // What failed may be heard of before it was paid: the money is in the wallet either way.
        match end {
            "RETURNED" => ends_unpaid(server, withdrawal).await,
            end => server.becomes("withdrawal", withdrawal, end).await,
        }
    }
}

async fn ends_unpaid(server: &Server, withdrawal: Uuid) {
    let query = "query($id: UUID!) { withdrawal(id: $id) { status } }";
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let data = server.graphql("TOKEN_FINANCE", query, json!({ "id": withdrawal })).await;
        let status = &data["withdrawal"]["status"];
        if *status == "RETURNED" || *status == "FAILED" {
            return;
        }
        assert!(Instant::now() < deadline, "it is {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A payout that is let out while nobody answers is sent afterwards, once.
async fn it_is_down(server: &Server, wallet: Uuid) {
    misbehaves(server, json!({ "down_for_ms": 2_500 })).await;
    let withdrawal = market::withdraw(server, wallet, "500", "momo").await;
    let path = format!("payouts/{withdrawal}");
    assert_eq!(provider(server, reqwest::Method::GET, &path, &json!({})).await, 0, "it is down");
    server.becomes("withdrawal", withdrawal, "PAID").await;
}

/// Another amount than was asked for fulfils nothing.
async fn other_money(server: &Server, wallet: Uuid) {
    let payin = expect(server, wallet, "1000").await;
    pay(server, payin, "1000", json!({ "misbehave": { "amount": "900" } })).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while balance(server, "suspense:sim").await != 900 {
        assert!(Instant::now() < deadline, "it is not in suspense");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let query = "query($id: UUID!) { payin(id: $id) { status } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({ "id": payin })).await;
    assert_ne!(data["payin"]["status"], "SUCCEEDED");
}
