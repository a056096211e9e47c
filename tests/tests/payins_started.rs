//! Payments begun at their provider, and asked for there: what a genuine signature says of an
//! amount counts for nothing where the provider says another; a pay-in does not expire while its
//! provider has the money.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

const START: &str = "mutation($input: StartPayinInput!) { startPayinAtProvider(input: $input) {
    __typename
    ... on PayinStarted { redirectUrl clientToken payin { status providerObject } }
    ... on PayinStartDeclined { reason payin { status } }
    ... on PayinStartUnknown { reason }
    ... on Refused { code field } } }";

async fn payin(server: &Server, wallet: Uuid, provider: &str, amount: &str) -> Uuid {
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
        "amount": amount, "currency": "USD", "provider": provider });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    payin
}

async fn start(server: &Server, payin: Uuid) -> Value {
    let input = json!({ "payin": payin, "returnUrl": "https://shop.example/back" });
    let data = server.graphql("TOKEN_SERVICE", START, json!({ "input": input })).await;
    data["startPayinAtProvider"].clone()
}

async fn has(server: &Server, wallet: Uuid, amount: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let is = server.available(wallet, "USD", server.head().await).await;
        if is == amount {
            return;
        }
        assert!(Instant::now() < deadline, "there is {is}, not {amount}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buyer_pays_where_they_are_sent_and_what_is_given_up_is_closed_there() {
    let server = Server::start(&["--demo"]);
    let ama = market::wallet(&server, "ama").await;
    let first = payin(&server, ama, "sim", "20.00").await;
    let begun = start(&server, first).await;
    assert_eq!(begun["__typename"], "PayinStarted", "{begun}");
    assert_eq!(begun["payin"]["status"], "SUBMITTED");
    // Asked again, the same payment and the same page.
    let again = start(&server, first).await;
    assert_eq!(again["redirectUrl"], begun["redirectUrl"]);
    assert_eq!(again["payin"]["providerObject"], begun["payin"]["providerObject"]);

    let page = begun["redirectUrl"].as_str().unwrap();
    let pressed = server.http().post(page).body("outcome=succeed").send().await;
    // The shop that the buyer is sent back to does not exist.
    drop(pressed);
    server.becomes("payin", first, "SUCCEEDED").await;
    has(&server, ama, "20.00").await;
    assert_eq!(start(&server, first).await["code"], "WRONG_STATE");

    // Nobody is told of another's payment.
    let input = json!({ "payin": first });
    let data = server.graphql("TOKEN_BUYER", START, json!({ "input": input })).await;
    assert_eq!(data["startPayinAtProvider"]["__typename"], "Refused", "{data}");

    // Given up here, it can be paid there no more.
    let second = payin(&server, ama, "sim", "5.00").await;
    let begun = start(&server, second).await;
    let input = json!({ "commandId": new_id(), "payin": second });
    server.done("TOKEN_SERVICE", "cancelPayin", input).await;
    let sim = format!("{}/v1/payins/{second}", server.variable("CAURI_SIM_URL"));
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let at_sim: Value = server.http().get(&sim).send().await.unwrap().json().await.unwrap();
        if at_sim["status"] == "cancelled" {
            break;
        }
        assert!(Instant::now() < deadline, "it is closed at the provider: {at_sim}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let page = begun["redirectUrl"].as_str().unwrap();
    let pressed = server.http().post(page).body("outcome=succeed").send().await.unwrap();
    assert_eq!(pressed.status().as_u16(), 422);
    has(&server, ama, "20.00").await;
}

/// What the world's Stripe has, and whether it answers.
#[derive(Debug, Clone, Default)]
struct World(Arc<Mutex<(Option<Value>, bool, usize)>>);

impl World {
    async fn open() -> (Self, String) {
        let world = Self::default();
        let router = Router::new().fallback(answer).with_state(world.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        (world, url)
    }

    fn has(&self, id: &str, payin: Uuid, cents: u64, status: &str) {
        let intent = json!({ "id": id, "status": status, "currency": "usd",
            "amount_received": cents, "client_secret": "secret", "metadata": { "cauri_payin": payin } });
        self.0.lock().unwrap().0 = Some(intent);
    }

    fn is_down(&self, is_down: bool) {
        self.0.lock().unwrap().1 = is_down;
    }
}

async fn answer(State(world): State<World>) -> (StatusCode, Json<Value>) {
    let mut world = world.0.lock().unwrap();
    world.2 += 1;
    match &*world {
        (_, true, _) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({}))),
        (Some(intent), false, _) => (StatusCode::OK, Json(intent.clone())),
        (None, false, _) => (StatusCode::NOT_FOUND, Json(json!({ "error": {} }))),
    }
}

const SECRET: &str = "whsec_of_the_test";

async fn told(server: &Server, id: &str, payin: Uuid, cents: u64) -> (u16, Value) {
    let body = json!({ "id": format!("evt_{id}"), "type": "payment_intent.succeeded",
        "data": { "object": { "id": id, "status": "succeeded", "amount_received": cents,
            "currency": "usd", "metadata": { "cauri_payin": payin } } } })
    .to_string();
    let key = STRIPE_SCHEME.key(&SECRET.to_owned().into()).unwrap();
    let now = chrono::Utc::now().timestamp();
    let mut request = server.http().post(server.url("/webhooks/stripe"));
    for (name, value) in STRIPE_SCHEME.sign(&[key], "", now, body.as_bytes()) {
        request = request.header(name, value);
    }
    let answer = request.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_signed_above_the_threshold_is_what_the_provider_says_it_is() {
    let (world, url) = World::open().await;
    let server = Server::start_with(
        &[],
        &[
            ("CAURI_STRIPE_WEBHOOK_SECRET", SECRET),
            ("CAURI_STRIPE_API_KEY", "sk_test"),
            ("CAURI_STRIPE_URL", &url),
            ("CAURI_STRIPE_CONFIRM_ABOVE", "USD 50.00"),
        ],
    );
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;

    // Below the threshold a signature is enough.
    let small = payin(&server, ama, "stripe", "50.00").await;
    assert_eq!(told(&server, "pi_small", small, 5_000).await.0, 200);
    has(&server, ama, "50.00").await;

    // Genuinely signed, and not what Stripe says: what came in is in suspense.
    let lied = payin(&server, ama, "stripe", "900.00").await;
    world.has("pi_lied", lied, 100, "succeeded");
    assert_eq!(told(&server, "pi_lied", lied, 90_000).await.0, 200);
    let suspense = "query($at: Revision) { suspense(first: 10, atLeastRevision: $at) {
        nodes { providerObject amount reason } } }";
    let at = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_FINANCE", suspense, at).await;
    let item = &data["suspense"]["nodes"][0];
    assert_eq!(
        (&item["providerObject"], &item["amount"]),
        (&json!("pi_lied"), &json!("1.00")),
        "{data}"
    );
    server.becomes("payin", lied, "CREATED").await;
    has(&server, ama, "50.00").await;

    // Signed, and Stripe knows nothing of it: kept and asked about again, and nothing is booked.
    let made_up = payin(&server, ama, "stripe", "80.00").await;
    world.0.lock().unwrap().0 = None;
    let (status, answer) = told(&server, "pi_made_up", made_up, 8_000).await;
    assert_eq!((status, &answer["effect"]), (200, &json!("waiting")), "{answer}");
    server.becomes("payin", made_up, "CREATED").await;

    // Down: kept, and booked once when it answers.
    let late = payin(&server, ama, "stripe", "70.00").await;
    world.is_down(true);
    let (status, answer) = told(&server, "pi_late", late, 7_000).await;
    assert!(matches!(status, 200 | 202 | 503), "{status} {answer}");
    server.becomes("payin", late, "CREATED").await;
    world.has("pi_late", late, 7_000, "succeeded");
    world.is_down(false);
    told(&server, "pi_late", late, 7_000).await;
    server.becomes("payin", late, "SUCCEEDED").await;
    has(&server, ama, "120.00").await;

    // Begun here, and paid with no word of it: asked before it expires.
    let silent = payin(&server, ama, "stripe", "60.00").await;
    world.has("pi_silent", silent, 6_000, "requires_payment_method");
    let begun = start(&server, silent).await;
    assert_eq!(
        (&begun["__typename"], &begun["clientToken"]),
        (&json!("PayinStarted"), &json!("secret"))
    );
    world.has("pi_silent", silent, 6_000, "succeeded");
    let to = chrono::Utc::now() + chrono::TimeDelta::hours(2);
    let input = json!({ "commandId": new_id(), "to": to });
    server.done("TOKEN_ADMIN", "advanceClock", input).await;
    server.becomes("payin", silent, "SUCCEEDED").await;
    server.becomes("payin", made_up, "EXPIRED").await;
    has(&server, ama, "180.00").await;
}
