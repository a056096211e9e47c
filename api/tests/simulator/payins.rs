//! Payments that the merchant begins.

use std::sync::Arc;

use axum::http::StatusCode;
use cauri_api::simulator::Simulator;
use cauri_api::webhooks::Fact;
use serde_json::json;
use uuid::Uuid;

use crate::kit::{Receiver, asked, client, pay};

#[tokio::test]
async fn a_merchant_begins_a_payment_and_the_buyer_pays_on_its_page() {
    let mut receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    let reference = Uuid::new_v4();
    let payin = format!("{url}/v1/payins/{reference}");
    assert_eq!(asked(client().get(&payin)).await.0, 404);

    let terms = json!({"amount": "10.00", "currency": "USD", "return_url": "https://shop.test/ok"});
    let (status, begun) = asked(client().post(&payin).json(&terms)).await;
    assert_eq!((status, &begun["status"]), (201, &json!("created")));
    assert_eq!(asked(client().post(&payin).json(&terms)).await, (201, begun.clone()));
    assert_eq!(asked(client().get(&payin)).await, (200, begun.clone()));
    let other = json!({"amount": "11.00", "currency": "USD"});
    let (status, refused) = asked(client().post(&payin).json(&other)).await;
    assert_eq!((status, &refused["code"]), (422, &json!("idempotency_key_reused")));
    let nowhere =
        json!({"amount": "10.00", "currency": "USD", "return_url": "javascript:alert(1)"});
    let refused =
        asked(client().post(format!("{url}/v1/payins/{}", Uuid::new_v4())).json(&nowhere));
    assert_eq!(refused.await.0, 400);

    let page = begun["payment_url"].as_str().unwrap();
    let shown = client().get(page).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("Pay 10.00 USD"), "{shown}");
    let stays = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let stays = stays.no_proxy().build().unwrap();
    let pressed = stays.post(page).body("outcome=succeed").send().await.unwrap();
    assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    assert_eq!(pressed.headers()["location"], "https://shop.test/ok");
    let Fact::PayinSucceeded { reference: told, object, .. } = receiver.next_fact().await else {
        panic!("it was paid")
    };
    assert_eq!((told, object.as_str()), (Some(reference), begun["id"].as_str().unwrap()));
    assert_eq!(asked(client().get(&payin)).await.1["status"], "succeeded");
    let (status, refused) = asked(client().post(format!("{payin}/cancel"))).await;
    assert_eq!((status, &refused["code"]), (422, &json!("already_paid")));
}

#[tokio::test]
async fn what_a_merchant_cancels_cannot_be_paid_also_after_a_restart() {
    let mut receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let reference = Uuid::new_v4();
    let terms = json!({"amount": "500", "currency": "XOF"});
    let stop = Arc::new(tokio::sync::Notify::new());
    let simulator = Simulator::bind(receiver.args(dir.path(), 0)).await.unwrap();
    let payin = format!("{}/v1/payins/{reference}", simulator.url());
    let stopped = Arc::clone(&stop);
    let served = tokio::spawn(simulator.serve(async move { stopped.notified().await }));
    assert_eq!(asked(client().post(&payin).json(&terms)).await.0, 201);
    let (status, cancelled) = asked(client().post(format!("{payin}/cancel"))).await;
    assert_eq!((status, &cancelled["status"]), (200, &json!("cancelled")));
    assert_eq!(asked(client().post(format!("{payin}/cancel"))).await.1, cancelled);
    let Fact::PayinDeclined { reason, .. } = receiver.next_fact().await else {
        panic!("it was cancelled")
    };
    assert_eq!(reason, "cancelled");
    stop.notify_one();
    served.await.unwrap().unwrap();

    let url = receiver.simulator(dir.path(), 0).await;
    let (status, refused) = pay(&url, reference, terms.clone()).await;
    assert_eq!((status, &refused["code"]), (422, &json!("cancelled")));
    let known = asked(client().get(format!("{url}/v1/payins/{reference}"))).await.1;
    assert_eq!((&known["status"], &known["token"]), (&json!("cancelled"), &cancelled["token"]));
}
