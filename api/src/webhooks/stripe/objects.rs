//! Stripe's objects as they stand when they are read, whatever was told of them before.

use super::{amount, canceled, declined, disputes, id, succeeded};
use crate::webhooks::WebhookError;
use crate::webhooks::amount::WireAmount;
use crate::webhooks::fact::{Dispute, Fact};
use crate::webhooks::json::Node;

/// A payment intent, with its latest charge where that is told.
pub(crate) fn intent(intent: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let says = |name: &str| intent.find(name).and_then(|node| node.as_text());
    Ok(match intent.field("status")?.token()? {
        "succeeded" => {
            let mut facts = vec![succeeded(intent)?];
            let charge = intent.find("latest_charge");
            let given_back = charge.as_ref().and_then(|charge| charge.find("amount_refunded"));
            if given_back.is_some_and(|node| node.integer().is_ok_and(|minor| minor > 0))
                && let Some(charge) = charge
            {
                let amount = amount(&charge, "amount_refunded")?;
                facts.push(Fact::RefundedInAll { payment: id(intent)?, amount });
            }
            facts
        }
        "requires_capture" => super::authorised(intent)?,
        "canceled" => vec![canceled(intent)?],
        // Its last try failed; it may be tried again.
        "requires_payment_method" if intent.find("last_payment_error").is_some() => {
            vec![declined(intent)?]
        }
        "processing" | "requires_action" | "requires_confirmation" | "requires_payment_method" => {
            super::submitted(intent)?
        }
        _ => {
            tracing::warn!(
                status = says("status"),
                "a payment intent in a state that is not known"
            );
            Vec::new()
        }
    })
}

/// What a payment intent has received.
pub(crate) fn received(intent: &Node<'_>) -> Result<WireAmount, WebhookError> {
    amount(intent, "amount_received")
}

// The part of a transfer that came back is told by its own event.
pub(crate) use super::transfer;

/// A refund.
pub(crate) fn refund(refund: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    super::refund(refund)
}

/// A dispute: everything that is known of it. Which way its money went, its balance transactions
/// say by their reporting category.
pub(crate) fn dispute(dispute: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let Some(intent) = dispute.find("payment_intent") else { return Ok(Vec::new()) };
    let (case, payment) = (id(dispute)?, intent.token()?.to_owned());
    let mut told = disputes::opened(dispute)?;
    let transactions = match dispute.find("balance_transactions") {
        Some(list) => list.items()?,
        None => Vec::new(),
    };
    let has = |category: &str| {
        transactions.iter().any(|transaction| {
            let said = transaction.find("reporting_category");
            said.and_then(|node| node.as_text()) == Some(category)
        })
    };
    if has("dispute") {
        let amount = amount(dispute, "amount")?;
        told.push(Dispute::FundsWithdrawn { amount, fee: disputes::fee(dispute)? });
    }
    if has("dispute_reversal") {
        told.push(Dispute::FundsReinstated { amount: amount(dispute, "amount")? });
    }
    match dispute.field("status")?.token()? {
        "won" | "warning_closed" => told.push(Dispute::Won),
        "lost" => told.push(Dispute::Lost),
        _ => {}
    }
    let fact = |told| Fact::Disputed { case: case.clone(), payment: payment.clone(), told };
    Ok(told.into_iter().map(fact).collect())
}
