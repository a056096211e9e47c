//! The simulated provider: Standard Webhooks, and the plainest body that says everything.
//!
//! ```json
//! {"type":"payin.succeeded","id":"pi_1","reference":"<uuid>","amount":"10.00","currency":"USD"}
//! {"type":"payout.failed","id":"po_1","reference":"<uuid>","amount":"10.00","currency":"USD","reason":"closed"}
//! ```

use super::fact::{Fact, IsoCurrency, WireAmount, reason, reference};
use super::json::Node;
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "sim";

/// Reads a verified event. Its delivery id is the signed header's.
pub(super) fn read(event: &Node<'_>) -> Result<Reading, WebhookError> {
    let kind = event.field("type")?.token()?;
    let fact = match kind {
        "payin.succeeded" => Some(Fact::PayinSucceeded {
            reference: reference([event.find("reference")]),
            object: object(event)?,
            amount: amount(event)?,
        }),
        "payin.failed" => Some(Fact::PayinDeclined {
            reference: reference([event.find("reference")]),
            object: object(event)?,
            reason: reason(event.find("reason"), "declined"),
        }),
        "payout.paid" => Some(Fact::PayoutPaid {
            reference: withdrawal(event)?,
            object: object(event)?,
            amount: amount(event)?,
        }),
        "payout.failed" => Some(Fact::PayoutFailed {
            reference: withdrawal(event)?,
            object: object(event)?,
            reason: reason(event.find("reason"), "failed"),
        }),
        _ => None,
    };
    Ok(Reading { delivery_id: None, kind: kind.to_owned(), fact })
}

fn object(event: &Node<'_>) -> Result<String, WebhookError> {
    Ok(event.field("id")?.token()?.to_owned())
}

fn withdrawal(event: &Node<'_>) -> Result<uuid::Uuid, WebhookError> {
    let node = event.field("reference")?;
    reference([event.find("reference")]).ok_or_else(|| node.refuse("is not a UUID"))
}

fn amount(event: &Node<'_>) -> Result<WireAmount, WebhookError> {
    let currency = IsoCurrency::read(&event.field("currency")?)?;
    WireAmount::from_decimal(&event.field("amount")?, currency)
}
