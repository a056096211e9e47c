//! As PayPal tells it: an event names an object, and the object is what PayPal has of it then.

use serde_json::{Value, json};

use super::asked::{Answers, Hint};
use super::{About, News};

/// What PayPal is asked, and answers, at this news.
pub fn tell(about: About, news: News) -> Option<(Hint, Answers)> {
    let (kind, path, object) = object(about, news)?;
    let id = path.rsplit('/').next().unwrap();
    let resource =
        if kind.starts_with("CUSTOMER") { json!({"dispute_id": id}) } else { json!({"id": id}) };
    let name: String = format!("{news:?}").chars().filter(char::is_ascii_alphanumeric).collect();
    let body = json!({"id": format!("WH-{name}"), "event_type": kind, "resource": resource});
    let headers = [
        ("paypal-auth-algo", "SHA256withRSA"),
        ("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
        ("paypal-transmission-id", "t-1"),
        ("paypal-transmission-time", "2026-11-21T12:00:00Z"),
        ("paypal-transmission-sig", "c2lnbmVk"),
    ];
    let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
    let answers = vec![
        ("/v1/oauth2/token".to_owned(), json!({"access_token": "T", "expires_in": 32_400})),
        (
            "/v1/notifications/verify-webhook-signature".to_owned(),
            json!({"verification_status": "SUCCESS"}),
        ),
        (format!("/{path}"), object),
    ];
    Some((Hint { headers, body: body.to_string() }, answers))
}

/// The event, where its object is, and the object.
fn object(about: About, news: News) -> Option<(&'static str, &'static str, Value)> {
    let francs = |francs: u64| json!({"currency_code": "XOF", "value": francs.to_string()});
    let capture = |status: &str, amount: Value| {
        json!({"id": "pi_1", "status": status, "custom_id": about.payin, "amount": amount,
            "payee": {"merchant_id": "OURS"}, "status_details": {"reason": "declined"},
            "supplementary_data": {"related_ids": {"order_id": "order_1"}}})
    };
    let refund = |ours: Value, status: &str, total: Value| {
        json!({"id": "re_1", "status": status, "custom_id": ours,
            "seller_payable_breakdown": total,
            "links": [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/pi_1"}]})
    };
    let dispute = |stage: &str, amount: u64, movements: Value, outcome: Option<&str>| {
        let status = if outcome.is_some() { "RESOLVED" } else { "OPEN" };
        json!({"dispute_id": "dp_1", "status": status, "dispute_life_cycle_stage": stage,
            "reason": "UNAUTHORISED", "dispute_amount": francs(amount),
            "disputed_transactions": [{"seller_transaction_id": "pi_1"}],
            "money_movements": movements, "dispute_outcome": {"outcome_code": outcome}})
    };
    let moved = |kind: &str, amount: u64| json!({"affected_party": "SELLER", "type": kind, "amount": francs(amount)});
    let (first, second) = ("v2/payments/captures/pi_1", "v2/payments/captures/pi_2");
    let (case, refunds) = ("v1/customer/disputes/dp_1", "v2/payments/refunds/re_1");
    let completed = "PAYMENT.CAPTURE.COMPLETED";
    let (refunded, updated) = ("PAYMENT.CAPTURE.REFUNDED", "CUSTOMER.DISPUTE.UPDATED");
    let resolved = "CUSTOMER.DISPUTE.RESOLVED";
    Some(match news {
        News::Authorised => (
            "CHECKOUT.ORDER.APPROVED",
            "v2/checkout/orders/order_1",
            json!({"id": "order_1", "status": "APPROVED", "intent": "CAPTURE",
                "purchase_units": [{"custom_id": about.payin, "amount": francs(10_000),
                "payee": {"merchant_id": "OURS"}}]}),
        ),
        News::Declined => ("PAYMENT.CAPTURE.DECLINED", first, capture("DECLINED", francs(10_000))),
        News::Paid(amount) => (completed, first, capture("COMPLETED", francs(amount))),
        News::PaidAgain(amount) => (completed, second, capture("COMPLETED", francs(amount))),
        News::PaidInEuros(cents) => {
            let value = format!("{}.{:02}", cents / 100, cents % 100);
            let euros = json!({"currency_code": "EUR", "value": value});
            (completed, first, capture("COMPLETED", euros))
        }
        News::Fee(fee) => {
            let mut told = capture("COMPLETED", francs(about.paid));
            told["seller_receivable_breakdown"] = json!({"paypal_fee": francs(fee)});
            (completed, first, told)
        }
        News::GivenBack(total) => {
            let total = json!({"total_refunded_amount": francs(total)});
            (refunded, refunds, refund(Value::Null, "COMPLETED", total))
        }
        News::RefundPaid => {
            (refunded, refunds, refund(json!(about.refund), "COMPLETED", json!({})))
        }
        News::RefundFailed => (refunded, refunds, refund(json!(about.refund), "FAILED", json!({}))),
        News::Inquiry => (updated, case, dispute("INQUIRY", 1, json!([]), None)),
        News::Opened(amount) => (updated, case, dispute("CHARGEBACK", amount, json!([]), None)),
        // What a case costs stands in no answer.
        News::Withdrawn(amount, _) => {
            let movements = json!([moved("DEBIT", amount)]);
            (updated, case, dispute("CHARGEBACK", about.disputed, movements, None))
        }
        News::Reinstated(amount) => {
            let movements = json!([moved("DEBIT", about.disputed), moved("CREDIT", amount)]);
            (updated, case, dispute("CHARGEBACK", about.disputed, movements, None))
        }
        News::Won | News::Lost => {
            let word = if news == News::Won { "SELLER" } else { "BUYER" };
            let outcome = format!("RESOLVED_{word}_FAVOUR");
            (resolved, case, dispute("CHARGEBACK", about.disputed, json!([]), Some(&outcome)))
        }
        News::Submitted | News::PayoutPaid(_) | News::PayoutFailed => return None,
    })
}
