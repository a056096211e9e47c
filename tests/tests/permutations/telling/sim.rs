//! As the simulated provider tells it.

use serde_json::{Value, json};

use super::{About, News};

pub fn tell(about: About, news: News) -> Value {
    let payment = |kind: &str, francs: u64| {
        json!({"type": kind, "id": "pi_1", "reference": about.payin, "currency": "XOF",
            "amount": francs.to_string(), "reason": "insufficient_funds"})
    };
    let dispute = |kind: &str, francs: u64, fee: Option<u64>| {
        let mut told = json!({"type": format!("dispute.{kind}"), "id": "dp_1", "payment": "pi_1",
            "amount": francs.to_string(), "currency": "XOF", "reason": "fraudulent"});
        if let Some(fee) = fee {
            told["fee"] = json!(fee.to_string());
        }
        told
    };
    let refund = |kind: &str| json!({"type": kind, "id": "re_1", "reference": about.refund, "reason": "closed"});
    let payout = |kind: &str, francs: u64| {
        json!({"type": kind, "id": "po_1", "reference": about.withdrawal, "currency": "XOF",
            "amount": francs.to_string(), "reason": "closed"})
    };
    match news {
        News::Submitted => payment("payin.submitted", 1),
        News::Authorised => payment("payin.authorised", 10_000),
        News::Declined => payment("payin.failed", 1),
        News::Paid(francs) => payment("payin.succeeded", francs),
        News::PaidInEuros(cents) => {
            let mut told = payment("payin.succeeded", 1);
            told["amount"] = json!(format!("{}.{:02}", cents / 100, cents % 100));
            told["currency"] = json!("EUR");
            told
        }
        News::PaidAgain(francs) => {
            let mut told = payment("payin.succeeded", francs);
            told["id"] = json!("pi_2");
            told
        }
        News::Fee(francs) => payment("fee.taken", francs),
        News::GivenBack(francs) => payment("payment.refunded", francs),
        News::RefundPaid => refund("refund.succeeded"),
        News::RefundFailed => refund("refund.failed"),
        News::Inquiry => dispute("inquiry", 1, None),
        News::Opened(francs) => dispute("opened", francs, None),
        News::Withdrawn(francs, fee) => dispute("funds_withdrawn", francs, Some(fee)),
        News::Reinstated(francs) => dispute("funds_reinstated", francs, None),
        News::Won => dispute("won", 1, None),
        News::Lost => dispute("lost", 1, None),
        News::PayoutPaid(francs) => payout("payout.paid", francs),
        News::PayoutFailed => payout("payout.failed", 1),
    }
}
