//! A year of months, begun on the last day of January.

use chrono::{Datelike as _, Days, Months, NaiveDate, Utc};
use serde_json::json;

use super::kit::{Billing, paper};

/// The next last day of January that is not today.
fn next_january() -> NaiveDate {
    let today = Utc::now().date_naive();
    let of = |year| NaiveDate::from_ymd_opt(year, 1, 31).unwrap();
    let this = of(today.year());
    if this > today + Days::new(1) { this } else { of(today.year() + 1) }
}

/// The last day of the month that is so many months after that of `day`.
fn last_day(day: NaiveDate, months: u32) -> NaiveDate {
    let first = day.with_day(1).unwrap();
    first + Months::new(months + 1) - Days::new(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_months_keeps_the_day_and_recognises_all_of_it() {
    let first = next_january();
    let mut billing = Billing::on(first).await;
    billing
        .plan(json!({ "plan": "monthly", "currency": "XOF", "price": "1000",
            "every": { "unit": "MONTH" }, "recognition": "MONTH" }))
        .await;
    let ama = billing.wallet("ama", 13_000).await;
    let hers = billing.subscribe(ama, "monthly", false).await;
    for month in 1..=12 {
        // The 31st, and where there is none the last day there is.
        let day = last_day(first, month);
        billing.day(u64::try_from((day - first).num_days()).unwrap()).await;
        billing
            .becomes(
                hers,
                json!({ "status": "ACTIVE", "period": month + 1, "periodStart": day,
                    "periodEnd": last_day(first, month + 1),
                    "paid": (1_000 * (month + 1)).to_string() }),
            )
            .await;
        if month == 6 {
            billing.server.kill9();
            billing.server.restart();
        }
    }
    assert_eq!(billing.available(ama, "XOF").await, "0");
    let cancel = json!({ "subscription": hers });
    billing.done("TOKEN_BUYER", "cancelSubscription", cancel).await;
    let end = last_day(first, 13);
    billing.day(u64::try_from((end - first).num_days()).unwrap()).await;
    billing
        .becomes(
            hers,
            json!({ "status": "CANCELED", "entitled": false, "tries": 0, "paid": "13000",
                "recognised": "13000" }),
        )
        .await;
    let papers = billing.numbered(13, 0).await;
    assert!(papers.iter().all(|it| it["total"] == "1000" && it["status"] == "PAID"));
    let expected = paper(&[
        ("clearing:stripe".to_owned(), "13000"),
        ("revenue:subscription".to_owned(), "13000"),
    ]);
    assert_eq!(billing.books("XOF").await, expected);
}
