//! Stripe: payment intents, transfers, refunds and disputes.
//!
//! Our own id is in `metadata`: `cauri_payin` (or `payin_id`) on payment intents,
//! `cauri_withdrawal` (or `withdrawal_id`) on transfers, `cauri_refund` (or `refund_id`) on refunds.
//! A transfer without one is not ours, and a refund without one is counted by its charge, which
//! tells the total: neither has an effect by itself. A payment is known by its intent, also where a
//! charge or a dispute tells of it; charges without an intent are not ours.
//!
//! A withdrawal is a transfer to a connected account. Stripe's own payouts (`payout.*`) bring money
//! from a balance to a bank: no withdrawal is one, and they have no effect.
//!
//! Stripe's fees stand in balance transactions, which no webhook carries but a dispute's.

mod disputes;
pub(crate) mod objects;

use super::amount::{IsoCurrency, WireAmount};
use super::fact::{Fact, reason, reference};
use super::json::Node;
use super::signature::{Algorithm, Carrier, Encoding, KeyText, Part, Scheme};
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "stripe";

/// `Stripe-Signature: t=..,v1=..`; `v0` is a test scheme and proves nothing.
pub const SCHEME: Scheme = Scheme {
    carrier: Carrier::Pairs {
        header: "stripe-signature",
        separator: ',',
        timestamp: Some("t"),
        signatures: &["v1"],
    },
    signed: &[Part::Timestamp, Part::Text("."), Part::Body],
    algorithm: Algorithm::HmacSha256,
    encoding: Encoding::Hex,
    key: KeyText::Whole,
    tolerance_s: 300,
    refuses_future: false,
};

/// Reads a verified event.
pub(super) fn read(event: &Node<'_>) -> Result<Reading, WebhookError> {
    let kind = event.field("type")?.token()?;
    let mut unreadable = None;
    let facts = match kind {
        "payment_intent.processing" => submitted(&object(event)?)?,
        "payment_intent.amount_capturable_updated" => authorised(&object(event)?)?,
        "payment_intent.succeeded" => vec![succeeded(&object(event)?)?],
        "payment_intent.payment_failed" => vec![declined(&object(event)?)?],
        "payment_intent.canceled" => vec![canceled(&object(event)?)?],
        "transfer.created" | "transfer.updated" | "transfer.reversed" => {
            let object = object(event)?;
            unreadable = reversed_in_part(&object)?;
            transfer(&object)?
        }
        "charge.refunded" => refunded(&object(event)?)?,
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            refund(&object(event)?)?
        }
        _ => disputes::read(kind, event)?,
    };
    let delivery_id = event.field("id")?.token()?.to_owned();
    Ok(Reading {
        delivery_id: Some(delivery_id),
        kind: kind.to_owned(),
        facts,
        question: None,
        unreadable,
    })
}

fn object<'a>(event: &Node<'a>) -> Result<Node<'a>, WebhookError> {
    event.field("data")?.field("object")
}

fn id(object: &Node<'_>) -> Result<String, WebhookError> {
    Ok(object.field("id")?.token()?.to_owned())
}

const PAYIN: [&str; 2] = ["cauri_payin", "payin_id"];
const WITHDRAWAL: [&str; 2] = ["cauri_withdrawal", "withdrawal_id"];
const REFUND: [&str; 2] = ["cauri_refund", "refund_id"];

fn submitted(intent: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(reference) = ours(intent, PAYIN) else { return Ok(Vec::new()) };
    Ok(vec![Fact::PayinSubmitted { reference, object: id(intent)? }])
}

fn authorised(intent: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(reference) = ours(intent, PAYIN) else { return Ok(Vec::new()) };
    let amount = amount(intent, "amount_capturable")?;
    Ok(vec![Fact::PayinAuthorised { reference, object: id(intent)?, amount }])
}

fn succeeded(intent: &Node<'_>) -> Result<Fact, WebhookError> {
    // What was received, which is less than `amount` after a partial capture.
    Ok(Fact::PayinSucceeded {
        reference: ours(intent, PAYIN),
        object: id(intent)?,
        amount: amount(intent, "amount_received")?,
    })
}

