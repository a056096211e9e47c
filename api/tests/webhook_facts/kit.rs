//! Deliveries signed as their provider would sign them, and what they say in one line.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cauri_api::providers::{Accounts, Kind, ProviderAccount};
use cauri_api::webhooks::{
    Delivery, Dispute, FEDAPAY, FEDAPAY_SCHEME, Fact, Providers, STANDARD_WEBHOOKS, STRIPE,
    STRIPE_SCHEME, WebhookError, WireAmount, pispi,
};
use secrecy::SecretString;
use serde_json::json;

pub const NOW: i64 = 1_790_000_000;
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const OURS: &str = "6f3c2b1a-9d8e-4f70-8a61-5b4c3d2e1f00";

/// Signs as the provider would, and receives.
pub fn receive(provider: &str, body: impl AsRef<[u8]>) -> Result<Delivery, WebhookError> {
    let secret = SecretString::from(SECRET);
    let scheme = match provider {
        STRIPE => STRIPE_SCHEME,
        FEDAPAY => FEDAPAY_SCHEME,
        pispi::NAME => pispi::SCHEME,
        _ => STANDARD_WEBHOOKS,
    };
    let mut headers = HeaderMap::new();
    let keys = [scheme.key(&secret).unwrap()];
    for (name, value) in scheme.sign(&keys, "msg_1", NOW, body.as_ref()) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    }
    let accounts: Vec<_> = [Kind::Stripe, Kind::Fedapay, Kind::Sim, Kind::Pispi]
        .map(|kind| ProviderAccount::usual(kind, vec![secret.clone()]))
        .into();
    Providers::try_new(&Accounts::try_from(accounts).unwrap()).unwrap().receive(
        provider,
        &headers,
        body.as_ref(),
        NOW,
    )
}

/// What a delivery says in one line, as a reader would say it: facts with semicolons between.
pub fn say(delivery: Delivery) -> String {
    if let Some(WebhookError::UnreadableBody { field, reason }) = &delivery.unreadable {
        return format!("{field} {reason}");
    }
    if delivery.facts.is_empty() {
        return format!("{}: no effect", delivery.kind);
    }
    delivery.facts.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn one(fact: &Fact) -> String {
    let id = |reference: Option<uuid::Uuid>| match reference {
        Some(id) if id.to_string() == OURS => "ours",
        Some(_) => "another",
        None => "nobody's",
    };
    let money = |amount: &WireAmount| format!("{} {}", amount.minor(), amount.currency());
    match fact {
        Fact::PayinSubmitted { reference, object } => {
            format!("submitted {} {object}", id(Some(*reference)))
        }
        Fact::PayinAuthorised { reference, object, amount } => {
            format!("authorised {} {object} {}", id(Some(*reference)), money(amount))
        }
        Fact::PayinSucceeded { reference, object, amount } => {
            format!("in {} {object} {}", id(*reference), money(amount))
        }
        Fact::PayinDeclined { reference, object, reason } => {
            format!("declined {} {object} {reason}", id(*reference))
        }
        Fact::PayoutPaid { reference, object, amount } => {
            format!("out {} {object} {}", id(Some(*reference)), money(amount))
        }
        Fact::PayoutFailed { reference, object, reason } => {
            format!("failed {} {object} {reason}", id(Some(*reference)))
        }
        Fact::RefundPaid { reference, object } => {
            format!("refunded {} {object}", id(Some(*reference)))
        }
        Fact::RefundFailed { reference, object, reason } => {
            format!("not refunded {} {object} {reason}", id(Some(*reference)))
        }
        Fact::RefundedInAll { payment, amount } => {
            format!("refunded in all {payment} {}", money(amount))
        }
        Fact::Disputed { case, payment, told } => format!("{case} of {payment}: {}", word(told)),
        Fact::FeeTaken { object, withdrawal, amount } => {
            format!("fee {} {object} {}", id(*withdrawal), money(amount))
        }
    }
}

fn word(told: &Dispute) -> String {
    let money = |amount: &WireAmount| format!("{} {}", amount.minor(), amount.currency());
    match told {
        Dispute::Inquiry => "inquiry".to_owned(),
        Dispute::Opened { amount, reason, due_by } => {
            let due = due_by.map_or_else(|| "none".to_owned(), |due| due.to_rfc3339());
            format!("opened {} {reason} due {due}", money(amount))
        }
        Dispute::FundsWithdrawn { amount, fee } => {
            let fee = fee.as_ref().map_or_else(|| "none".to_owned(), money);
            format!("withdrawn {} fee {fee}", money(amount))
        }
        Dispute::FundsReinstated { amount } => format!("reinstated {}", money(amount)),
        Dispute::Won => "won".to_owned(),
        Dispute::Lost => "lost".to_owned(),
    }
}

pub fn said(provider: &str, body: &serde_json::Value) -> String {
    match receive(provider, body.to_string()) {
        Ok(delivery) => say(delivery),
        Err(WebhookError::UnreadableBody { field, reason }) => format!("{field} {reason}"),
        Err(other) => panic!("{other}"),
    }
}

pub fn stripe_event(kind: &str, object: serde_json::Value) -> serde_json::Value {
    json!({"id": "evt_1", "type": kind, "data": {"object": object}})
}
