//! Whatever a provider answers that is no clear word, or does not answer: nothing is concluded.

use std::time::Duration;

use cauri_sagas::gateway::{PayoutStatus, Submitted};

use super::kit::{ALL, Fake, Seen, made, rule, status, submit, unknown};
use crate::providers::Kind;
use crate::providers::payouts::not_sendable;
use crate::providers::payouts::wire::tests::paid;

fn is_doubtful(submitted: &Submitted) -> bool {
    matches!(
        submitted,
        Submitted::Unknown { .. } | Submitted::Busy { .. } | Submitted::NotSent { .. }
    )
}

fn says_nothing(status: &PayoutStatus) -> bool {
    use PayoutStatus::{Busy, NotSearchable, Unasked, Unknown};
    matches!(status, Unknown { .. } | Unasked { .. } | Busy { .. } | NotSearchable)
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
        assert_eq!(submitted, not_sendable(code), "{kind} {to}");
    }
    assert!(fake.seen.lock().unwrap().is_empty());
}
