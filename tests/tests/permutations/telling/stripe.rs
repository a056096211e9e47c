//! As Stripe tells it.

use serde_json::{Value, json};

use super::{About, NOW, News};

pub fn tell(about: About, news: News) -> Option<Value> {
    let intent = |more: Value| {
        let mut intent = json!({"id": "pi_1", "object": "payment_intent", "amount": 10_000,
            "currency": "xof", "metadata": {"cauri_payin": about.payin}});
        intent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        intent
    };
    let dispute = |more: Value| {
        let mut dispute = json!({"id": "dp_1", "payment_intent": "pi_1", "currency": "xof",
            "status": "needs_response"});
        dispute.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        dispute
    };
    let transfer = |francs: u64, back: u64| {
        json!({"id": "tr_1", "object": "transfer", "amount": francs, "amount_reversed": back,
            "reversed": back == francs, "currency": "xof", "destination": "acct_1",
            "metadata": {"cauri_withdrawal": about.withdrawal}})
    };
    let refund = |status: &str| {
        json!({"id": "re_1", "status": status, "currency": "xof", "amount": 4_000,
            "metadata": {"cauri_refund": about.refund}})
    };
    let (kind, object) = match news {
        News::Submitted => ("payment_intent.processing", intent(json!({}))),
        News::Authorised => (
            "payment_intent.amount_capturable_updated",
            intent(json!({"amount_capturable": 10_000})),
        ),
        News::Declined => (
            "payment_intent.payment_failed",
            intent(json!({"last_payment_error": {"decline_code": "insufficient_funds"}})),
        ),
        News::Paid(francs) => {
            ("payment_intent.succeeded", intent(json!({"amount_received": francs})))
        }
        News::PaidInEuros(cents) => (
            "payment_intent.succeeded",
            intent(json!({"amount_received": cents, "currency": "eur"})),
        ),
        News::PaidAgain(francs) => {
            ("payment_intent.succeeded", intent(json!({"id": "pi_2", "amount_received": francs})))
        }
        News::GivenBack(francs) => (
            "charge.refunded",
            json!({"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": francs,
                "currency": "xof"}),
        ),
        News::RefundPaid => ("refund.updated", refund("succeeded")),
        News::RefundFailed => ("refund.failed", refund("failed")),
        News::Inquiry => (
            "charge.dispute.created",
            dispute(json!({"status": "warning_needs_response", "amount": 1})),
        ),
        News::Opened(francs) => (
            "charge.dispute.created",
            dispute(json!({"amount": francs, "reason": "fraudulent",
                "evidence_details": {"due_by": NOW + 864_000}})),
        ),
        News::Withdrawn(francs, fee) => (
            "charge.dispute.funds_withdrawn",
            dispute(json!({"amount": francs,
                "balance_transactions": [{"fee": fee, "currency": "xof"}]})),
        ),
        News::Reinstated(francs) => {
            ("charge.dispute.funds_reinstated", dispute(json!({"amount": francs})))
        }
        News::Won => ("charge.dispute.closed", dispute(json!({"status": "won"}))),
        News::Lost => ("charge.dispute.closed", dispute(json!({"status": "lost"}))),
        News::PayoutPaid(francs) => ("transfer.created", transfer(francs, 0)),
        News::PayoutFailed => ("transfer.reversed", transfer(5_000, 5_000)),
        News::Fee(_) => return None,
    };
    Some(json!({"id": format!("evt_{kind}"), "type": kind, "data": {"object": object}}))
}