fn declined(intent: &Node<'_>) -> Result<Fact, WebhookError> {
    let error = intent.find("last_payment_error");
    let code = error.and_then(|error| error.find("decline_code").or_else(|| error.find("code")));
    Ok(Fact::PayinDeclined {
        reference: ours(intent, PAYIN),
        object: id(intent)?,
        reason: reason(code, "declined"),
    })
}

fn canceled(intent: &Node<'_>) -> Result<Fact, WebhookError> {
    Ok(Fact::PayinDeclined {
        reference: ours(intent, PAYIN),
        object: id(intent)?,
        reason: reason(intent.find("cancellation_reason"), "canceled"),
    })
}

/// A transfer as it stands, not the event's name: it is paid when it is made, and has come back once
/// all of it is reversed, perhaps in several parts.
pub(crate) fn transfer(transfer: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(reference) = ours(transfer, WITHDRAWAL) else { return Ok(Vec::new()) };
    let (object, amount) = (id(transfer)?, amount(transfer, "amount")?);
    let back = transfer.field("amount_reversed")?.integer()?;
    Ok(vec![if back < transfer.field("amount")?.integer()? {
        Fact::PayoutPaid { reference, object, amount }
    } else {
        Fact::PayoutFailed { reference, object, reason: "reversed".to_owned() }
    }])
}

/// The part of our transfer that came back, as what cannot be read: the ledger knows of withdrawals
/// that come back whole, and no part of one is to be passed over in silence.
fn reversed_in_part(transfer: &Node<'_>) -> Result<Option<WebhookError>, WebhookError> {
    if ours(transfer, WITHDRAWAL).is_none() {
        return Ok(None);
    }
    let back = transfer.field("amount_reversed")?;
    let is_part = (1..transfer.field("amount")?.integer()?).contains(&back.integer()?);
    Ok(is_part.then(|| back.refuse("is a part of the transfer, which only a person can book")))
}

/// A charge tells all that was ever given back of it.
fn refunded(charge: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(intent) = charge.find("payment_intent") else { return Ok(Vec::new()) };
    let payment = intent.token()?.to_owned();
    Ok(vec![Fact::RefundedInAll { payment, amount: amount(charge, "amount_refunded")? }])
}

/// The status counts, not the event's name: a refund may be created as succeeded, and fail after.
fn refund(refund: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(reference) = ours(refund, REFUND) else { return Ok(Vec::new()) };
    let object = id(refund)?;
    Ok(match refund.field("status")?.token()? {
        "succeeded" => vec![Fact::RefundPaid { reference, object }],
        status @ ("failed" | "canceled") => {
            let otherwise = if status == "failed" { "failed" } else { "canceled" };
            let reason = reason(refund.find("failure_reason"), otherwise);
            vec![Fact::RefundFailed { reference, object, reason }]
        }
        _ => Vec::new(),
    })
}

fn ours(object: &Node<'_>, names: [&str; 2]) -> Option<uuid::Uuid> {
    let metadata = object.find("metadata")?;
    reference(names.map(|name| metadata.find(name)))
}

fn amount(object: &Node<'_>, name: &str) -> Result<WireAmount, WebhookError> {
    let node = object.field("currency")?;
    let currency = IsoCurrency::read(&node)?;
    let exponent = wire_exponent(&currency.code, currency.exponent)
        .ok_or_else(|| node.refuse("is a currency whose scale at Stripe is not known"))?;
    WireAmount::from_integer(&object.field(name)?, exponent, currency)
}

/// Decimals of Stripe's own minor unit of a currency with so many decimals of its `own`, from docs.stripe.com/currencies: not those of ISO 4217.
///
/// ISK and UGX have no decimals and are sent with two; MGA has two and is sent with none.
/// A currency outside the table whose ISO exponent is not two is refused rather than guessed.
pub(crate) fn wire_exponent(code: &str, own: u32) -> Option<u32> {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => Some(0),
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => Some(3),
        "ISK" | "UGX" => Some(2),
        _ => (own == 2).then_some(2),
    }
}
