//! Stripe, PayPal and the banks of PI-SPI, each by its own words.

use std::time::Duration;

use cauri_sagas::gateway::PayoutStatus;

use super::kit::{
    Fake, KEY, Rule, WITHDRAWAL, accepted, failed_as, made, made_as, paid_as, refused, rule,
    status, submit, unknown,
};
use crate::providers::Kind;

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
