//! Every provider's way to tell the same news: real bytes, signed as they sign, read as the server
//! reads them.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cauri_api::providers::{Accounts, Kind, ProviderAccount};
use cauri_api::webhooks::{
    Delivery, FEDAPAY, FEDAPAY_SCHEME, Providers, SIM, STANDARD_WEBHOOKS, STRIPE, STRIPE_SCHEME,
    pispi,
};
use serde_json::{Value, json};
use uuid::Uuid;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: i64 = 1_795_000_000;

/// What a provider can tell. Amounts are francs; those of a payment are in all, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    Submitted,
    Authorised,
    Declined,
    /// The payment of this object brought so much.
    Paid(u64),
    /// It brought so many euro cents instead.
    PaidInEuros(u64),
    /// Another payment for the same pay-in.
    PaidAgain(u64),
    Fee(u64),
    GivenBack(u64),
    RefundPaid,
    RefundFailed,
    Inquiry,
    Opened(u64),
    /// Taken, with what the case costs.
    Withdrawn(u64, u64),
    Reinstated(u64),
    Won,
    Lost,
    PayoutPaid(u64),
    PayoutFailed,
}

/// Whom it is about.
#[derive(Debug, Clone, Copy)]
pub struct About {
    pub payin: Uuid,
    pub withdrawal: Uuid,
    pub refund: Uuid,
    /// What the payment brought in the end, in francs.
    pub paid: u64,
}

/// Providers that are told of here. CinetPay and PayPal only hint, and what they answer when they
/// are asked is what counts: their facts are read from the simulated provider's bytes.
pub const ALL: [&str; 6] = [STRIPE, FEDAPAY, pispi::NAME, SIM, "cinetpay", "paypal"];

/// The provider's own id of the payment that all of this is about.
pub fn object(provider: &str) -> &'static str {
    match provider {
        FEDAPAY => "1",
        pispi::NAME => "E2E1",
        _ => "pi_1",
    }
}

/// What a provider delivers to tell this; `None` where it has no such news.
pub fn tell(provider: &'static str, about: About, news: News) -> Option<Delivery> {
    let (speaker, body) = match provider {
        STRIPE => (STRIPE, stripe(about, news)?),
        FEDAPAY => (FEDAPAY, fedapay(about, news)?),
        pispi::NAME => (pispi::NAME, bank(about, news)?),
        "cinetpay" if !matches!(news, News::Declined | News::Paid(_) | News::PaidInEuros(_)) => {
            return None;
        }
        _ => (SIM, sim(about, news)),
    };
    let mut delivery = receive(speaker, &body.to_string());
    assert!(!delivery.facts.is_empty(), "{provider} tells nothing by {body}");
    assert!(delivery.unreadable.is_none(), "{:?}", delivery.unreadable);
    delivery.provider = provider.parse().unwrap();
    Some(delivery)
}

fn receive(provider: &str, body: &str) -> Delivery {
    let scheme = match provider {
        STRIPE => STRIPE_SCHEME,
        FEDAPAY => FEDAPAY_SCHEME,
        pispi::NAME => pispi::SCHEME,
        _ => STANDARD_WEBHOOKS,
    };
    let accounts: Vec<_> = [Kind::Stripe, Kind::Fedapay, Kind::Sim, Kind::Pispi]
        .map(|kind| ProviderAccount::usual(kind, vec![SECRET.to_owned().into()]))
        .into();
    let key = scheme.key(&SECRET.to_owned().into()).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in scheme.sign(&[key], "msg_1", NOW, body.as_bytes()) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    }
    let providers = Providers::try_new(&Accounts::try_from(accounts).unwrap()).unwrap();
    providers.receive(provider, &headers, body.as_bytes(), NOW).unwrap()
}

fn stripe(about: About, news: News) -> Option<Value> {
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
    let payout = json!({"id": "po_1", "amount": match news { News::PayoutPaid(it) => it, _ => 1 },
        "currency": "xof", "failure_code": "account_closed",
        "metadata": {"cauri_withdrawal": about.withdrawal}});
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
        News::PayoutPaid(_) => ("payout.paid", payout),
        News::PayoutFailed => ("payout.failed", payout),
        News::Fee(_) => return None,
    };
    Some(json!({"id": format!("evt_{kind}"), "type": kind, "data": {"object": object}}))
}

fn fedapay(about: About, news: News) -> Option<Value> {
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

fn bank(about: About, news: News) -> Option<Value> {
    let (code, object, ours, francs) = match news {
        News::Declined => ("RTP_REJETE", "E2E1", about.payin, 10_000),
        News::Paid(francs) => ("PAIEMENT_RECU", "E2E1", about.payin, francs),
        News::PaidAgain(francs) => ("PAIEMENT_RECU", "E2E2", about.payin, francs),
        News::GivenBack(francs) => ("RETOUR_ENVOYE", "E2E1", about.payin, francs),
        News::Inquiry => ("ANNULATION_DEMANDE", "E2E1", about.payin, 10_000),
        News::PayoutPaid(francs) => ("PAIEMENT_ENVOYE", "E2E7", about.withdrawal, francs),
        News::PayoutFailed => ("RETOUR_RECU", "E2E7", about.withdrawal, 1),
        _ => return None,
    };
    Some(json!({"data": [{"evCode": code, "end2endId": object, "txId": ours, "montant": francs}]}))
}

fn sim(about: About, news: News) -> Value {
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
