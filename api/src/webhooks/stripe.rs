//! Stripe: payment intents that succeeded or failed, payouts that carry our withdrawal.
//!
//! Our own id is in `metadata`: `cauri_payin` (or `payin_id`) on payment intents,
//! `cauri_withdrawal` (or `withdrawal_id`) on payouts. A payout without one is Stripe's own to our
//! bank: no effect here.

use super::fact::{Fact, IsoCurrency, WireAmount, reason, reference};
use super::json::Node;
use super::signature::{Carrier, Encoding, KeyText, Part, Scheme};
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "stripe";

/// `Stripe-Signature: t=..,v1=..`; `v0` is a test scheme and proves nothing.
pub const SCHEME: Scheme = Scheme {
    carrier: Carrier::Pairs { header: "stripe-signature", timestamp: "t", signature: "v1" },
    signed: &[Part::Timestamp, Part::Text("."), Part::Body],
    encoding: Encoding::Hex,
    key: KeyText::Whole,
    tolerance_s: 300,
    refuses_future: false,
};

/// Reads a verified event.
pub(super) fn read(event: &Node<'_>) -> Result<Reading, WebhookError> {
    let kind = event.field("type")?.token()?;
    let fact = match kind {
        "payment_intent.succeeded" => Some(succeeded(&object(event)?)?),
        "payment_intent.payment_failed" => Some(declined(&object(event)?)?),
        "payout.paid" => paid(&object(event)?)?,
        "payout.failed" => failed(&object(event)?, "failed")?,
        "payout.canceled" => failed(&object(event)?, "canceled")?,
        _ => None,
    };
    let delivery_id = event.field("id")?.token()?.to_owned();
    Ok(Reading { delivery_id: Some(delivery_id), kind: kind.to_owned(), fact })
}

fn object<'a>(event: &Node<'a>) -> Result<Node<'a>, WebhookError> {
    event.field("data")?.field("object")
}

fn succeeded(intent: &Node<'_>) -> Result<Fact, WebhookError> {
    // What was received, which is less than `amount` after a partial capture.
    Ok(Fact::PayinSucceeded {
        reference: ours(intent, ["cauri_payin", "payin_id"]),
        object: intent.field("id")?.token()?.to_owned(),
        amount: amount(intent, "amount_received")?,
    })
}

fn declined(intent: &Node<'_>) -> Result<Fact, WebhookError> {
    let error = intent.find("last_payment_error");
    let code = error.and_then(|error| error.find("decline_code").or_else(|| error.find("code")));
    Ok(Fact::PayinDeclined {
        reference: ours(intent, ["cauri_payin", "payin_id"]),
        object: intent.field("id")?.token()?.to_owned(),
        reason: reason(code, "declined"),
    })
}

const WITHDRAWAL: [&str; 2] = ["cauri_withdrawal", "withdrawal_id"];

fn paid(payout: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let Some(reference) = ours(payout, WITHDRAWAL) else { return Ok(None) };
    let object = payout.field("id")?.token()?.to_owned();
    Ok(Some(Fact::PayoutPaid { reference, object, amount: amount(payout, "amount")? }))
}

fn failed(payout: &Node<'_>, otherwise: &'static str) -> Result<Option<Fact>, WebhookError> {
    let Some(reference) = ours(payout, WITHDRAWAL) else { return Ok(None) };
    let object = payout.field("id")?.token()?.to_owned();
    let reason = reason(payout.find("failure_code"), otherwise);
    Ok(Some(Fact::PayoutFailed { reference, object, reason }))
}

fn ours(object: &Node<'_>, names: [&str; 2]) -> Option<uuid::Uuid> {
    let metadata = object.find("metadata")?;
    reference(names.map(|name| metadata.find(name)))
}

fn amount(object: &Node<'_>, name: &str) -> Result<WireAmount, WebhookError> {
    let node = object.field("currency")?;
    let currency = IsoCurrency::read(&node)?;
    let exponent = wire_exponent(&currency)
        .ok_or_else(|| node.refuse("is a currency whose scale at Stripe is not known"))?;
    WireAmount::from_integer(&object.field(name)?, exponent, currency)
}

/// Decimals of Stripe's own minor unit, from docs.stripe.com/currencies: not those of ISO 4217.
///
/// ISK and UGX have no decimals and are sent with two; MGA has two and is sent with none.
/// A currency outside the table whose ISO exponent is not two is refused rather than guessed.
fn wire_exponent(currency: &IsoCurrency) -> Option<u32> {
    match currency.code.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => Some(0),
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => Some(3),
        "ISK" | "UGX" => Some(2),
        _ => (currency.exponent == 2).then_some(2),
    }
}
