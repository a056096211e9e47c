//! The gateway against a provider that misbehaves: what is doubtful stays unknown.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::{
    PayoutGateway, PayoutInstruction, PayoutStatus, SimulatedGateway, Submitted,
};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use uuid::Uuid;

const WITHDRAWAL: WithdrawalId = WithdrawalId(Uuid::from_u128(7));

fn instruction() -> PayoutInstruction {
    PayoutInstruction {
        ledger: cauri_domain::LedgerId::main(),
        withdrawal: WITHDRAWAL,
        amount: "10.00".to_owned(),
        currency: "USD".to_owned(),
        destination: "+228 90 11 22 33".to_owned(),
    }
}

/// Serves on a free port for the rest of the test; gives the base address.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}

/// A provider that answers everything alike.
async fn always(status: u16, body: &'static str) -> SimulatedGateway {
    let status = StatusCode::from_u16(status).unwrap();
    let url = serve(Router::new().fallback(any(move || async move { (status, body) }))).await;
    SimulatedGateway::try_new(&url).unwrap()
}

fn unknown(why: &str) -> (Submitted, PayoutStatus) {
    (Submitted::Unknown { why: why.to_owned() }, PayoutStatus::Unknown { why: why.to_owned() })
}

async fn both(gateway: &SimulatedGateway) -> (Submitted, PayoutStatus) {
    (gateway.submit(&instruction()).await, gateway.status(WITHDRAWAL).await)
}

type Seen = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

