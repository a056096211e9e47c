//! The database is gone, the provider is gone, the server is killed: nothing is lost, nothing twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::post;
use axum::{Json, Router};
use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_api::webhooks::cinetpay::{SIGNED, token};
use cauri_tests::market;
use cauri_tests::process::signal;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{Kit, id_in};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postgres_nothing_is_acknowledged_and_nothing_booked() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": ama,
        "amount": "500", "currency": "XOF", "provider": "stripe" });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    let head = server.head().await;
    signal("-9", &[server.postmaster()]);
    let body = market::paid(payin, 500);
    let (status, answer) = server.webhook("stripe", STRIPE_SCHEME, &body).await;
    assert_eq!((status, &answer["code"]), (503, &json!("NOT_STORED")), "{answer}");
    assert_eq!(server.head().await, head, "nothing is booked that is not kept");
    server.kill9_everything();
    server.restart();
    let (status, answer) = server.webhook("stripe", STRIPE_SCHEME, &body).await;
    assert_eq!((status, &answer["effect"]), (200, &json!("applied")), "{answer}");
    let head = server.head().await;
    assert_eq!(server.available(ama, "XOF", head).await, "500");
}

/// As if the server had been killed after it kept a delivery, and before the ledger was asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_and_not_applied_is_applied_once_after_a_kill() {
    let mut kit = Kit::start(&[]).await;
    let (payin, known) = (new_id(), new_id());
    let (_, answer) = kit.stripe(&market::paid(payin, 500)).await;
    let id = id_in(&answer);
    kit.stands(&id, "DEAD").await;
    market::open_ledger(&kit.server).await;
    let ama = market::wallet(&kit.server, "ama").await;
    for payin in [payin, known] {
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": ama,
            "amount": "500", "currency": "XOF", "provider": "stripe" });
        kit.server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    }
    // Another whose mark was lost: it is in the log already.
    let (_, answer) = kit.stripe(&market::paid(known, 500)).await;
    let marked = id_in(&answer);
    kit.stands(&marked, "APPLIED").await;
    kit.server.kill9();
    let sql = "UPDATE inbox.delivery SET state = 'stored', tries = 0, error_code = NULL,
        error_field = NULL, error_message = NULL, revision = NULL,
        next_try_at = now() + interval '1 hour'";
    let rows = sqlx::query(sql).execute(&kit.database.pool).await.unwrap().rows_affected();
    assert_eq!(rows, 2);
    kit.server.restart();
    for id in [&id, &marked] {
        let applied = kit.stands(id, "APPLIED").await;
        assert!(applied["revision"].is_u64(), "{applied}");
    }
    assert_eq!(kit.francs(ama).await, "1000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_lose_no_acknowledged_delivery_and_double_none() {
    let mut kit = Kit::open(&[]).await;
    let ama = market::wallet(&kit.server, "ama").await;
    let mut acknowledged = Vec::new();
    for round in 0..4_u64 {
        let mut payins = Vec::new();
        for _ in 0..40 {
            payins.push(kit.payin(ama, "stripe", 1).await);
        }
        let shared = Arc::new(kit);
        let lanes: Vec<_> = payins
            .chunks(5)
            .map(|payins| {
                let (kit, payins) = (Arc::clone(&shared), payins.to_vec());
                tokio::spawn(async move { send_until_it_is_gone(&kit, &payins).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(15 + 20 * round)).await;
        shared.server.signal_kill();
        for lane in lanes {
            acknowledged.extend(lane.await.unwrap());
        }
        kit = Arc::into_inner(shared).unwrap();
        kit.server.restart();
    }
    // Whatever is kept is applied, acknowledged or not.
    let kept: Vec<(Uuid, String)> = sqlx::query_as("SELECT id, key FROM inbox.delivery")
        .fetch_all(&kit.database.pool)
        .await
        .unwrap();
    for (id, _) in &kept {
        kit.stands(&id.to_string(), "APPLIED").await;
    }
    for payin in &acknowledged {
        let key = format!("evt_{}", payin.simple());
        assert!(kept.iter().any(|(_, kept)| *kept == key), "{payin} was acknowledged and is lost");
    }
    assert_eq!(kit.francs(ama).await, kept.len().to_string(), "a franc for each that is kept");
}

/// Sends until the server does not answer; returns what was acknowledged.
async fn send_until_it_is_gone(kit: &Kit, payins: &[Uuid]) -> Vec<Uuid> {
    let secret = kit.server.variable("CAURI_STRIPE_WEBHOOK_SECRET").to_owned();
    let key = STRIPE_SCHEME.key(&secret.into()).unwrap();
    let mut acknowledged = Vec::new();
    for payin in payins {
        let body = market::paid(*payin, 1);
        let now = chrono::Utc::now().timestamp();
        let mut request = kit.server.http().post(kit.server.url("/webhooks/stripe"));
        for (name, value) in
            STRIPE_SCHEME.sign(std::slice::from_ref(&key), "", now, body.as_bytes())
        {
            request = request.header(name, value);
        }
        match request.body(body).send().await {
            Ok(answer) if answer.status().is_success() => acknowledged.push(*payin),
            Ok(answer) => panic!("it was answered {}", answer.status()),
            Err(_) => break,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proved_form_waits_while_its_provider_cannot_be_asked_and_a_bare_hint_does_not() {
    // Nobody listens there yet.
    let reserved = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = reserved.local_addr().unwrap();
    drop(reserved);
    let url = format!("http://{address}");
    let kit = Kit::open(&[
        ("CAURI_CINETPAY_URL", &url),
        ("CAURI_CINETPAY_API_KEY", "key"),
        ("CAURI_CINETPAY_SITE_ID", "100"),
        ("CAURI_CINETPAY_SECRET_KEY", "cinetpay-secret"),
        ("CAURI_PAYPAL_URL", &url),
        ("CAURI_PAYPAL_CLIENT_ID", "client"),
        ("CAURI_PAYPAL_CLIENT_SECRET", "secret"),
        ("CAURI_PAYPAL_WEBHOOK_ID", "WH-1"),
        ("CAURI_PAYPAL_MERCHANT_ID", "OURS"),
    ])
    .await;
    let kofi = market::wallet(&kit.server, "kofi").await;
    let payin = kit.payin(kofi, "cinetpay", 5_000).await;
    let mut fields = BTreeMap::new();
    for (name, value) in [("cpm_site_id", "100"), ("cpm_trans_id", &payin.to_string())] {
        fields.insert(name.to_owned(), value.to_owned());
    }
    let token = token(&"cinetpay-secret".to_owned().into(), &fields, &SIGNED);
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let request = kit.server.http().post(kit.server.url("/webhooks/cinetpay"));
    let answer = request.header("x-token", token).body(form).send().await.unwrap();
    let (status, answer) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
    assert_eq!((status, &answer["effect"]), (200, &json!("waiting")), "{answer}");
    let id = id_in(&answer);
    let waiting = kit.stands(&id, "WAITING").await;
    assert_eq!(waiting["error"]["code"], "UNCONFIRMED", "{waiting}");
    assert!(waiting["nextTryAt"].is_string(), "{waiting}");
    assert_eq!(kit.francs(kofi).await, "0");

    let hint = json!({ "id": "WH-EV-1", "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "resource": { "id": "CAP-1" } });
    let mut request = kit.server.http().post(kit.server.url("/webhooks/paypal"));
    for (name, value) in [
        ("paypal-auth-algo", "SHA256withRSA"),
        ("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
        ("paypal-transmission-id", "t-1"),
        ("paypal-transmission-sig", "genuine"),
        ("paypal-transmission-time", "2026-11-20T10:00:00Z"),
    ] {
        request = request.header(name, value);
    }
    let answer = request.body(hint.to_string()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 503, "anybody can send such a hint");
    assert_eq!(kit.deliveries(None).await.len(), 1, "a hint is not kept");

    let paid = json!({ "code": "00",
        "data": { "status": "ACCEPTED", "amount": "5000", "currency": "XOF" } });
    let router =
        Router::new().route("/v2/payment/check", post(move || async move { Json(paid.clone()) }));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    let applied = kit.stands(&id, "APPLIED").await;
    assert!(applied["tries"].as_u64().unwrap() >= 1 && applied["error"].is_null(), "{applied}");
    assert_eq!(kit.francs(kofi).await, "5000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_go_when_their_time_is_over_and_dead_letters_keep_theirs() {
    let mut kit = Kit::start(&[("CAURI_INBOX_KEEP_DAYS", "0")]).await;
    let (dead, payin) = (new_id(), new_id());
    let (_, answer) = kit.stripe(&market::paid(dead, 500)).await;
    let dead = id_in(&answer);
    market::open_ledger(&kit.server).await;
    let (_, answer) = kit.stripe(&market::paid(payin, 500)).await;
    let applied = id_in(&answer);
    kit.stands(&applied, "APPLIED").await;
    kit.stands(&dead, "DEAD").await;
    kit.server.kill9();
    kit.server.restart();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while kit.delivery(&applied).await["hasBody"] == true {
        assert!(std::time::Instant::now() < deadline, "the body is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(kit.delivery(&applied).await["state"], "APPLIED");
    assert_eq!(kit.delivery(&dead).await["hasBody"], true);
}
