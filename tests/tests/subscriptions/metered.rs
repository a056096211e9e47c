//! Metered use: counted once, within its quota, billed when its period is over.

use cauri_tests::server::new_id;
use chrono::{Days, NaiveTime};
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{Billing, paper, spendable};

/// Some of a subscription's use, on its first day.
fn used(billing: &Billing, subscription: Uuid, key: &str, quantity: u32) -> Value {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    json!({ "subscription": subscription, "meter": "calls", "quantity": quantity,
        "usedAt": billing.first.and_time(noon).and_utc(), "key": key })
}

async fn usage_now(billing: &Billing, subscription: Uuid) -> Value {
    let query = "query($id: UUID!, $at: Revision) { subscription(id: $id, atLeastRevision: $at) {
        usageNow { used left cost to } } }";
    let variables = json!({ "id": subscription, "at": billing.server.head().await });
    let seen = billing.server.graphql("TOKEN_BUYER", query, variables).await;
    seen["subscription"]["usageNow"][0].clone()
}

/// 100 are free, 900 cost 2 and the rest 1.5: 1,500 cost 1,800 and 750.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn use_is_counted_once_within_its_quota_billed_and_credited() {
    let billing = Billing::soon().await;
    billing
        .plan(json!({ "plan": "api", "currency": "XOF", "price": "1000",
            "every": { "unit": "DAY", "count": 30 }, "recognition": "PERIOD",
            "meters": [{ "name": "calls", "included": 100,
                "tiers": [{ "upTo": 900, "price": "2" }, { "price": "1.5" }],
                "quota": { "limit": 1_000, "hard": true } }] }))
        .await;
    let ama = billing.wallet("ama", 10_000).await;
    let hers = billing.subscribe(ama, "api", false).await;
    let used = |key: &str, quantity: u32| used(&billing, hers, key, quantity);
    let record = "recordUsage";

    // Told twice, by two commands, it is counted once; told otherwise, it is refused.
    billing.done("TOKEN_SERVICE", record, used("call-1", 600)).await;
    billing.done("TOKEN_SERVICE", record, used("call-1", 600)).await;
    let other = billing.refused("TOKEN_SERVICE", record, used("call-1", 601)).await;
    assert_eq!(other, "EXISTS_WITH_OTHER_TERMS");
    let refused = billing.refused("TOKEN_SERVICE", record, used("call-2", 401)).await;
    assert_eq!(refused, "QUOTA_EXCEEDED");
    billing.done("TOKEN_SERVICE", record, used("call-2", 400)).await;
    let over = billing.first + Days::new(30);
    let expected = json!({ "used": 1_000, "left": 0, "cost": "1800", "to": over });
    assert_eq!(usage_now(&billing, hers).await, expected);
    let more = json!({ "subscription": hers, "meter": "calls",
        "quota": { "limit": 1_500, "hard": true } });
    billing.done("TOKEN_ADMIN", "setQuota", more).await;
    billing.done("TOKEN_SERVICE", record, used("call-3", 500)).await;
    let close = json!({ "subscription": hers });
    let early = billing.refused("TOKEN_SERVICE", "closeUsagePeriod", close).await;
    assert_eq!(early, "TOO_EARLY");

    // The period is over: it is billed, and the next one begins with nothing used.
    billing.day(30).await;
    billing.becomes(hers, json!({ "period": 2, "paid": "2000" })).await;
    let papers = billing.numbered(3, 0).await;
    assert_eq!(billing.available(ama, "XOF").await, "5450");
    let next = json!({ "used": 0, "left": 1_500, "cost": null, "to": over + Days::new(30) });
    assert_eq!(usage_now(&billing, hers).await, next);
    let usage = papers.iter().find(|it| it["about"] == "usage").unwrap();
    assert_eq!((&usage["total"], &usage["status"]), (&json!("2550"), &json!("PAID")));

    papers_of_persons(&billing, ama, usage["id"].clone(), &papers).await;
    billing
        .done("TOKEN_BUYER", "cancelSubscription", json!({ "subscription": hers, "atOnce": true }))
        .await;
    billing.becomes(hers, json!({ "status": "CANCELED", "refunded": "1000" })).await;
    billing.numbered(4, 2).await;
    let expected = paper(&[
        ("clearing:stripe".to_owned(), "10000"),
        (spendable(ama), "6700"),
        ("revenue:subscription".to_owned(), "1000"),
        ("revenue:usage".to_owned(), "2000"),
        ("revenue:fees".to_owned(), "300"),
    ]);
    assert_eq!(billing.books("XOF").await, expected);
}

/// A credit note, an invoice of finance's own, and what is refused takes no number.
async fn papers_of_persons(billing: &Billing, ama: Uuid, usage: Value, papers: &[Value]) {
    let note = |invoice: &Value, amount: &str| {
        json!({ "note": new_id(), "invoice": invoice, "amount": amount, "currency": "XOF",
            "reason": "outage" })
    };
    let credit = "issueCreditNote";
    let exceeds = billing.refused("TOKEN_FINANCE", credit, note(&usage, "2551")).await;
    assert_eq!(exceeds, "REFUND_EXCEEDS");
    let period = papers.iter().find(|it| it["about"] == "period").unwrap();
    let by_itself = billing.refused("TOKEN_FINANCE", credit, note(&period["id"], "10")).await;
    assert_eq!(by_itself, "INVALID_SETTING");
    billing.done("TOKEN_FINANCE", credit, note(&usage, "550")).await;
    assert_eq!(billing.available(ama, "XOF").await, "6000");
    let rest = billing.refused("TOKEN_FINANCE", credit, note(&usage, "2001")).await;
    assert_eq!(rest, "REFUND_EXCEEDS");

    let invoice = new_id();
    let issue = |price: &str| {
        json!({ "invoice": invoice, "wallet": ama, "currency": "XOF",
            "dueAt": billing.first.and_time(NaiveTime::MIN).and_utc() + Days::new(60),
            "lines": [{ "what": "setup", "price": price }] })
    };
    let nothing = billing.refused("TOKEN_FINANCE", "issueInvoice", issue("0")).await;
    assert_eq!(nothing, "AMOUNT_NOT_POSITIVE");
    billing.done("TOKEN_FINANCE", "issueInvoice", issue("300")).await;
    billing.done("TOKEN_BUYER", "payInvoice", json!({ "invoice": invoice })).await;
    assert_eq!(billing.available(ama, "XOF").await, "5700");
    let papers = billing.numbered(4, 1).await;
    let credited = papers.iter().find(|it| it["id"] == usage).unwrap();
    assert_eq!(credited["credited"], "550");
}
