//! FedaPay: transactions (money in) and payouts.
//!
//! The entity's status counts, not the event's name: `transaction.created` has been seen with a
//! transaction already `approved`, and payout events have no documented names. The amount is the
//! entity's `amount`; `amount_debited` also holds the fee that the payer bore. There is no event
//! id, so a delivery is known by its body alone.
//!
//! Refund statuses have no effect here: a refund is a movement of its own.

use super::fact::{Fact, IsoCurrency, WireAmount, reason, reference};
use super::json::Node;
use super::signature::{Carrier, Encoding, KeyText, Part, Scheme};
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "fedapay";

/// `X-FEDAPAY-SIGNATURE: t=..,s=..`.
pub const SCHEME: Scheme = Scheme {
    carrier: Carrier::Pairs { header: "x-fedapay-signature", timestamp: "t", signature: "s" },
    signed: &[Part::Timestamp, Part::Text("."), Part::Body],
    encoding: Encoding::Hex,
    key: KeyText::Whole,
    tolerance_s: 300,
    refuses_future: false,
};

/// Reads a verified event.
pub(super) fn read(event: &Node<'_>) -> Result<Reading, WebhookError> {
    let named = event.find("object").and_then(|node| node.as_text());
    // Where `object` is left out, the event's name starts with it.
    let from_name = || event.find("name")?.as_text()?.split('.').next();
    let object = named.or_else(from_name).unwrap_or_default();
    let (kind, fact) = match object {
        "transaction" => transaction(&event.field("entity")?)?,
        "payout" => payout(&event.field("entity")?)?,
        _ => (event.field("name")?.token()?.to_owned(), None),
    };
    Ok(Reading { delivery_id: None, kind, fact })
}

fn transaction(entity: &Node<'_>) -> Result<(String, Option<Fact>), WebhookError> {
    let status = entity.field("status")?.token()?;
    let fact = match status {
        "approved" | "transferred" => Some(Fact::PayinSucceeded {
            reference: ours(entity, "cauri_payin"),
            object: entity.field("id")?.id_text()?,
            amount: amount(entity)?,
        }),
        // The code of an earlier try stays on the entity, also on an approved one: it is a reason
        // here and a judgement nowhere.
        "declined" => Some(declined(entity, reason(entity.find("last_error_code"), "declined"))?),
        "canceled" | "expired" => Some(declined(entity, status.to_owned())?),
        _ => None,
    };
    Ok((format!("transaction.{status}"), fact))
}

fn declined(entity: &Node<'_>, reason: String) -> Result<Fact, WebhookError> {
    Ok(Fact::PayinDeclined {
        reference: ours(entity, "cauri_payin"),
        object: entity.field("id")?.id_text()?,
        reason,
    })
}

fn payout(entity: &Node<'_>) -> Result<(String, Option<Fact>), WebhookError> {
    let status = entity.field("status")?.token()?;
    let kind = format!("payout.{status}");
    let Some(reference) = ours(entity, "cauri_withdrawal") else { return Ok((kind, None)) };
    let fact = match status {
        "sent" => Some(Fact::PayoutPaid {
            reference,
            object: entity.field("id")?.id_text()?,
            amount: amount(entity)?,
        }),
        "failed" => Some(Fact::PayoutFailed {
            reference,
            object: entity.field("id")?.id_text()?,
            reason: reason(entity.find("last_error_code"), "failed"),
        }),
        _ => None,
    };
    Ok((kind, fact))
}

fn ours(entity: &Node<'_>, custom: &str) -> Option<uuid::Uuid> {
    let in_custom = entity.find("custom_metadata").and_then(|metadata| metadata.find(custom));
    reference([entity.find("merchant_reference"), in_custom])
}

fn amount(entity: &Node<'_>) -> Result<WireAmount, WebhookError> {
    let currency = entity.field("currency")?;
    let div = currency.field("div")?;
    let exponent = match div.integer()? {
        1 => 0,
        10 => 1,
        100 => 2,
        1000 => 3,
        _ => return Err(div.refuse("is not 1, 10, 100 or 1000")),
    };
    let iso = IsoCurrency::read(&currency.field("iso")?)?;
    WireAmount::from_integer(&entity.field("amount")?, exponent, iso)
}
