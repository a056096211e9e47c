//! How things stand at PayPal, as facts.

use reqwest::{Method, StatusCode};
use uuid::Uuid;

use super::Paypal;
use crate::providers::Unconfirmed;
use crate::webhooks::WebhookError;
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::fact::{Dispute, Fact, reason, reference};
use crate::webhooks::json::{Json, Node};
use crate::webhooks::paypal::About;

impl Paypal {
    /// Reads what an event is about.
    pub(in crate::providers) async fn facts(
        &self,
        about: &About,
    ) -> Result<Vec<Fact>, Unconfirmed> {
        let path: [&str; 4] = match about {
            About::Order(id) => ["v2", "checkout", "orders", id],
            About::Capture(id) => ["v2", "payments", "captures", id],
            About::Refund(id) => ["v2", "payments", "refunds", id],
            About::Dispute(id) => ["v1", "customer", "disputes", id],
        };
        let json = self.object(&path).await?;
        let object = json.root();
        Ok(match about {
            About::Order(id) => order(id, &object, &self.merchant)?,
            About::Capture(id) => capture(id, &object, &self.merchant)?,
            About::Refund(id) => refund(id, &object)?,
            About::Dispute(id) => dispute(id, &object)?,
        })
    }

    /// An object as PayPal has it now.
    pub(super) async fn object(&self, path: &[&str]) -> Result<Json, Unconfirmed> {
        let (status, body) = self.call(Method::GET, path, None, None).await?;
        match status {
            StatusCode::OK => Ok(Json::parse(&body)?),
            StatusCode::NOT_FOUND => Err(Unconfirmed::Denied),
            _ => Err(Unconfirmed::Unknown("PayPal did not answer with the object")),
        }
    }
}

/// An order that its payer approved: authorised, and not money yet.
pub(super) fn order(id: &str, order: &Node<'_>, merchant: &str) -> Result<Vec<Fact>, WebhookError> {
    let says = |name: &str| order.find(name).and_then(|node| node.as_text());
    if says("status") != Some("APPROVED") || says("intent") != Some("CAPTURE") {
        return Ok(Vec::new());
    }
    let units = order.field("purchase_units")?.items()?;
    let [unit] = units.as_slice() else { return Ok(Vec::new()) };
    if !is_paid_to(unit, merchant) {
        return Ok(Vec::new());
    }
    let Some(reference) = reference([unit.find("custom_id")]) else { return Ok(Vec::new()) };
    let amount = amount(&unit.field("amount")?)?;
    Ok(vec![Fact::PayinAuthorised { reference, object: id.to_owned(), amount }])
}

/// A captured payment, and what PayPal kept of it.
fn capture(id: &str, capture: &Node<'_>, merchant: &str) -> Result<Vec<Fact>, WebhookError> {
    if !is_paid_to(capture, merchant) {
        return Ok(Vec::new());
    }
    let (object, ours) = (id.to_owned(), reference([capture.find("custom_id")]));
    Ok(match capture.field("status")?.text()? {
        "COMPLETED" | "REFUNDED" | "PARTIALLY_REFUNDED" => {
            let amount = amount(&capture.field("amount")?)?;
            let fee =
                capture.find("seller_receivable_breakdown").and_then(|it| it.find("paypal_fee"));
            let fee = match fee {
                Some(node) if node.find("value").is_some_and(|it| !is_zero(&it)) => {
                    Some(self::amount(&node)?)
                }
                Some(_) | None => None,
            };
            let mut facts =
                vec![Fact::PayinSucceeded { reference: ours, object: object.clone(), amount }];
            facts.extend(fee.map(|amount| Fact::FeeTaken { object, withdrawal: None, amount }));
            facts
        }
        "DECLINED" | "FAILED" => {
            let details = capture.find("status_details").and_then(|it| it.find("reason"));
            let reason = reason(details, "declined");
            // What was authorised is the order: a capture that was declined is a try at it.
            let order = capture
                .find("supplementary_data")
                .and_then(|data| data.find("related_ids"))
                .and_then(|ids| ids.find("order_id"));
            let object = match order {
                Some(order) => order.token()?.to_owned(),
                None => object,
            };
            vec![Fact::PayinDeclined { reference: ours, object, reason }]
        }
        // PENDING: not money yet.
        _ => Vec::new(),
    })
}

/// Money given back: our own refund by its id, and all that was given back of the payment.
fn refund(id: &str, refund: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let ours = reference([refund.find("custom_id"), refund.find("invoice_id")]);
    let object = id.to_owned();
    match refund.field("status")?.text()? {
        "COMPLETED" => {}
        "FAILED" | "CANCELLED" => {
            let reason = "failed".to_owned();
            return Ok(ours
                .map(|reference| Fact::RefundFailed { reference, object, reason })
                .into_iter()
                .collect());
        }
        _ => return Ok(Vec::new()),
    }
    let mut facts: Vec<Fact> =
        ours.map(|reference| Fact::RefundPaid { reference, object }).into_iter().collect();
    let total = refund
        .find("seller_payable_breakdown")
        .and_then(|breakdown| breakdown.find("total_refunded_amount"));
    if let (Some(total), Some(payment)) = (total, payment(refund)?) {
        facts.push(Fact::RefundedInAll { payment, amount: amount(&total)? });
    }
    Ok(facts)
}

