//! FedaPay: transactions (money in) and payouts.
//!
//! The entity's status counts, not the event's name: `transaction.created` has been seen with a
//! transaction already `approved`, and payout events have no documented names. The amount is the
//! entity's `amount`; `amount_debited` also holds the fee that the payer bore. There is no event
//! id, so a delivery is known by its body alone.
//!
//! A refund's total is told by the transaction: all of it, or the sum of its `refunds`. Its status
//! also says that the money had come in, so both are told. What FedaPay keeps of a payment is the
//! amount without what it transfers to our balance.

use super::amount::{IsoCurrency, WireAmount};
use super::fact::{Fact, reason, reference};
use super::json::Node;
use super::signature::{Algorithm, Carrier, Encoding, KeyText, Part, Scheme};
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "fedapay";

/// `X-FEDAPAY-SIGNATURE: t=..,s=..`.
pub const SCHEME: Scheme = Scheme {
    carrier: Carrier::Pairs {
        header: "x-fedapay-signature",
        separator: ',',
        timestamp: Some("t"),
        signatures: &["s"],
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
    let named = event.find("object").and_then(|node| node.as_text());
    // Where `object` is left out, the event's name starts with it.
    let from_name = || event.find("name")?.as_text()?.split('.').next();
    let object = named.or_else(from_name).unwrap_or_default();
    let (kind, facts) = match object {
        "transaction" => transaction(&event.field("entity")?)?,
        "payout" => payout(&event.field("entity")?)?,
        _ => (event.field("name")?.token()?.to_owned(), Vec::new()),
    };
    Ok(Reading { delivery_id: None, kind, facts, question: None, unreadable: None })
}

/// A transaction as it stands, and the word for that.
pub(crate) fn transaction(entity: &Node<'_>) -> Result<(String, Vec<Fact>), WebhookError> {
    let status = entity.field("status")?.token()?;
    let facts = match status {
        "approved" | "transferred" => received(entity)?,
        "refunded" => {
            let mut facts = received(entity)?;
            facts.push(refunded(entity, amount(entity, "amount")?)?);
            facts
        }
        "approved_partially_refunded" | "transferred_partially_refunded" => {
            let mut facts = received(entity)?;
            if let Some(total) = refunds(entity)? {
                facts.push(refunded(entity, total)?);
            }
            facts
        }
        // The code of an earlier try stays on the entity, also on an approved one: it is a reason
        // here and a judgement nowhere.
        "declined" => vec![declined(entity, reason(entity.find("last_error_code"), "declined"))?],
        "canceled" | "expired" => vec![declined(entity, status.to_owned())?],
        _ => Vec::new(),
    };
    Ok((format!("transaction.{status}"), facts))
}

/// The money that came in, and what FedaPay kept of it.
fn received(entity: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let object = entity.field("id")?.id_text()?;
    let amount = amount(entity, "amount")?;
    let mut facts = vec![Fact::PayinSucceeded {
        reference: ours(entity, "cauri_payin"),
        object: object.clone(),
        amount: amount.clone(),
    }];
    // Absent, or zero, until it is known.
    let transferred = entity.find("amount_transferred").filter(|it| it.integer() != Ok(0));
    if let Some(node) = transferred
        && let Some(amount) = amount.minus(&of(entity, &node)?)
    {
        facts.push(Fact::FeeTaken { object, withdrawal: None, amount });
    }
    Ok(facts)
}

fn refunded(entity: &Node<'_>, amount: WireAmount) -> Result<Fact, WebhookError> {
    Ok(Fact::RefundedInAll { payment: entity.field("id")?.id_text()?, amount })
}

/// The sum of what was given back; `None` where the entity does not list it.
fn refunds(entity: &Node<'_>) -> Result<Option<WireAmount>, WebhookError> {
    let Some(list) = entity.find("refunds") else { return Ok(None) };
    let mut total: Option<WireAmount> = None;
    for refund in list.items()? {
        let node = refund.field("amount")?;
        let more = of(entity, &node)?;
        total = Some(WireAmount::add(total, more, &node)?);
    }
    Ok(total)
}

fn declined(entity: &Node<'_>, reason: String) -> Result<Fact, WebhookError> {
    Ok(Fact::PayinDeclined {
        reference: ours(entity, "cauri_payin"),
        object: entity.field("id")?.id_text()?,
        reason,
    })
}

/// A payout as it stands, and the word for that.
pub(crate) fn payout(entity: &Node<'_>) -> Result<(String, Vec<Fact>), WebhookError> {
    let status = entity.field("status")?.token()?;
    let kind = format!("payout.{status}");
    let Some(reference) = ours(entity, "cauri_withdrawal") else { return Ok((kind, Vec::new())) };
    let object = entity.field("id")?.id_text()?;
    let facts = match status {
        "sent" => {
            vec![Fact::PayoutPaid { reference, object, amount: amount(entity, "amount")? }]
        }
        "failed" => {
            let reason = reason(entity.find("last_error_code"), "failed");
            vec![Fact::PayoutFailed { reference, object, reason }]
        }
        _ => Vec::new(),
    };
    Ok((kind, facts))
}

fn ours(entity: &Node<'_>, custom: &str) -> Option<uuid::Uuid> {
    let in_custom = entity.find("custom_metadata").and_then(|metadata| metadata.find(custom));
    reference([entity.find("merchant_reference"), in_custom])
}

fn amount(entity: &Node<'_>, name: &str) -> Result<WireAmount, WebhookError> {
    of(entity, &entity.field(name)?)
}

/// An amount in the transaction's currency and at its scale.
fn of(entity: &Node<'_>, amount: &Node<'_>) -> Result<WireAmount, WebhookError> {
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
    WireAmount::from_integer(amount, exponent, iso)
}
