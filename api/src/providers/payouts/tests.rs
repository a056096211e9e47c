//! Each gateway against a provider that does as it is told, and against one that misbehaves.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::{PayoutGateway, PayoutInstruction, PayoutStatus, Submitted};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::gateway;
use super::wire::tests::paid;
use crate::providers::{Accounts, Confirmers, Kind, ProviderAccount};

const WITHDRAWAL: WithdrawalId = WithdrawalId(Uuid::from_u128(7));
const KEY: &str = "00000000-0000-0000-0000-000000000007";

/// Requests as they came: method, path with query, body.
type Seen = Arc<Mutex<Vec<(String, String, String)>>>;

/// An answer to requests whose method and path begin like this.
type Rule = (&'static str, u16, String);

struct Fake {
    url: String,
    seen: Seen,
}

impl Fake {
    async fn start(rules: Vec<Rule>) -> Self {
        let seen = Seen::default();
        let log = Arc::clone(&seen);
        let rules = Arc::new(rules);
        let answer = move |method: Method, uri: Uri, body: Bytes| {
            let path = uri.path_and_query().map_or("", |it| it.as_str()).to_owned();
            let body = String::from_utf8_lossy(&body).into_owned();
            let asked = format!("{method} {path}");
            log.lock().unwrap().push((method.to_string(), path, body));
            let rule = rules.iter().find(|(begin, ..)| asked.starts_with(begin)).cloned();
            async move {
                match rule {
                    Some((_, 0, _)) => std::future::pending::<Response>().await,
                    Some((_, status, body)) => {
                        let status = StatusCode::from_u16(status).unwrap();
                        (status, [("retry-after", "90")], body).into_response()
                    }
                    None => (StatusCode::NOT_FOUND, "no such page").into_response(),
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serve = axum::serve(listener, Router::new().fallback(any(answer)));
        tokio::spawn(serve.into_future());
        Self { url, seen }
    }

    fn sent(&self, begin: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let like =
            seen.iter().filter(|(method, path, _)| format!("{method} {path}").starts_with(begin));
        like.map(|(_, path, body)| format!("{path} {body}")).collect()
    }
}

fn rule(begin: &'static str, status: u16, body: impl Into<String>) -> Rule {
    (begin, status, body.into())
}

fn account(kind: Kind, url: &str) -> ProviderAccount {
    let secrets = if kind.has_webhook_secrets() { vec!["wh".into()] } else { Vec::new() };
    let account = ProviderAccount::usual(kind, secrets).with("url", url);
    match kind {
        Kind::Stripe | Kind::Fedapay => account.with("api_key", "sk"),
        Kind::Cinetpay => account
            .with("api_key", "k")
            .with("site_id", "1")
            .with("transfer_password", "p")
            .with("transfer_url", url),
        Kind::Pawapay => account.with("api_token", "t"),
        Kind::Hub2 => account.with("api_key", "k").with("merchant_id", "m"),
        Kind::Paygate => account.with("auth_token", "t"),
        Kind::Pispi => account.with("api_key", "k").with("alias", "payer-1"),
        Kind::Paypal => account
            .with("webhook_id", "WH")
            .with("merchant_id", "M")
            .with("client_id", "c")
            .with("client_secret", "s"),
        Kind::CinetpayV1 | Kind::StandardWebhooks | Kind::Hmac | Kind::Sim => account,
    }
}

fn made(kind: Kind, url: &str) -> Arc<dyn PayoutGateway> {
    let account = account(kind, url);
    if kind == Kind::Paypal {
        let accounts = Accounts::try_from(vec![account]).unwrap();
        let confirmers = Confirmers::try_new(&accounts).unwrap();
        return Arc::new(confirmers.paypal_payouts("paypal".parse().unwrap()).unwrap());
    }
    gateway(&account).unwrap().unwrap()
}

const ALL: [(Kind, &str, &str, &str); 8] = [
    (Kind::Fedapay, "1000", "XOF", "togocel:+22890112233"),
    (Kind::Stripe, "10.50", "USD", "acct_1"),
    (Kind::Cinetpay, "1000", "XOF", "FLOOZTG:+22890112233"),
    (Kind::Pawapay, "1000", "XOF", "MOOV_TGO:+22890112233"),
    (Kind::Hub2, "1000", "XOF", "moov:+22890112233"),
    (Kind::Paygate, "1000", "XOF", "FLOOZ:+22890112233"),
    (Kind::Pispi, "1000", "XOF", "alias-1"),
    (Kind::Paypal, "10.50", "USD", "ama@example.com"),
];

fn instruction(kind: Kind) -> PayoutInstruction {
    let (_, amount, currency, to) = ALL.into_iter().find(|(it, ..)| *it == kind).unwrap();
    paid(amount, currency, to)
}

async fn submit(kind: Kind, fake: &Fake) -> Submitted {
    made(kind, &fake.url).submit(&instruction(kind)).await
}

async fn status(kind: Kind, fake: &Fake) -> PayoutStatus {
    made(kind, &fake.url).status(WITHDRAWAL).await
}

fn accepted(object: &str) -> Submitted {
    Submitted::Accepted { object: object.to_owned() }
}

fn made_as(object: &str) -> Submitted {
    Submitted::Made { object: object.to_owned() }
}

fn refused(code: &str) -> Submitted {
    Submitted::Refused { code: code.to_owned() }
}

fn unknown(why: &str) -> Submitted {
    Submitted::Unknown { why: why.to_owned() }
}

fn paid_as(object: &str) -> PayoutStatus {
    PayoutStatus::Paid { object: object.to_owned() }
}

fn failed_as(object: &str, code: &str) -> PayoutStatus {
    PayoutStatus::Failed { object: object.to_owned(), code: code.to_owned() }
}

fn is_doubtful(submitted: &Submitted) -> bool {
    matches!(
        submitted,
        Submitted::Unknown { .. } | Submitted::Busy { .. } | Submitted::NotSent { .. }
    )
}

fn says_nothing(status: &PayoutStatus) -> bool {
    matches!(
        status,
        PayoutStatus::Unknown { .. } | PayoutStatus::Busy { .. } | PayoutStatus::NotSearchable
    )
}

#[tokio::test]
async fn whoever_misbehaves_leaves_it_unknown() {
    let garbage = ["", "<html>", "{}", "[]", "null", r#"{"status":"strange"}"#, r#"{"id":"a b"}"#];
    let mut answers: Vec<(u16, &str)> = garbage.into_iter().map(|body| (200, body)).collect();
    answers.extend([400, 401, 403, 408, 409, 422, 429, 500, 502, 503, 504].map(|it| (it, "{}")));
    answers.extend([404, 500].map(|status| (status, "<html>")));
    for (status_code, body) in answers {
        let fake = Fake::start(vec![rule("", status_code, body)]).await;
        for (kind, ..) in ALL {
            let submitted = submit(kind, &fake).await;
            assert!(is_doubtful(&submitted), "{kind} {status_code} {body:?}: {submitted:?}");
            let found = status(kind, &fake).await;
            assert!(says_nothing(&found), "{kind} {status_code} {body:?}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_asks_for_a_pause_is_heard() {
    let fake = Fake::start(vec![rule("", 429, "{}")]).await;
    for kind in [Kind::Fedapay, Kind::Stripe, Kind::Pawapay, Kind::Hub2, Kind::Paygate, Kind::Pispi]
    {
        let (why, pause) = ("status_429".to_owned(), Duration::from_secs(90));
        assert_eq!(submit(kind, &fake).await, Submitted::Busy { why, pause }, "{kind}");
    }
}

#[tokio::test]
async fn what_was_taken_and_not_answered_is_unknown_and_what_never_left_is_not_sent() {
    let nobody = Fake { url: "http://127.0.0.1:1".to_owned(), seen: Seen::default() };
    let silent = Fake::start(vec![rule("", 0, "")]).await;
    for (kind, ..) in ALL {
        let submitted = submit(kind, &nobody).await;
        // PayPal's token and its payouts are asked for in one go.
        let left = kind == Kind::Paypal && submitted == unknown("not_reached");
        assert!(left || matches!(submitted, Submitted::NotSent { .. }), "{kind}: {submitted:?}");
    }
    for kind in [Kind::Stripe, Kind::Pawapay] {
        assert_eq!(submit(kind, &silent).await, unknown("timed_out"), "{kind}");
    }
}

#[tokio::test]
async fn what_a_provider_cannot_pay_is_not_sent_to_it() {
    let fake = Fake::start(vec![rule("", 500, "")]).await;
    for (kind, amount, currency, to, code) in [
        (Kind::Fedapay, "10.50", "USD", "togocel:+22890112233", "amount_not_supported"),
        (Kind::Stripe, "1.234", "KWD", "acct_1", "amount_not_supported"),
        (Kind::Paygate, "10", "XAF", "FLOOZ:+22890112233", "amount_not_supported"),
        (Kind::Pispi, "10.50", "USD", "alias-1", "amount_not_supported"),
        (Kind::Paypal, "1.50", "TWD", "ama@example.com", "amount_not_supported"),
        (Kind::Stripe, "10.50", "USD", "+22890112233", "destination_not_understood"),
        (Kind::Pawapay, "10", "XOF", "+22890112233", "destination_not_understood"),
        (Kind::Paygate, "10", "XOF", "FLOOZ:+2250701020304", "destination_not_understood"),
        (Kind::Paypal, "10.50", "USD", "somebody", "destination_not_understood"),
    ] {
        let submitted = made(kind, &fake.url).submit(&paid(amount, currency, to)).await;
        assert_eq!(submitted, refused(code), "{kind} {to}");
    }
    assert!(fake.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn pawapay_takes_an_id_once() {
    for (answer, expected) in [
        (r#"{"status":"ACCEPTED"}"#, accepted(KEY)),
        (r#"{"status":"ENQUEUED"}"#, accepted(KEY)),
        (r#"{"status":"DUPLICATE_IGNORED"}"#, accepted(KEY)),
        (
            r#"{"status":"REJECTED","failureReason":{"failureCode":"INVALID_PHONE_NUMBER"}}"#,
            refused("invalid_phone_number"),
        ),
    ] {
        let fake = Fake::start(vec![rule("POST /v2/payouts", 200, answer)]).await;
        assert_eq!(submit(Kind::Pawapay, &fake).await, expected, "{answer}");
        let sent = fake.sent("POST").remove(0);
        for part in [KEY, r#""phoneNumber":"22890112233""#, r#""amount":"1000""#, "MOOV_TGO"] {
            assert!(sent.contains(part), "{part} in {sent}");
        }
    }
    let data = |status: &str| {
        format!(r#"{{"status":"FOUND","data":{{"payoutId":"{KEY}","status":"{status}"}}}}"#)
    };
    for (answer, expected) in [
        (data("COMPLETED"), paid_as(KEY)),
        (data("FAILED"), failed_as(KEY, "failed")),
        (data("PROCESSING"), PayoutStatus::Pending),
        (r#"{"status":"NOT_FOUND"}"#.to_owned(), PayoutStatus::NotFound),
    ] {
        let fake = Fake::start(vec![rule("GET /v2/payouts/", 200, answer.clone())]).await;
        assert_eq!(status(Kind::Pawapay, &fake).await, expected, "{answer}");
    }
}

#[tokio::test]
async fn stripe_transfers_under_an_idempotency_key_and_is_found_by_its_group() {
    let made = r#"{"id":"tr_1","object":"transfer"}"#;
    let fake = Fake::start(vec![rule("POST /v1/transfers", 200, made)]).await;
    assert_eq!(submit(Kind::Stripe, &fake).await, made_as("tr_1"));
    let sent = fake.sent("POST").remove(0);
    for part in ["amount=1050", "currency=usd", "destination=acct_1", "transfer_group=0000"] {
        assert!(sent.contains(part), "{part} in {sent}");
    }
    for (code, http, expected) in [
        ("balance_insufficient", 400, refused("balance_insufficient")),
        ("resource_missing", 404, refused("resource_missing")),
        // Something else was sent under this key, or is being sent.
        ("idempotency_key_in_use", 409, unknown("status_409")),
        ("balance_insufficient", 409, unknown("status_409")),
        ("rate_limit", 400, unknown("status_400")),
    ] {
        let body = format!(r#"{{"error":{{"code":"{code}"}}}}"#);
        let fake = Fake::start(vec![rule("POST", http, body)]).await;
        assert_eq!(submit(Kind::Stripe, &fake).await, expected, "{code} {http}");
    }
    let list = |items: &str| format!(r#"{{"object":"list","data":[{items}]}}"#);
    let transfer = |back: u32| {
        format!(
            r#"{{"id":"tr_1","transfer_group":"{KEY}","amount":1050,"amount_reversed":{back}}}"#
        )
    };
    for (items, expected) in [
        (list(""), PayoutStatus::NotFound),
        (list(&transfer(0)), paid_as("tr_1")),
        (list(&transfer(50)), paid_as("tr_1")),
        (list(&transfer(1050)), failed_as("tr_1", "reversed")),
        (
            list(&format!("{},{}", transfer(0), transfer(0))),
            PayoutStatus::Unknown { why: "several_found".to_owned() },
        ),
    ] {
        let fake = Fake::start(vec![rule("GET /v1/transfers?", 200, items.clone())]).await;
        assert_eq!(status(Kind::Stripe, &fake).await, expected, "{items}");
    }
}

fn fedapay(status: &str) -> String {
    format!(r#"{{"v1/payout":{{"id":42,"merchant_reference":"{KEY}","status":"{status}"}}}}"#)
}

#[tokio::test]
async fn fedapay_creates_a_payout_once_and_starts_what_is_there() {
    let start = "PUT /v1/payouts/start";
    let fake =
        Fake::start(vec![rule("POST", 200, fedapay("pending")), rule(start, 200, "{}")]).await;
    assert_eq!(submit(Kind::Fedapay, &fake).await, accepted("42"));
    assert!(fake.sent(start)[0].contains(r#""send_now":true"#));
    // Started or not: nobody knows.
    let fake = Fake::start(vec![rule("POST", 200, fedapay("pending")), rule(start, 502, "")]).await;
    assert_eq!(submit(Kind::Fedapay, &fake).await, unknown("status_502"));

    let taken = r#"{"message":"no","errors":{"merchant_reference":["is taken"]}}"#;
    for (state, starts) in [("pending", 1), ("started", 0), ("sent", 0)] {
        let fake = Fake::start(vec![
            rule("POST", 422, taken),
            rule("GET /v1/payouts/merchant/", 200, fedapay(state)),
            rule(start, 200, "{}"),
        ])
        .await;
        assert_eq!(submit(Kind::Fedapay, &fake).await, accepted("42"), "{state}");
        assert_eq!(fake.sent(start).len(), starts, "{state}");
    }
    let none = rule("GET", 404, r#"{"message":"not found"}"#);
    let wrong = r#"{"message":"no","errors":{"mode":["is not known"]}}"#;
    let fake = Fake::start(vec![rule("POST", 422, wrong), none.clone()]).await;
    assert_eq!(submit(Kind::Fedapay, &fake).await, refused("invalid_mode"));
    let fake = Fake::start(vec![rule("POST", 422, taken), none.clone()]).await;
    assert_eq!(submit(Kind::Fedapay, &fake).await, unknown("status_422"), "taken by whom?");

    for (state, expected) in [
        ("pending", PayoutStatus::NotSearchable),
        ("scheduled", PayoutStatus::Pending),
        ("sent", paid_as("42")),
        ("failed", failed_as("42", "failed")),
    ] {
        let fake = Fake::start(vec![rule("GET", 200, fedapay(state))]).await;
        assert_eq!(status(Kind::Fedapay, &fake).await, expected, "{state}");
    }
    assert_eq!(status(Kind::Fedapay, &Fake::start(vec![none]).await).await, PayoutStatus::NotFound);
}

fn cinetpay(rules: impl IntoIterator<Item = Rule>) -> Vec<Rule> {
    let login = rule("POST /v1/auth/login", 200, r#"{"code":0,"data":{"token":"T"}}"#);
    let contact = r#"{"code":0,"data":[[{"code":726,"status":"ERROR_PHONE_ALREADY_MY_CONTACT"}]]}"#;
    let contact = rule("POST /v1/transfer/contact", 200, contact);
    [login, contact].into_iter().chain(rules).collect()
}

#[tokio::test]
async fn cinetpay_is_told_of_the_number_and_never_asked_twice_for_what_it_does_not_find() {
    let send = "POST /v1/transfer/money/send/contact";
    let taken = r#"{"code":0,"data":[[{"transaction_id":"EA1","treatment_status":"NEW"}]]}"#;
    let fake = Fake::start(cinetpay([rule(send, 200, taken)])).await;
    assert_eq!(submit(Kind::Cinetpay, &fake).await, accepted("EA1"));
    assert!(fake.sent(send)[0].contains("90112233") && fake.sent(send)[0].contains(KEY));
    for (answer, expected) in [
        (r#"{"code":602,"message":"INSUFFICIENT_BALANCE"}"#, refused("insufficient_balance")),
        (r#"{"code":"802","message":"INVALID_PHONE"}"#, refused("invalid_phone")),
        (r#"{"code":715,"message":"UNEXPECTED_ERROR"}"#, unknown("answer_not_understood")),
    ] {
        let fake = Fake::start(cinetpay([rule(send, 200, answer)])).await;
        assert_eq!(submit(Kind::Cinetpay, &fake).await, expected, "{answer}");
    }
    // Nothing that pays was asked for yet.
    let out = rule("POST /v1/auth/login", 200, r#"{"code":"701","message":"INVALID_CREDENTIALS"}"#);
    let why = "not_let_in".to_owned();
    let fake = Fake::start(vec![out]).await;
    assert_eq!(submit(Kind::Cinetpay, &fake).await, Submitted::NotSent { why });

    let data = |status: &str| {
        format!(r#"{{"code":0,"data":[{{"transaction_id":"EA1","treatment_status":"{status}"}}]}}"#)
    };
    let unknown = |why: &str| PayoutStatus::Unknown { why: why.to_owned() };
    for (answer, expected) in [
        (data("VAL"), paid_as("EA1")),
        (data("REJ"), failed_as("EA1", "rejected")),
        (data("NEW"), PayoutStatus::Pending),
        (r#"{"code":723,"message":"NOT_FOUND"}"#.to_owned(), unknown("not_found_yet")),
    ] {
        let check = rule("GET /v1/transfer/check/money?", 200, answer.clone());
        let fake = Fake::start(cinetpay([check])).await;
        assert_eq!(status(Kind::Cinetpay, &fake).await, expected, "{answer}");
    }
}

#[tokio::test]
async fn hub2_is_asked_by_its_own_id_and_by_nothing_else() {
    let transfer =
        |status: &str| format!(r#"{{"id":"tr_1","reference":"{KEY}","status":"{status}"}}"#);
    for (state, expected) in [
        ("created", accepted("tr_1")),
        ("successful", made_as("tr_1")),
        ("failed", refused("failed")),
    ] {
        let fake = Fake::start(vec![rule("POST /transfers", 201, transfer(state))]).await;
        assert_eq!(submit(Kind::Hub2, &fake).await, expected, "{state}");
    }
    let fake = Fake::start(vec![
        rule("POST /transfers", 201, transfer("created")),
        rule("GET /transfers/tr_1", 200, transfer("successful")),
    ])
    .await;
    let hub2 = made(Kind::Hub2, &fake.url);
    let why = "not_found_by_our_key".to_owned();
    assert_eq!(hub2.status(WITHDRAWAL).await, PayoutStatus::Unknown { why });
    hub2.submit(&instruction(Kind::Hub2)).await;
    assert_eq!(hub2.status(WITHDRAWAL).await, paid_as("tr_1"));
}

#[tokio::test]
async fn paygate_is_believed_in_its_own_words_alone() {
    for (answer, expected) in [
        (r#"{"status":200,"tx_reference":"9"}"#, made_as("9")),
        (r#"{"status":200}"#, unknown("answer_not_understood")),
        (r#"{"status":2}"#, unknown("paygate_2")),
    ] {
        let fake = Fake::start(vec![rule("POST /api/v1/disburse", 200, answer)]).await;
        assert_eq!(submit(Kind::Paygate, &fake).await, expected, "{answer}");
    }
}

#[tokio::test]
async fn pispi_takes_an_id_once() {
    let payment = |status: &str, reason: &str| {
        let id = r#""end2endId":"E2E1""#;
        format!(r#"{{"txId":"{KEY}",{id},"statut":"{status}","statutRaison":"{reason}"}}"#)
    };
    for (answer, expected) in [
        (payment("ENVOYE", ""), accepted("E2E1")),
        (payment("IRREVOCABLE", ""), made_as("E2E1")),
        (payment("REJETE", "BE23"), refused("be23")),
        (payment("REJETE", "DU03"), unknown("duplicate")),
    ] {
        let fake = Fake::start(vec![rule("POST /paiements", 200, answer.clone())]).await;
        assert_eq!(submit(Kind::Pispi, &fake).await, expected, "{answer}");
    }
    for (answer, expected) in [
        (payment("IRREVOCABLE", ""), paid_as("E2E1")),
        (payment("REJETE", "AC06"), failed_as("E2E1", "ac06")),
        (payment("ENVOYE", ""), PayoutStatus::Pending),
    ] {
        let fake = Fake::start(vec![rule("GET /paiements/", 200, answer.clone())]).await;
        assert_eq!(status(Kind::Pispi, &fake).await, expected, "{answer}");
    }
    let fake = Fake::start(vec![rule("GET", 404, r#"{"title":"none"}"#)]).await;
    assert_eq!(status(Kind::Pispi, &fake).await, PayoutStatus::NotFound);
}

fn paypal(rules: impl IntoIterator<Item = Rule>) -> Vec<Rule> {
    let token = r#"{"access_token":"T","expires_in":3600}"#;
    [rule("POST /v1/oauth2/token", 200, token)].into_iter().chain(rules).collect()
}

#[tokio::test]
async fn paypal_tells_of_the_first_batch_when_the_same_is_sent_again() {
    let post = "POST /v1/payments/payouts";
    let taken = r#"{"batch_header":{"payout_batch_id":"B1","batch_status":"PENDING"}}"#;
    let fake = Fake::start(paypal([rule(post, 201, taken)])).await;
    assert_eq!(submit(Kind::Paypal, &fake).await, accepted("B1"));
    assert!(fake.sent(post)[0].contains(&format!(r#""sender_batch_id":"{KEY}""#)));

    let again = r#"{"name":"USER_BUSINESS_ERROR","links":[{"rel":"self",
        "href":"https://api.paypal.com/v1/payments/payouts/B1"}]}"#;
    let item = |status: &str, value: &str| {
        format!(
            r#"{{"batch_header":{{"payout_batch_id":"B1","batch_status":"SUCCESS"}},"items":[
            {{"payout_item_id":"I1","transaction_status":"{status}","payout_item":
            {{"sender_item_id":"{KEY}","amount":{{"value":"{value}","currency":"USD"}}}}}}]}}"#
        )
    };
    for (batch, expected) in [
        (item("SUCCESS", "10.50"), made_as("I1")),
        (item("UNCLAIMED", "10.50"), accepted("I1")),
        (item("RETURNED", "10.50"), refused("returned")),
        (item("SUCCESS", "99.00"), unknown("another_payout_under_our_key")),
        (r#"{"batch_header":{"batch_status":"DENIED"}}"#.to_owned(), refused("denied")),
        (r#"{"batch_header":{"batch_status":"PROCESSING"}}"#.to_owned(), accepted("B1")),
    ] {
        let get = rule("GET /v1/payments/payouts/B1", 200, batch.clone());
        let fake = Fake::start(paypal([rule(post, 400, again), get])).await;
        assert_eq!(submit(Kind::Paypal, &fake).await, expected, "{batch}");
    }
    // An earlier one may have taken the balance that is missing now.
    let poor = r#"{"name":"INSUFFICIENT_FUNDS"}"#;
    let fake = Fake::start(paypal([rule(post, 422, poor)])).await;
    assert_eq!(submit(Kind::Paypal, &fake).await, unknown("status_422"));
    let gateway = made(Kind::Paypal, &fake.url);
    assert_eq!(gateway.status(WITHDRAWAL).await, PayoutStatus::NotSearchable);
    assert!(gateway.keeps_keys().unwrap() < Duration::from_secs(30 * 86_400));
}