/// The payment that a refund is of: it only stands in a link, whose last part is its id.
fn payment(refund: &Node<'_>) -> Result<Option<String>, WebhookError> {
    for link in refund.field("links")?.items()? {
        if link.find("rel").and_then(|rel| rel.as_text()) == Some("up") {
            let node = link.field("href")?;
            let (_, id) =
                node.text()?.rsplit_once('/').ok_or_else(|| node.refuse("is no address"))?;
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
            if !(1..=64).contains(&id.len()) || !id.bytes().all(is_plain) {
                return Err(node.refuse("does not end with an id"));
            }
            return Ok(Some(id.to_owned()));
        }
    }
    Ok(None)
}

/// A dispute, its money and its outcome: everything that is known, told at once.
fn dispute(id: &str, dispute: &Node<'_>) -> Result<Vec<Fact>, WebhookError> {
    let transactions = match dispute.find("disputed_transactions") {
        Some(list) => list.items()?,
        None => Vec::new(),
    };
    let Some(payment) = transactions.first().and_then(|it| it.find("seller_transaction_id")) else {
        return Ok(Vec::new());
    };
    let payment = payment.token()?.to_owned();
    let is_resolved = dispute.field("status")?.as_text() == Some("RESOLVED");
    let stage = dispute.find("dispute_life_cycle_stage");
    let is_inquiry = stage.and_then(|stage| stage.as_text()) == Some("INQUIRY");
    let mut told = vec![if is_inquiry {
        Dispute::Inquiry
    } else {
        let due = dispute.find("seller_response_due_date");
        let due_by = due.map(|node| node.instant()).transpose()?;
        Dispute::Opened {
            amount: amount(&dispute.field("dispute_amount")?)?,
            reason: reason(dispute.find("reason"), "disputed"),
            due_by,
        }
    }];
    let moved = |kind: &str| moved(dispute, kind);
    told.extend(moved("DEBIT")?.map(|amount| Dispute::FundsWithdrawn { amount, fee: None }));
    told.extend(moved("CREDIT")?.map(|amount| Dispute::FundsReinstated { amount }));
    let outcome = dispute.find("dispute_outcome").and_then(|it| it.find("outcome_code"));
    let outcome = outcome.and_then(|code| code.as_text()).filter(|_| is_resolved);
    told.extend(match outcome {
        Some(
            "RESOLVED_SELLER_FAVOUR" | "CANCELED_BY_BUYER" | "RESOLVED_WITH_PAYOUT" | "DENIED",
        ) => Some(Dispute::Won),
        Some("RESOLVED_BUYER_FAVOUR" | "ACCEPTED") => Some(Dispute::Lost),
        Some(_) | None => None,
    });
    let case = id.to_owned();
    let fact = |told| Fact::Disputed { case: case.clone(), payment: payment.clone(), told };
    Ok(told.into_iter().map(fact).collect())
}

/// What a dispute has taken from us, or given back, in all.
fn moved(dispute: &Node<'_>, kind: &str) -> Result<Option<WireAmount>, WebhookError> {
    let Some(movements) = dispute.find("money_movements") else { return Ok(None) };
    let mut total: Option<WireAmount> = None;
    for movement in movements.items()? {
        let says = |name: &str| movement.find(name).and_then(|node| node.as_text());
        if says("affected_party") != Some("SELLER") || says("type") != Some(kind) {
            continue;
        }
        let node = movement.field("amount")?;
        let more = amount(&node)?;
        total = Some(WireAmount::add(total, more, &node)?);
    }
    Ok(total)
}

/// `{currency_code, value}`: a decimal in major units.
pub(super) fn amount(money: &Node<'_>) -> Result<WireAmount, WebhookError> {
    let currency = IsoCurrency::read(&money.field("currency_code")?)?;
    WireAmount::from_decimal(&money.field("value")?, currency)
}

fn is_zero(value: &Node<'_>) -> bool {
    value.as_text().is_some_and(|text| text.bytes().all(|b| b == b'0' || b == b'.'))
}

/// Whether it is our account that is paid. Anybody who makes an order may name another one, and our
/// own id and the right amount with it.
pub(super) fn is_paid_to(object: &Node<'_>, merchant: &str) -> bool {
    let payee = object.find("payee").and_then(|payee| payee.find("merchant_id"));
    let is_ours = payee.and_then(|id| id.as_text()) == Some(merchant);
    if !is_ours {
        tracing::error!("a payment at PayPal is not to our account: it counts for nothing");
    }
    is_ours
}

/// Our own id of a thing, as PayPal keeps it.
pub(super) fn ours(id: Uuid) -> String {
    id.hyphenated().to_string()
}
