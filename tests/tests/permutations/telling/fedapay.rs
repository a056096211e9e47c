//! As FedaPay tells it.

use serde_json::{Value, json};

use super::{About, News};

pub fn tell(about: About, news: News) -> Option<Value> {
    let transaction = |status: &str, more: Value| {
        let mut entity = json!({"id": 1, "status": status, "amount": about.paid,
            "currency": {"iso": "XOF", "div": 1}, "merchant_reference": about.payin});
        entity.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"name": format!("transaction.{status}"), "object": "transaction", "entity": entity})
    };
    let payout = |status: &str, francs: u64| {
        json!({"name": format!("payout.{status}"), "object": "payout", "entity": {"id": 7,
            "status": status, "amount": francs, "currency": {"iso": "XOF", "div": 1},
            "last_error_code": "closed", "merchant_reference": about.withdrawal}})
    };
    Some(match news {
        News::Declined => transaction("declined", json!({"last_error_code": "insufficient_funds"})),
        News::Paid(francs) => transaction("approved", json!({"amount": francs})),
        News::PaidInEuros(cents) => transaction(
            "approved",
            json!({"amount": cents, "currency": {"iso": "EUR", "div": 100}}),
        ),
        News::PaidAgain(francs) => transaction("approved", json!({"id": 2, "amount": francs})),
        News::Fee(francs) => {
            transaction("transferred", json!({"amount_transferred": about.paid - francs}))
        }
        News::GivenBack(francs) if francs == about.paid => transaction("refunded", json!({})),
        News::GivenBack(francs) => {
            transaction("approved_partially_refunded", json!({"refunds": [{"amount": francs}]}))
        }
        News::PayoutPaid(francs) => payout("sent", francs),
        News::PayoutFailed => payout("failed", 1),
        _ => return None,
    })
}
