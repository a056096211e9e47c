//! How subscriptions begin, go on and end.

use serde_json::json;

use super::kit::{Billing, paper, spendable};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_is_renewed_dunned_paid_and_canceled_and_another_is_never_paid() {
    let billing = Billing::soon().await;
    billing
        .plan(json!({ "plan": "pro", "currency": "XOF", "price": "3000",
            "every": { "unit": "DAY", "count": 30 }, "trialDays": 7, "retryDays": [1, 3],
            "graceDays": 2, "recognition": "PERIOD" }))
        .await;
    let ama = billing.wallet("ama", 5_000).await;
    let kofi = billing.wallet("kofi", 3_000).await;
    let hers = billing.subscribe(ama, "pro", true).await;
    let his = billing.subscribe(kofi, "pro", false).await;
    billing
        .becomes(hers, json!({ "status": "TRIALING", "period": 0, "entitled": true, "paid": "0" }))
        .await;
    assert_eq!(billing.available(ama, "XOF").await, "5000");
    assert_eq!(billing.available(kofi, "XOF").await, "0");

    // The trial is over: its first period is charged.
    billing.day(7).await;
    let active = json!({ "status": "ACTIVE", "period": 1, "entitled": true, "paid": "3000" });
    billing.becomes(hers, active.clone()).await;
    assert_eq!(billing.available(ama, "XOF").await, "2000");

    // Kofi cannot pay the second: it is tried on the first and third day, and given two more.
    billing.becomes(his, active).await;
    for (day, tries) in [(30, 1), (31, 2), (33, 3)] {
        billing.day(day).await;
        billing
            .becomes(
                his,
                json!({ "status": "PAST_DUE", "tries": tries, "entitled": true,
                    "failure": "INSUFFICIENT_FUNDS", "period": 1 }),
            )
            .await;
    }
    billing.becomes(his, json!({ "retryAt": null })).await;
    billing.day(35).await;
    billing
        .becomes(
            his,
            json!({ "status": "EXPIRED", "entitled": false, "endedBy": "unpaid",
                "paid": "3000", "recognised": "3000" }),
        )
        .await;
    let late = json!({ "subscription": his });
    assert_eq!(billing.refused("TOKEN_SERVICE", "paySubscription", late).await, "WRONG_STATE");

    // Ama cannot either, and brings 1,500 before the second retry.
    for (day, tries) in [(37, 1), (38, 2)] {
        billing.day(day).await;
        let due = json!({ "status": "PAST_DUE", "tries": tries, "entitled": true });
        billing.becomes(hers, due).await;
    }
    cauri_tests::market::fund(&billing.server, ama, 1_500).await;
    billing.day(40).await;
    billing
        .becomes(
            hers,
            json!({ "status": "ACTIVE", "period": 2, "tries": 0, "failure": null,
                "dueSince": null, "paid": "6000", "recognised": "3000" }),
        )
        .await;
    assert_eq!(billing.available(ama, "XOF").await, "500");

    // She cancels: she has it until the period is over, and is charged no more.
    let cancel = json!({ "subscription": hers });
    billing.done("TOKEN_BUYER", "cancelSubscription", cancel).await;
    billing.becomes(hers, json!({ "status": "ACTIVE", "ending": true, "entitled": true })).await;
    // The days are counted from when it was due, not from when it was paid.
    billing.day(67).await;
    billing
        .becomes(
            hers,
            json!({ "status": "CANCELED", "entitled": false, "paid": "6000",
                "refunded": "0", "recognised": "6000" }),
        )
        .await;
    billing.numbered(3, 0).await;
    let expected = paper(&[
        ("clearing:stripe".to_owned(), "9500"),
        (spendable(ama), "500"),
        ("revenue:subscription".to_owned(), "9000"),
    ]);
    assert_eq!(billing.books("XOF").await, expected);
}

/// 29.99 for 30 days, and 18 % on top: 5.40 of 5.3982. After 11 days 19 are left. The first 29 days
/// earn one cent more than 0.99, so that 11.00 are earned and 18.99 given back; of the tax, 0.18 a
/// day, 3.42. The larger plan is 99.99 and 18.00 of 17.9982.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_plan_at_once_gives_back_the_days_left_to_the_cent() {
    let billing = Billing::soon().await;
    for (plan, price) in [("small", "29.99"), ("large", "99.99")] {
        billing
            .plan(json!({ "plan": plan, "currency": "USD", "price": price,
                "every": { "unit": "DAY", "count": 30 }, "recognition": "PERIOD",
                "tax": { "code": "vat", "basisPoints": 1_800 } }))
            .await;
    }
    let ama = billing.wallet("ama", 0).await;
    billing.fund_cents(ama, 20_000).await;
    let hers = billing.subscribe(ama, "small", false).await;
    assert_eq!(billing.available(ama, "USD").await, "164.61");

    billing.day(11).await;
    let large = json!({ "subscription": hers, "plan": "large", "atOnce": true });
    billing.done("TOKEN_BUYER", "changePlan", large).await;
    billing
        .becomes(
            hers,
            json!({ "plan": "large", "price": "99.99", "period": 2, "paid": "153.38",
                "refunded": "22.41", "recognised": "11.00" }),
        )
        .await;
    let papers = billing.numbered(2, 1).await;
    let amounts: Vec<_> = papers
        .iter()
        .map(|it| (it["total"].as_str().unwrap(), it["tax"].as_str().unwrap()))
        .collect();
    assert_eq!(amounts, [("22.41", "3.42"), ("35.39", "5.40"), ("117.99", "18.00")]);
    let expected = paper(&[
        ("clearing:stripe".to_owned(), "200.00"),
        (spendable(ama), "69.03"),
        ("revenue:subscription".to_owned(), "11.00"),
        ("revenue:deferred".to_owned(), "99.99"),
        ("tax:vat".to_owned(), "19.98"),
    ]);
    assert_eq!(billing.books("USD").await, expected);

    // Back again, when the period is over: nothing is given back of it.
    let small = json!({ "subscription": hers, "plan": "small" });
    billing.done("TOKEN_BUYER", "changePlan", small).await;
    billing.becomes(hers, json!({ "plan": "large", "nextPlan": "small" })).await;
    billing.day(41).await;
    billing
        .becomes(
            hers,
            json!({ "plan": "small", "nextPlan": null, "period": 3, "recognised": "110.99" }),
        )
        .await;
    assert_eq!(billing.available(ama, "USD").await, "33.64");

    // Canceled on its first day: all of it is hers again, and nothing is deferred.
    let cancel = json!({ "subscription": hers, "atOnce": true });
    billing.done("TOKEN_BUYER", "cancelSubscription", cancel).await;
    billing
        .becomes(hers, json!({ "status": "CANCELED", "entitled": false, "refunded": "57.80" }))
        .await;
    billing.numbered(3, 2).await;
    let expected = paper(&[
        ("clearing:stripe".to_owned(), "200.00"),
        (spendable(ama), "69.03"),
        ("revenue:subscription".to_owned(), "110.99"),
        ("tax:vat".to_owned(), "19.98"),
    ]);
    assert_eq!(billing.books("USD").await, expected);
}
