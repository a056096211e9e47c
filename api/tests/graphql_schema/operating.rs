//! Periods and operator control, through the schema.

use cauri_domain::Role;
use chrono::TimeDelta;
use serde_json::json;

use crate::kit::{Market, caller, new_id, service};

#[tokio::test]
async fn a_month_is_closed_once_and_in_order() {
    let market = Market::open().await;
    let later = market.engine.clock().now() + TimeDelta::days(18_300);
    market.engine.clock().advance_to(later).unwrap();
    let ada = caller("ada", Role::Finance);
    let close = |period: &str| json!({ "commandId": new_id(), "period": period });
    market.done(&ada, "closePeriod", close("2019-11")).await;
    let refused = market.refused(&ada, "closePeriod", close("2020-01")).await;
    assert_eq!(refused, ("PERIOD_OUT_OF_ORDER".into(), "period".into()));
    let refused = market.refused(&ada, "closePeriod", close("nov 2019")).await;
    assert_eq!(refused, ("INVALID_SETTING".into(), "period".into()));
    let again = market.mutate(&ada, "closePeriod", close("2019-10")).await;
    assert_eq!(again["replayed"], true);
}

#[tokio::test]
async fn an_entry_is_about_an_earlier_day_and_never_a_later_one() {
    let market = Market::open().await;
    let later = market.engine.clock().now() + TimeDelta::days(18_300);
    market.engine.clock().advance_to(later).unwrap();
    let ann = market.wallet("ann").await;
    let import = |day: &str| {
        let account = format!("wallet:{ann}:available");
        let postings = json!([{ "account": account, "side": "CREDIT", "amount": "5",
            "currency": "XOF" }]);
        json!({ "commandId": new_id(), "correction": new_id(), "postings": postings,
            "effectiveDate": day })
    };
    market.done(&service(), "importOpening", import("2019-12-31")).await;
    let refused = market.refused(&service(), "importOpening", import("9000-01-01")).await;
    assert_eq!(refused, ("INVALID_SETTING".into(), "effectiveDate".into()));
}

#[tokio::test]
async fn what_is_not_stuck_is_neither_tried_again_nor_left_out() {
    let market = Market::open().await;
    let ada = caller("ada", Role::Finance);
    let step = || {
        json!({ "commandId": new_id(), "process": "withdrawal", "instance": new_id(),
            "step": "submit" })
    };
    let mut skip = step();
    skip["reason"] = json!("by-hand");
    let mut give_up = skip.clone();
    give_up["into"] = json!("expense:adjustments");
    for (mutation, input) in
        [("retryProcess", step()), ("skipProcessStep", skip), ("giveUpProcess", give_up.clone())]
    {
        let refused = market.refused(&ada, mutation, input).await;
        assert_eq!(refused, ("NOT_FOUND".into(), "instance".into()), "{mutation}");
    }
    give_up["into"] = json!("pocket");
    let refused = market.refused(&ada, "giveUpProcess", give_up).await;
    assert_eq!(refused, ("NOT_FOUND".into(), "into".into()));
}
