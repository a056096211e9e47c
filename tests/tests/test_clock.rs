//! A ledger's clock in development: set forward, what is due falls due; a restart does not set it
//! back.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

async fn now(server: &Server) -> DateTime<Utc> {
    let seen = server.graphql("TOKEN_ADMIN", "{ ledger { now } }", json!({})).await;
    seen["ledger"]["now"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_passes_at_once_and_stays_passed() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ama").await;
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
        "amount": "500", "currency": "XOF", "provider": "sim" });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;

    let tomorrow = Utc::now() + TimeDelta::days(1);
    let set = json!({ "commandId": new_id(), "to": tomorrow });
    server.done("TOKEN_ADMIN", "advanceClock", set.clone()).await;
    server.becomes("payin", payin, "EXPIRED").await;
    assert!(now(&server).await >= tomorrow);
    // Webhooks go by the world's time: their signatures are not a day old.
    market::fund(&server, wallet, 700).await;

    server.kill9();
    server.restart();
    assert!(now(&server).await >= tomorrow);
    server.done("TOKEN_ADMIN", "advanceClock", set).await;
    assert!(now(&server).await < tomorrow + TimeDelta::hours(1));

    let back = json!({ "commandId": new_id(), "to": Utc::now() });
    let refused = server.mutate("TOKEN_ADMIN", "advanceClock", back).await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID_SETTING"), &json!("to")));
    let theirs = json!({ "commandId": new_id(), "to": tomorrow + TimeDelta::days(1) });
    let refused = server.mutate("TOKEN_BUYER", "advanceClock", theirs).await;
    assert_eq!(refused["code"], "FORBIDDEN");
}
