//! Stripe's disputes, and the early warnings of card networks.
//!
//! A dispute's status counts as well as the event's name: whatever is told of one may be the first
//! word of it. A warning (`warning_*`) is an inquiry, which takes no money.

use chrono::{DateTime, Utc};

use super::{amount, id};
use crate::webhooks::WebhookError;
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::fact::{Dispute, Fact, reason};
use crate::webhooks::json::Node;

/// What an event of a dispute says; nothing, for events that are none.
pub(super) fn read(kind: &str, event: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let is_warning = kind == "radar.early_fraud_warning.created";
    if !is_warning && !kind.starts_with("charge.dispute.") {
        return Ok(Vec::new());
    }
    let object = super::object(event)?;
    let Some(intent) = object.find("payment_intent") else { return Ok(Vec::new()) };
    let (case, payment) = (id(&object)?, intent.token()?.to_owned());
    let told = match kind {
        _ if is_warning => vec![Dispute::Inquiry],
        "charge.dispute.created" | "charge.dispute.updated" => opened(&object)?,
        "charge.dispute.funds_withdrawn" => {
            vec![Dispute::FundsWithdrawn { amount: amount(&object, "amount")?, fee: fee(&object)? }]
        }
        "charge.dispute.funds_reinstated" => {
            vec![Dispute::FundsReinstated { amount: amount(&object, "amount")? }]
        }
        "charge.dispute.closed" => match object.field("status")?.token()? {
            "won" | "warning_closed" => vec![Dispute::Won],
            "lost" => vec![Dispute::Lost],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let fact = |told| Fact::Disputed { case: case.clone(), payment: payment.clone(), told };
    Ok(told.into_iter().map(fact).collect())
}

pub(super) fn opened(dispute: &Node<'_>) -> Result<Vec<Dispute>, WebhookError> {
    let status = dispute.field("status")?.token()?;
    if status.starts_with("warning_") {
        return Ok(vec![Dispute::Inquiry]);
    }
    let due_by = dispute.find("evidence_details").and_then(|details| details.find("due_by"));
    Ok(vec![Dispute::Opened {
        amount: amount(dispute, "amount")?,
        reason: reason(dispute.find("reason"), "disputed"),
        due_by: due_by.map(|node| instant(&node)).transpose()?,
    }])
}

/// What Stripe charges for the case, where it is told in the dispute's own currency: our clearing
/// account is kept in the currency of the payment.
pub(super) fn fee(dispute: &Node<'_>) -> Result<Option<WireAmount>, WebhookError> {
    let Some(transactions) = dispute.find("balance_transactions") else { return Ok(None) };
    let currency = IsoCurrency::read(&dispute.field("currency")?)?.code;
    let mut total: Option<WireAmount> = None;
    for transaction in transactions.items()? {
        let Some(node) = transaction.find("fee").filter(|fee| fee.integer().is_ok_and(|it| it > 0))
        else {
            continue;
        };
        if IsoCurrency::read(&transaction.field("currency")?)?.code != currency {
            continue;
        }
        let more = amount(&transaction, "fee")?;
        total = Some(WireAmount::add(total, more, &node)?);
    }
    Ok(total)
}

fn instant(node: &Node<'_>) -> Result<DateTime<Utc>, WebhookError> {
    i64::try_from(node.integer()?)
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or_else(|| node.refuse("is not a time"))
}
