//! Hub2: payment intents (money in) and transfers (money out).
//!
//! Known from public integrations, not from Hub2's own pages: the signature (six agree), and that an
//! event's `data` is the object with its `status`. The status counts, whatever the event is called.
//! Our own id is a payment intent's `purchaseReference` and a transfer's `reference`.
//!
//! Amounts are whole numbers. In which unit, for currencies with decimals, is not known: only those
//! without are read.

use super::amount::{IsoCurrency, WireAmount};
use super::fact::{Fact, reason, reference};
use super::json::Node;
use super::signature::{Algorithm, Carrier, Encoding, KeyText, Part, Scheme};
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "hub2";

/// `Hub2-Signature: s1=..,s0=..`: the second one is of the secret that is being replaced.
pub const SCHEME: Scheme = Scheme {
    carrier: Carrier::Pairs {
        header: "hub2-signature",
        separator: ',',
        timestamp: None,
        signatures: &["s1", "s0"],
    },
    signed: &[Part::Body],
    algorithm: Algorithm::HmacSha256,
    encoding: Encoding::Hex,
    key: KeyText::Whole,
    tolerance_s: 0,
    refuses_future: false,
};

/// Reads a verified event.
pub(super) fn read(event: &Node<'_>) -> Result<Reading, WebhookError> {
    let kind = event.field("type")?.token()?;
    let facts = match kind.split('.').next() {
        Some("payment_intent" | "payment") => payment(&event.field("data")?)?,
        Some("transfer") => transfer(&event.field("data")?)?,
        _ => Vec::new(),
    };
    let delivery_id = event.find("id").map(|id| id.id_text()).transpose()?;
    Ok(Reading { delivery_id, kind: kind.to_owned(), facts, question: None, unreadable: None })
}

/// What a payment intent says.
pub(crate) fn payment(intent: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let reference = reference([intent.find("purchaseReference")]);
    let object = intent.field("id")?.token()?.to_owned();
    Ok(match intent.field("status")?.token()? {
        "successful" | "succeeded" => {
            vec![Fact::PayinSucceeded { reference, object, amount: amount(intent)? }]
        }
        status @ ("failed" | "canceled" | "cancelled") => {
            let otherwise = if status == "failed" { "failed" } else { "canceled" };
            let reason = failure(intent, otherwise);
            vec![Fact::PayinDeclined { reference, object, reason }]
        }
        "processing" => match reference {
            Some(reference) => vec![Fact::PayinSubmitted { reference, object }],
            None => Vec::new(),
        },
        _ => Vec::new(),
    })
}

/// What a transfer says. One without our id is not ours.
fn transfer(transfer: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(reference) = reference([transfer.find("reference")]) else { return Ok(Vec::new()) };
    let object = transfer.field("id")?.token()?.to_owned();
    Ok(match transfer.field("status")?.token()? {
        "successful" | "succeeded" => {
            vec![Fact::PayoutPaid { reference, object, amount: amount(transfer)? }]
        }
        "failed" => {
            let reason = failure(transfer, "failed");
            vec![Fact::PayoutFailed { reference, object, reason }]
        }
        _ => Vec::new(),
    })
}

fn failure(object: &Node<'_>, otherwise: &'static str) -> String {
    let cause = object.find("failureCause").or_else(|| object.find("failureReason"));
    let code = cause.as_ref().and_then(|cause| cause.find("code"));
    reason(code.or(cause), otherwise)
}

fn amount(object: &Node<'_>) -> Result<WireAmount, WebhookError> {
    let node = object.field("currency")?;
    let currency = IsoCurrency::read(&node)?;
    if currency.exponent != 0 {
        return Err(node.refuse("is a currency whose scale at Hub2 is not known"));
    }
    WireAmount::from_integer(&object.field("amount")?, 0, currency)
}