#[tokio::test]
async fn an_instruction_goes_out_under_its_withdrawals_id() {
    async fn take(State(seen): State<Seen>, headers: HeaderMap, body: Bytes) -> Response {
        seen.lock().unwrap().push((headers, body));
        (StatusCode::ACCEPTED, r#"{"id":"po_1","status":"pending"}"#).into_response()
    }
    async fn find(Path(key): Path<String>) -> Response {
        assert_eq!(key, WITHDRAWAL.to_string());
        r#"{"id":"po_1","status":"paid"}"#.into_response()
    }
    let seen = Seen::default();
    let router = Router::new()
        .route("/base/v1/payouts", post(take))
        .route("/base/v1/payouts/{key}", get(find))
        .with_state(Arc::clone(&seen));
    let url = serve(router).await;
    for base in [format!("{url}/base"), format!("{url}/base/")] {
        let gateway = SimulatedGateway::try_new(&base).unwrap();
        let object = "po_1".to_owned();
        let (submitted, status) = both(&gateway).await;
        assert_eq!(submitted, Submitted::Accepted { object: object.clone() });
        assert_eq!(status, PayoutStatus::Paid { object });
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for (headers, body) in seen.iter() {
        assert_eq!(headers["idempotency-key"], WITHDRAWAL.to_string().as_str());
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        let expected = serde_json::json!({
            "reference": WITHDRAWAL.to_string(), "amount": "10.00", "currency": "USD",
            "destination": "+228 90 11 22 33",
        });
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn only_the_providers_own_word_refuses() {
    for status in [400, 422] {
        let gateway = always(status, r#"{"code":"invalid_destination","message":"no"}"#).await;
        let refused = Submitted::Refused { code: "invalid_destination".to_owned() };
        assert_eq!(gateway.submit(&instruction()).await, refused);
    }
    let reused = always(422, r#"{"code":"idempotency_key_reused"}"#).await;
    assert_eq!(
        reused.submit(&instruction()).await,
        Submitted::Unknown { why: "idempotency_key_reused".to_owned() },
        "whatever was sent first under this key may have been paid"
    );
    for body in ["", "<html>", "{}", r#"{"code":""}"#, r#"{"code":"Unknown name: Ama"}"#] {
        let gateway = always(422, body).await;
        assert_eq!(gateway.submit(&instruction()).await, unknown("answer_not_understood").0);
    }
    for status in [401, 403, 404, 408, 409, 425, 429] {
        let gateway = always(status, r#"{"code":"invalid_destination"}"#).await;
        assert_eq!(gateway.submit(&instruction()).await, unknown(&format!("status_{status}")).0);
    }
}

#[tokio::test]
async fn a_provider_in_trouble_leaves_it_unknown() {
    for status in [500, 502, 503, 504] {
        let gateway = always(status, r#"{"code":"unavailable"}"#).await;
        assert_eq!(both(&gateway).await, unknown(&format!("status_{status}")));
    }
    for body in
        ["", "ok", r#"{"id":7}"#, r#"{"id":"","status":"paid"}"#, r#"{"id":"a b","status":"paid"}"#]
    {
        assert_eq!(both(&always(200, body).await).await, unknown("answer_not_understood"));
    }
    let strange = always(200, r#"{"id":"po_1","status":"on its way"}"#).await;
    assert_eq!(strange.status(WITHDRAWAL).await, unknown("answer_not_understood").1);
}

#[tokio::test]
async fn a_provider_that_asks_for_a_pause_is_heard() {
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
        let answer = move || async move { (status, [("retry-after", "120")], "") };
        let url = serve(Router::new().fallback(any(answer))).await;
        let (why, pause) = (format!("status_{}", status.as_u16()), Duration::from_secs(120));
        let expected =
            (Submitted::Busy { why: why.clone(), pause }, PayoutStatus::Busy { why, pause });
        assert_eq!(both(&SimulatedGateway::try_new(&url).unwrap()).await, expected);
    }
    // A date would be compared with a clock that is not ours, and a page that moved asks nothing.
    for (status, header) in [(429, "Wed, 21 Oct 2026 07:28:00 GMT"), (404, "120")] {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = move || async move { (status, [("retry-after", header)], "") };
        let url = serve(Router::new().fallback(any(answer))).await;
        let gateway = SimulatedGateway::try_new(&url).unwrap();
        assert_eq!(
            gateway.submit(&instruction()).await,
            unknown(&format!("status_{}", status.as_u16())).0
        );
    }
}

#[tokio::test]
async fn a_silent_provider_is_given_up_after_the_time_out() {
    let silent = serve(Router::new().fallback(any(std::future::pending::<Response>))).await;
    // The head comes, the body never does: the limit is on the whole exchange.
    let half = serve(Router::new().fallback(any(|| async {
        let never = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        (StatusCode::ACCEPTED, Body::from_stream(never))
    })))
    .await;
    for url in [silent, half] {
        let gateway =
            SimulatedGateway::try_new(&url).unwrap().with_total_timeout(Duration::from_millis(200));
        assert_eq!(both(&gateway).await, unknown("timed_out"));
    }
}

#[tokio::test]
async fn a_lost_connection_leaves_it_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let cutter = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut connection, _) = listener.accept().await.unwrap();
            // Cut after the request was read: it may have been acted upon.
            let read = connection.read(&mut [0; 1024]).await.unwrap();
            assert!(read > 0);
        }
    });
    let gateway = SimulatedGateway::try_new(&url).unwrap();
    assert_eq!(both(&gateway).await, unknown("connection_lost"));
    cutter.await.unwrap();
    // The listener is gone: nobody is there at all.
    let why = "not_reached".to_owned();
    let expected = (Submitted::NotSent { why }, unknown("not_reached").1);
    assert_eq!(both(&gateway).await, expected, "nothing has left");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let endless = serve(Router::new().fallback(any(|| async {
        let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 8192]));
        let chunks = futures::stream::repeat_with(chunk);
        Body::from_stream(chunks).into_response()
    })))
    .await;
    let gateway = SimulatedGateway::try_new(&endless).unwrap();
    assert_eq!(both(&gateway).await, unknown("answer_too_long"));
}

#[tokio::test]
async fn money_follows_no_redirect() {
    let trap = serve(
        Router::new()
            .route("/v1/payouts", any(|| async { Redirect::temporary("/elsewhere") }))
            .route("/v1/payouts/{key}", any(|| async { Redirect::temporary("/elsewhere") }))
            .route(
                "/elsewhere",
                any(|| async { (StatusCode::ACCEPTED, r#"{"id":"po_1","status":"paid"}"#) }),
            ),
    )
    .await;
    let gateway = SimulatedGateway::try_new(&trap).unwrap();
    assert_eq!(both(&gateway).await, unknown("status_307"));
}

#[tokio::test]
async fn a_status_is_the_providers_own_word_too() {
    let found = |body| async move { always(200, body).await.status(WITHDRAWAL).await };
    assert_eq!(found(r#"{"id":"po_1","status":"pending"}"#).await, PayoutStatus::Pending);
    let failed =
        |code: &str| PayoutStatus::Failed { object: "po_1".to_owned(), code: code.to_owned() };
    assert_eq!(
        found(r#"{"id":"po_1","status":"failed","reason":"destination_closed"}"#).await,
        failed("destination_closed")
    );
    assert_eq!(
        found(r#"{"id":"po_1","status":"failed","reason":"Ama has moved"}"#).await,
        failed("failed"),
        "free text may be personal"
    );
    let absent = always(404, r#"{"code":"not_found","message":"no payout"}"#).await;
    assert_eq!(absent.status(WITHDRAWAL).await, PayoutStatus::NotFound);
    let elsewhere = always(404, "<html>Not Found</html>").await;
    assert_eq!(elsewhere.status(WITHDRAWAL).await, unknown("answer_not_understood").1);
}

#[test]
fn only_http_addresses_make_a_gateway_and_destinations_are_not_printed() {
    for bad in ["", "127.0.0.1:80", "https://pay.example", "file:///tmp", "data:text/plain,x"] {
        assert!(SimulatedGateway::try_new(bad).is_err(), "{bad}");
    }
    assert_eq!(SimulatedGateway::try_new("http://127.0.0.1:1").unwrap().provider(), "sim");
    assert!(!format!("{:?}", instruction()).contains("228"));
}
