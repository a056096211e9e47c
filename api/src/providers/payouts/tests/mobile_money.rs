//! The aggregators of mobile money, each by its own words.

use cauri_sagas::gateway::{PayoutStatus, Submitted};

use super::kit::{
    Fake, KEY, Rule, WITHDRAWAL, accepted, failed_as, instruction, made, made_as, paid_as, refused,
    rule, status, submit, unknown,
};
use crate::providers::Kind;

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
    assert_eq!(hub2.status(WITHDRAWAL).await, PayoutStatus::Unasked { why });
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
