//! Another provider's tongue: the same news in Stripe's or FedaPay's form, signed as theirs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::request::{DisputeWord, Refused, minor};
use super::state::new_id;
use crate::webhooks::{
    FEDAPAY, FEDAPAY_SCHEME, Key, SIM, STANDARD_WEBHOOKS, STRIPE, STRIPE_SCHEME, Scheme,
};

/// Whose form and signature webhooks have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tongue {
    /// Its own.
    #[default]
    Sim,
    /// Stripe's.
    Stripe,
    /// FedaPay's.
    Fedapay,
}

/// The keys of each tongue; none for one that it was not given a secret of.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    pub(super) sim: Vec<Key>,
    pub(super) stripe: Vec<Key>,
    pub(super) fedapay: Vec<Key>,
}

impl Keys {
    /// The keys of a tongue.
    pub(super) fn of(&self, tongue: Tongue) -> &[Key] {
        match tongue {
            Tongue::Sim => &self.sim,
            Tongue::Stripe => &self.stripe,
            Tongue::Fedapay => &self.fedapay,
        }
    }
}

/// Currencies whose scale at Stripe is not that of ISO 4217.
const OTHER_SCALES: [&str; 3] = ["ISK", "UGX", "MGA"];

impl Tongue {
    /// The provider whose it is: the last part of the webhook's address.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sim => SIM,
            Self::Stripe => STRIPE,
            Self::Fedapay => FEDAPAY,
        }
    }

    /// How its webhooks are signed.
    pub(super) const fn scheme(self) -> Scheme {
        match self {
            Self::Sim => STANDARD_WEBHOOKS,
            Self::Stripe => STRIPE_SCHEME,
            Self::Fedapay => FEDAPAY_SCHEME,
        }
    }

    /// Whether it is its own.
    pub(super) fn is_own(&self) -> bool {
        *self == Self::Sim
    }

    /// A new payment's id, in its form.
    pub(super) fn new_payment(self) -> String {
        match self {
            Self::Sim | Self::Stripe => new_id("pi"),
            // A number, which every reader of JSON can hold.
            Self::Fedapay => (Uuid::new_v4().as_u128() % 1_000_000_000_000_000).to_string(),
        }
    }
}

/// What is told, whatever the tongue.
pub(super) enum News<'a> {
    /// How far a payment is; `type` as in the own tongue.
    Payment { told: &'a super::state::Told<'a>, whole: &'a str },
    /// What is told of a payment's dispute.
    Dispute { told: &'a super::after::Case<'a>, word: DisputeWord },
}

/// The body of a webhook in another tongue; `None` where it has no webhook for it.
pub(super) fn body(tongue: Tongue, news: &News<'_>) -> Result<Option<Value>, Refused> {
    match (tongue, news) {
        (Tongue::Sim, _) => Err(Refused::NotSpoken),
        (Tongue::Stripe, News::Payment { told, .. }) => stripe_payment(told),
        (Tongue::Stripe, News::Dispute { told, word }) => stripe_dispute(told, *word).map(Some),
        (Tongue::Fedapay, News::Payment { told, whole }) => fedapay(told, whole).map(Some),
        (Tongue::Fedapay, News::Dispute { .. }) => Err(Refused::NotSpoken),
    }
}

fn units(amount: &str, currency: &str) -> Result<u64, Refused> {
    if OTHER_SCALES.contains(&currency) {
        return Err(Refused::NotSpoken);
    }
    minor(amount, currency).ok_or(Refused::InvalidAmount)
}

fn event(kind: &str, object: &Value) -> Value {
    json!({ "id": new_id("evt"), "object": "event", "type": kind, "data": { "object": object } })
}

