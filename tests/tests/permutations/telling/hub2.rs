//! As Hub2 tells it: events of payment intents and transfers, of which the status counts.

use serde_json::{Value, json};

use super::{About, News};

pub fn tell(about: About, news: News) -> Option<Value> {
    let event = |kind: &str, data: Value| {
        json!({"id": format!("ev_{kind}_{}", data["status"].as_str().unwrap()),
            "type": format!("{kind}.updated"), "data": data})
    };
    let intent = |id: &str, status: &str, francs: u64| {
        event(
            "payment_intent",
            json!({"id": id, "purchaseReference": about.payin, "status": status,
                "amount": francs, "currency": "XOF", "failureCause": "insufficient_funds"}),
        )
    };
    let transfer = |status: &str, francs: u64| {
        event(
            "transfer",
            json!({"id": "tr_1", "reference": about.withdrawal, "status": status,
                "amount": francs, "currency": "XOF", "failureCause": "closed"}),
        )
    };
    Some(match news {
        News::Submitted => intent("pi_1", "processing", 10_000),
        News::Declined => intent("pi_1", "failed", 10_000),
        News::Paid(francs) => intent("pi_1", "successful", francs),
        News::PaidAgain(francs) => intent("pi_2", "successful", francs),
        News::PayoutPaid(francs) => transfer("successful", francs),
        News::PayoutFailed => transfer("failed", 1),
        _ => return None,
    })
}
