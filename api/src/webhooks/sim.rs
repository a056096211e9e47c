//! The simulated provider: Standard Webhooks, and the plainest body that says everything.
//!
//! ```json
//! {"type":"payin.succeeded","id":"pi_1","reference":"<uuid>","amount":"10.00","currency":"USD"}
//! {"type":"payout.failed","id":"po_1","reference":"<uuid>","amount":"10.00","currency":"USD","reason":"closed"}
//! {"type":"refund.succeeded","id":"re_1","reference":"<uuid>"}
//! {"type":"dispute.opened","id":"dp_1","payment":"pi_1","amount":"10.00","currency":"USD","reason":"fraudulent","due_by":"2026-01-31T00:00:00Z"}
//! ```
//!
//! `id` is the payment's, the payout's, the refund's or the dispute's. Amounts of
//! `payment.refunded`, `fee.taken` and of disputes are in all, so far.

use super::amount::{IsoCurrency, WireAmount};
use super::fact::{Dispute, Fact, reason, reference};
use super::json::Node;
use super::{Reading, WebhookError};

/// The provider's name.
pub const NAME: &str = "sim";

/// Reads a verified event. Its delivery id is the signed header's.
pub(super) fn read(event: &Node<'_>) -> Result<Reading, WebhookError> {
    let kind = event.field("type")?.token()?;
    let fact = match kind {
        "payin.submitted" => {
            Some(Fact::PayinSubmitted { reference: ours(event)?, object: object(event)? })
        }
        "payin.authorised" => Some(Fact::PayinAuthorised {
            reference: ours(event)?,
            object: object(event)?,
            amount: amount(event, "amount")?,
        }),
        "payin.succeeded" => Some(Fact::PayinSucceeded {
            reference: reference([event.find("reference")]),
            object: object(event)?,
            amount: amount(event, "amount")?,
        }),
        "payin.failed" => Some(Fact::PayinDeclined {
            reference: reference([event.find("reference")]),
            object: object(event)?,
            reason: reason(event.find("reason"), "declined"),
        }),
        "payout.paid" => Some(Fact::PayoutPaid {
            reference: ours(event)?,
            object: object(event)?,
            amount: amount(event, "amount")?,
        }),
        "payout.failed" => Some(Fact::PayoutFailed {
            reference: ours(event)?,
            object: object(event)?,
            reason: reason(event.find("reason"), "failed"),
        }),
        "refund.succeeded" => {
            Some(Fact::RefundPaid { reference: ours(event)?, object: object(event)? })
        }
        "refund.failed" => Some(Fact::RefundFailed {
            reference: ours(event)?,
            object: object(event)?,
            reason: reason(event.find("reason"), "failed"),
        }),
        "payment.refunded" => {
            Some(Fact::RefundedInAll { payment: object(event)?, amount: amount(event, "amount")? })
        }
        "fee.taken" => Some(Fact::FeeTaken {
            object: object(event)?,
            withdrawal: reference([event.find("withdrawal")]),
            amount: amount(event, "amount")?,
        }),
        _ => dispute(kind, event)?,
    };
    Ok(Reading {
        delivery_id: None,
        kind: kind.to_owned(),
        facts: fact.into_iter().collect(),
        question: None,
        unreadable: None,
    })
}

fn dispute(kind: &str, event: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let told = match kind {
        "dispute.inquiry" => Dispute::Inquiry,
        "dispute.opened" => Dispute::Opened {
            amount: amount(event, "amount")?,
            reason: reason(event.find("reason"), "disputed"),
            due_by: event.find("due_by").map(|node| node.instant()).transpose()?,
        },
        "dispute.funds_withdrawn" => Dispute::FundsWithdrawn {
            amount: amount(event, "amount")?,
            fee: event.find("fee").map(|_| amount(event, "fee")).transpose()?,
        },
        "dispute.funds_reinstated" => Dispute::FundsReinstated { amount: amount(event, "amount")? },
        "dispute.won" => Dispute::Won,
        "dispute.lost" => Dispute::Lost,
        _ => return Ok(None),
    };
    let payment = event.field("payment")?.token()?.to_owned();
    Ok(Some(Fact::Disputed { case: object(event)?, payment, told }))
}

fn object(event: &Node<'_>) -> Result<String, WebhookError> {
    Ok(event.field("id")?.token()?.to_owned())
}

fn ours(event: &Node<'_>) -> Result<uuid::Uuid, WebhookError> {
    let node = event.field("reference")?;
    reference([event.find("reference")]).ok_or_else(|| node.refuse("is not a UUID"))
}

fn amount(event: &Node<'_>, name: &str) -> Result<WireAmount, WebhookError> {
    let currency = IsoCurrency::read(&event.field("currency")?)?;
    WireAmount::from_decimal(&event.field(name)?, currency)
}
