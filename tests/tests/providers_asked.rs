//! Providers whose word is only a hint: PayPal and CinetPay are asked before anything is booked,
//! whatever a delivery says; PI-SPI's batches are proved by their signature.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use cauri_api::webhooks::cinetpay::{SIGNED, token};
use cauri_api::webhooks::pispi;
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the world's PayPal and CinetPay have: objects by their path, and what was asked.
#[derive(Debug, Clone, Default)]
struct World {
    objects: Arc<Mutex<BTreeMap<String, Value>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl World {
    async fn open() -> (Self, String) {
        let world = Self::default();
        let router = Router::new()
            .route("/v1/oauth2/token", post(grant))
            .route("/v1/notifications/verify-webhook-signature", post(verify))
            .route("/v2/payment/check", post(check))
            .route("/v2/checkout/orders/{id}/capture", post(capture))
            .route("/v2/payments/captures/{id}/refund", post(refund))
            .route("/{version}/{area}/{kind}/{id}", get(object))
            .with_state(world.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        (world, url)
    }

    fn has(&self, path: &str, object: Value) {
        self.objects.lock().unwrap().insert(path.to_owned(), object);
    }

    fn asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == what).count()
    }

    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

async fn grant(State(world): State<World>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    world.note("token".to_owned());
    // "client:secret"
    let is_ours = headers["authorization"] == "Basic Y2xpZW50OnNlY3JldA==";
    let status = if is_ours { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    (status, Json(json!({ "access_token": "bearer-1", "expires_in": 32_400 })))
}

async fn verify(Json(body): Json<Value>) -> Json<Value> {
    let is_ours = body["transmission_sig"] == "genuine"
        && body["webhook_id"] == "WH-1"
        && body["webhook_event"]["id"].is_string();
    Json(json!({ "verification_status": if is_ours { "SUCCESS" } else { "FAILURE" } }))
}

async fn object(
    State(world): State<World>,
    Path((version, area, kind, id)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    assert_eq!(headers["authorization"], "Bearer bearer-1");
    let object =
        world.objects.lock().unwrap().get(&format!("{version}/{area}/{kind}/{id}")).cloned();
    match object {
        Some(object) => (StatusCode::OK, Json(object)),
        None => (StatusCode::NOT_FOUND, Json(json!({ "name": "RESOURCE_NOT_FOUND" }))),
    }
}

async fn capture(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    let key = headers["paypal-request-id"].to_str().unwrap();
    world.note(format!("capture {id} {key}"));
    let path = format!("v2/checkout/orders/{id}");
    let mut objects = world.objects.lock().unwrap();
    let order = objects.get_mut(&path).unwrap();
    order["status"] = json!("COMPLETED");
    order["purchase_units"][0]["payments"] = json!({ "captures": [
            { "id": "CAP-0", "status": "DECLINED" },
            { "id": "CAP-1", "status": "COMPLETED",
                "amount": { "currency_code": "USD", "value": "20.00" } }] });
    (StatusCode::CREATED, Json(json!({ "id": id, "status": "COMPLETED" })))
}

async fn refund(
    State(world): State<World>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    world.note(format!("refund {id} {}", body["amount"]["value"]));
    world.has(
        "v2/payments/refunds/REF-1",
        json!({ "id": "REF-1", "status": "COMPLETED", "amount": body["amount"],
            "custom_id": body["custom_id"],
            "seller_payable_breakdown": { "total_refunded_amount": body["amount"] },
            "links": [{ "rel": "up", "href": format!("https://api.paypal.com/v2/payments/captures/{id}") }] }),
    );
    (StatusCode::CREATED, Json(json!({ "id": "REF-1", "status": "PENDING" })))
}

async fn check(State(world): State<World>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    assert_eq!((&body["apikey"], &body["site_id"]), (&json!("key"), &json!("100")));
    let id = body["transaction_id"].as_str().unwrap();
    match world.objects.lock().unwrap().get(id) {
        Some(data) => (StatusCode::OK, Json(json!({ "code": "00", "data": data }))),
        None => (StatusCode::NOT_FOUND, Json(json!({ "code": "627" }))),
    }
}

struct Doors {
    server: Server,
    world: World,
}

impl Doors {
    async fn open() -> Self {
        let (world, url) = World::open().await;
        let server = Server::start_with(
            &[],
            &[
                ("CAURI_PAYPAL_URL", &url),
                ("CAURI_PAYPAL_CLIENT_ID", "client"),
                ("CAURI_PAYPAL_CLIENT_SECRET", "secret"),
                ("CAURI_PAYPAL_WEBHOOK_ID", "WH-1"),
                ("CAURI_PAYPAL_MERCHANT_ID", "OURS"),
                ("CAURI_CINETPAY_URL", &url),
                ("CAURI_CINETPAY_API_KEY", "key"),
                ("CAURI_CINETPAY_SITE_ID", "100"),
                ("CAURI_CINETPAY_SECRET_KEY", "cinetpay-secret"),
                ("CAURI_PISPI_WEBHOOK_SECRET", "pispi-secret"),
            ],
        );
        market::open_ledger(&server).await;
        Self { server, world }
    }

    async fn payin(&self, wallet: Uuid, provider: &str, amount: &str, currency: &str) -> Uuid {
        let payin = new_id();
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
            "amount": amount, "currency": currency, "provider": provider });
        self.server.done("TOKEN_SERVICE", "initiatePayin", input).await;
        payin
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> (u16, Value) {
        let mut request = self.server.http().post(self.server.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    async fn paypal(&self, signature: &str, kind: &str, resource: Value) -> (u16, Value) {
        let headers = [
            ("paypal-auth-algo", "SHA256withRSA"),
            ("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
            ("paypal-transmission-id", "t-1"),
            ("paypal-transmission-sig", signature),
            ("paypal-transmission-time", "2026-11-20T10:00:00Z"),
        ];
        let body = json!({ "id": "WH-EV-1", "event_type": kind, "resource": resource });
        self.post("/webhooks/paypal", &headers, body.to_string()).await
    }

    async fn has(&self, wallet: Uuid, currency: &str, amount: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let head = self.server.head().await;
            let is = self.server.available(wallet, currency, head).await;
            if is == amount {
                return;
            }
            assert!(Instant::now() < deadline, "there is {is}, not {amount} {currency}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn effect((status, answer): (u16, Value)) -> (u16, String) {
    let word = answer.get("effect").or_else(|| answer.get("code"));
    (status, word.and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn is(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_the_provider_itself_says_is_booked() {
    let doors = Doors::open().await;
    paypal(&doors).await;
    cinetpay(&doors).await;
    pispi_batches(&doors).await;
}

async fn paypal(doors: &Doors) {
    let (server, world) = (&doors.server, &doors.world);
    let ama = market::wallet(server, "ama").await;
    let payin = doors.payin(ama, "paypal", "20.00", "USD").await;
    world.has(
        "v2/checkout/orders/ORD-1",
        json!({ "id": "ORD-1", "status": "APPROVED", "intent": "CAPTURE",
            "purchase_units": [{ "custom_id": payin, "payee": { "merchant_id": "OURS" },
            "amount": { "currency_code": "USD", "value": "20.00" } }] }),
    );
    // Not PayPal's, or of nothing that PayPal has.
    let order = json!({ "id": "ORD-1" });
    let forged = doors.paypal("forged", "CHECKOUT.ORDER.APPROVED", order.clone()).await;
    assert_eq!(effect(forged), is(401, "NOT_THE_PROVIDERS"));
    let unknown = doors.paypal("genuine", "PAYMENT.CAPTURE.COMPLETED", json!({ "id": "X" })).await;
    assert_eq!(effect(unknown), is(401, "NOT_THE_PROVIDERS"));
    let other = [("paypal-cert-url", "https://paypal.com.evil.example/cert")];
    let (status, _) = doors.post("/webhooks/paypal", &other, "{}".to_owned()).await;
    assert_eq!(status, 400);

    // Paid to the payer's own account, for our amount and with our id.
    world.has(
        "v2/checkout/orders/ORD-0",
        json!({ "id": "ORD-0", "status": "APPROVED", "intent": "CAPTURE",
            "purchase_units": [{ "custom_id": payin, "payee": { "merchant_id": "THEIRS" },
            "amount": { "currency_code": "USD", "value": "20.00" } }] }),
    );
    let own = doors.paypal("genuine", "CHECKOUT.ORDER.APPROVED", json!({ "id": "ORD-0" })).await;
    assert_eq!(effect(own), is(200, "none"));

    // Approved is not captured: the process asks for the money, once.
    let approved = doors.paypal("genuine", "CHECKOUT.ORDER.APPROVED", order.clone()).await;
    assert_eq!(effect(approved), is(200, "applied"));
    server.becomes("payin", payin, "SUCCEEDED").await;
    doors.has(ama, "USD", "20.00").await;
    assert_eq!(world.asked(&format!("capture ORD-1 {payin}")), 1);
    assert_eq!(world.asked("token"), 1, "a token is kept");

    // What a body says of the amount counts for nothing; the fee is what PayPal kept.
    let capture = json!({ "id": "CAP-1", "status": "COMPLETED", "custom_id": payin,
        "payee": { "merchant_id": "OURS" },
        "amount": { "currency_code": "USD", "value": "20.00" },
        "seller_receivable_breakdown": {
            "paypal_fee": { "currency_code": "USD", "value": "0.99" } } });
    world.has("v2/payments/captures/CAP-1", capture);
    let lies = json!({ "id": "CAP-1", "amount": { "currency_code": "USD", "value": "900.00" } });
    let told = doors.paypal("genuine", "PAYMENT.CAPTURE.COMPLETED", lies.clone()).await;
    assert_eq!(effect(told), is(200, "applied"));
    let again = doors.paypal("genuine", "PAYMENT.CAPTURE.COMPLETED", lies).await;
    assert_eq!(effect(again), is(200, "already"));
    doors.has(ama, "USD", "20.00").await;

    // Given back, by the capture's name.
    let refund = new_id();
    let input = json!({ "commandId": new_id(), "refund": refund, "of": { "payin": payin },
        "amount": "5.00", "currency": "USD", "reason": "returned" });
    server.done("TOKEN_FINANCE", "requestRefund", input).await;
    server.becomes("refund", refund, "SUBMITTED").await;
    let deadline = Instant::now() + Duration::from_secs(20);
    while world.asked("refund CAP-1 \"5.00\"") == 0 {
        assert!(Instant::now() < deadline, "PayPal is asked for the refund");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refunded = json!({ "id": "REF-1" });
    let told = doors.paypal("genuine", "PAYMENT.CAPTURE.REFUNDED", refunded).await;
    assert_eq!(effect(told), is(200, "applied"));
    server.becomes("refund", refund, "SUCCEEDED").await;
    doors.has(ama, "USD", "15.00").await;

    // Disputed and lost, in one word.
    world.has(
        "v1/customer/disputes/DIS-1",
        json!({ "dispute_id": "DIS-1", "status": "RESOLVED", "reason": "UNAUTHORISED",
            "dispute_life_cycle_stage": "CHARGEBACK",
            "dispute_amount": { "currency_code": "USD", "value": "15.00" },
            "disputed_transactions": [{ "seller_transaction_id": "CAP-1" }],
            "money_movements": [{ "affected_party": "SELLER", "type": "DEBIT",
                "amount": { "currency_code": "USD", "value": "15.00" } }],
            "dispute_outcome": { "outcome_code": "RESOLVED_BUYER_FAVOUR" } }),
    );
    let dispute = json!({ "dispute_id": "DIS-1" });
    let told = doors.paypal("genuine", "CUSTOMER.DISPUTE.RESOLVED", dispute).await;
    assert_eq!(effect(told), is(200, "applied"));
    doors.has(ama, "USD", "0.00").await;
}

fn form(secret: &str, transaction: &str, date: &str, amount: &str) -> (String, String) {
    let mut fields = BTreeMap::new();
    for (name, value) in [
        ("cpm_site_id", "100"),
        ("cpm_trans_id", transaction),
        ("cpm_trans_date", date),
        ("cpm_amount", amount),
        ("cpm_currency", "XOF"),
        ("cpm_error_message", "SUCCES & plus"),
    ] {
        fields.insert(name.to_owned(), value.to_owned());
    }
    let token = token(&secret.to_owned().into(), &fields, &SIGNED);
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(&fields);
    (token, body.finish())
}

async fn cinetpay(doors: &Doors) {
    let (server, world) = (&doors.server, &doors.world);
    let kofi = market::wallet(server, "kofi").await;
    let payin = doors.payin(kofi, "cinetpay", "5000", "XOF").await;
    let id = payin.to_string();
    let ping = server.http().get(server.url("/webhooks/cinetpay")).send().await.unwrap();
    assert_eq!(ping.status().as_u16(), 200);

    let post = async |token: &str, body: &str| {
        effect(doors.post("/webhooks/cinetpay", &[("x-token", token)], body.to_owned()).await)
    };
    let (token, body) = form("cinetpay-secret", &id, "2026-11-20 23:59:30", "5000");
    let (bad, _) = form("another", &id, "2026-11-20 23:59:30", "5000");
    assert_eq!(post(&bad, &body).await, is(401, "BAD_SIGNATURE"));
    // Of a transaction that CinetPay does not know.
    assert_eq!(post(&token, &body).await, is(401, "NOT_THE_PROVIDERS"));
    let data = |status: &str| json!({ "status": status, "amount": "5000", "currency": "XOF" });
    world.has(&id, data("WAITING_FOR_CUSTOMER"));
    assert_eq!(post(&token, &body).await, is(200, "none"));
    world.has(&id, data("ACCEPTED"));
    // Digits moved from the date to the amount keep the token, and buy nothing.
    let (same, forged) = form("cinetpay-secret", &id, "2026-11-20 23:59:", "305000");
    assert_eq!(same, token);
    assert_eq!(post(&same, &forged).await, is(200, "applied"));
    assert_eq!(post(&token, &body).await, is(200, "already"));
    doors.has(kofi, "XOF", "5000").await;
}

async fn pispi_batches(doors: &Doors) {
    let server = &doors.server;
    let esi = market::wallet(server, "esi").await;
    let first = doors.payin(esi, "pispi", "700", "XOF").await;
    let second = doors.payin(esi, "pispi", "300", "XOF").await;
    let received = |payin: Uuid, object: &str, francs: u64| json!({ "evCode": "PAIEMENT_RECU", "txId": payin, "end2endId": object, "montant": francs });
    let batch = json!({ "data": [received(first, "E-1", 700), received(second, "E-2", 300)] });
    let body = batch.to_string();
    let key = pispi::SCHEME.key(&"pispi-secret".to_owned().into()).unwrap();
    let (name, signature) = pispi::SCHEME.sign(&[key], "", 0, body.as_bytes()).remove(0);
    let post = async |signature: &str, body: String| {
        effect(doors.post("/webhooks/pispi", &[(name, signature)], body).await)
    };
    let altered = body.replace("700", "701");
    // One that cannot be read keeps no other from being booked.
    let third = doors.payin(esi, "pispi", "50", "XOF").await;
    let mixed = json!({ "data": [received(third, "E-3", 50), { "evCode": "PAIEMENT_RECU" }] });
    let key = pispi::SCHEME.key(&"pispi-secret".to_owned().into()).unwrap();
    let (_, signed) = pispi::SCHEME.sign(&[key], "", 0, mixed.to_string().as_bytes()).remove(0);
    assert_eq!(post(&signed, mixed.to_string()).await, is(400, "UNREADABLE_BODY"));
    // Signed for our account, and of no other ledger.
    let elsewhere = doors.post("/webhooks/other/pispi", &[(name, &signature)], body.clone()).await;
    assert_eq!(effect(elsewhere), is(404, "NOT_OF_LEDGER"));
    assert_eq!(post(&signature, altered).await, is(401, "BAD_SIGNATURE"));
    assert_eq!(post(&signature, body.clone()).await, is(200, "applied"));
    assert_eq!(post(&signature, body).await, is(200, "already"));
    doors.has(esi, "XOF", "1050").await;
}