fn stripe_payment(told: &super::state::Told<'_>) -> Result<Option<Value>, Refused> {
    let amount = units(told.amount, told.currency)?;
    let currency = told.currency.to_lowercase();
    let intent = |more: Value| {
        let mut intent = json!({ "id": told.id, "object": "payment_intent", "amount": amount,
            "currency": currency });
        if let (Some(reference), Some(fields)) = (told.reference, intent.as_object_mut()) {
            fields.insert("metadata".to_owned(), json!({ "cauri_payin": reference }));
        }
        if let (Value::Object(more), Some(fields)) = (more, intent.as_object_mut()) {
            fields.extend(more);
        }
        intent
    };
    let refund = |status: &str| {
        json!({ "id": told.id, "object": "refund", "amount": amount, "currency": currency,
            "status": status, "failure_reason": told.reason,
            "metadata": { "cauri_refund": told.reference } })
    };
    Ok(Some(match told.r#type {
        "payin.submitted" => event("payment_intent.processing", &intent(json!({}))),
        "payin.authorised" => event(
            "payment_intent.amount_capturable_updated",
            &intent(json!({ "amount_capturable": amount })),
        ),
        "payin.succeeded" => {
            event("payment_intent.succeeded", &intent(json!({ "amount_received": amount })))
        }
        "payin.failed" if told.reason == Some(super::payins::CANCELLED) => event(
            "payment_intent.canceled",
            &intent(json!({ "cancellation_reason": "requested_by_customer" })),
        ),
        "payin.failed" => event(
            "payment_intent.payment_failed",
            &intent(json!({ "last_payment_error": { "decline_code": told.reason } })),
        ),
        "payment.refunded" => event(
            "charge.refunded",
            &json!({ "id": format!("ch_{}", told.id), "object": "charge", "currency": currency,
                "payment_intent": told.id, "amount_refunded": amount }),
        ),
        "refund.succeeded" => event("refund.updated", &refund("succeeded")),
        "refund.failed" => event("refund.failed", &refund("failed")),
        // Stripe's fees stand in balance transactions, of which no webhook tells.
        "fee.taken" => return Ok(None),
        _ => return Err(Refused::NotSpoken),
    }))
}

fn stripe_dispute(told: &super::after::Case<'_>, word: DisputeWord) -> Result<Value, Refused> {
    let amount = units(told.amount, told.currency)?;
    let currency = told.currency.to_lowercase();
    let (kind, status) = match word {
        DisputeWord::Inquiry => ("charge.dispute.created", "warning_needs_response"),
        DisputeWord::Opened => ("charge.dispute.created", "needs_response"),
        DisputeWord::FundsWithdrawn => ("charge.dispute.funds_withdrawn", "needs_response"),
        DisputeWord::FundsReinstated => ("charge.dispute.funds_reinstated", "won"),
        DisputeWord::Won => ("charge.dispute.closed", "won"),
        DisputeWord::Lost => ("charge.dispute.closed", "lost"),
    };
    let mut dispute = json!({ "id": told.id, "object": "dispute", "payment_intent": told.payment,
        "status": status, "amount": amount, "currency": currency });
    if let Some(fields) = dispute.as_object_mut() {
        if let Some(reason) = told.reason {
            fields.insert("reason".to_owned(), json!(reason));
        }
        if let Some(due_by) = told.due_by {
            fields.insert("evidence_details".to_owned(), json!({ "due_by": due_by.timestamp() }));
        }
        if let Some(fee) = told.fee {
            let fee = json!([{ "fee": units(fee, told.currency)?, "currency": currency }]);
            fields.insert("balance_transactions".to_owned(), fee);
        }
    }
    Ok(event(kind, &dispute))
}

fn fedapay(told: &super::state::Told<'_>, whole: &str) -> Result<Value, Refused> {
    let iso = iso_currency::Currency::from_code(told.currency).ok_or(Refused::InvalidAmount)?;
    let exponent = u32::from(iso.exponent().ok_or(Refused::InvalidAmount)?);
    let (amount, all) = (units(told.amount, told.currency)?, units(whole, told.currency)?);
    let id: u64 = told.id.parse().map_err(|_| Refused::NotSpoken)?;
    let (status, more) = match told.r#type {
        "payin.submitted" => ("pending", json!({})),
        "payin.succeeded" => ("approved", json!({})),
        "payin.failed" if told.reason == Some(super::payins::CANCELLED) => ("canceled", json!({})),
        "payin.failed" => ("declined", json!({ "last_error_code": told.reason })),
        "fee.taken" => ("transferred", json!({ "amount_transferred": all.saturating_sub(amount) })),
        "payment.refunded" if amount == all => ("refunded", json!({})),
        "payment.refunded" => {
            ("approved_partially_refunded", json!({ "refunds": [{ "amount": amount }] }))
        }
        _ => return Err(Refused::NotSpoken),
    };
    let mut entity = json!({ "id": id, "klass": "v1/transaction", "status": status, "amount": all,
        "currency": { "iso": told.currency, "div": 10_u64.pow(exponent) } });
    if let (Value::Object(more), Some(fields)) = (more, entity.as_object_mut()) {
        fields.extend(more);
        if let Some(reference) = told.reference {
            fields.insert("merchant_reference".to_owned(), json!(reference));
        }
    }
    Ok(json!({ "name": format!("transaction.{status}"), "object": "transaction",
        "entity": entity }))
}
