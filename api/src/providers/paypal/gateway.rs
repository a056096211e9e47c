//! Capturing what PayPal's payers approved, and giving it back.
//!
//! The idempotency key is `PayPal-Request-Id`; asking again under it changes nothing.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{Provider, RefundId};
use cauri_sagas::gateway::{
    CaptureInstruction, PayoutGateway, PayoutStatus, RefundInstruction, Submitted,
};
use futures::future::BoxFuture;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Paypal, confirm};
use crate::providers::{Unconfirmed, wire};
use crate::webhooks::fact::reason;
use crate::webhooks::json::{Json, Node};

/// How long PayPal keeps keys of payouts (30 days) and of refunds (45), less a day.
const KEPT: Duration = Duration::from_hours(29 * 24);

/// PayPal as the one who captures and gives back. It pays nothing out.
#[derive(Debug, Clone)]
pub struct PaypalGateway {
    name: Provider,
    paypal: Arc<Paypal>,
}

impl PaypalGateway {
    pub(in crate::providers) const fn new(name: Provider, paypal: Arc<Paypal>) -> Self {
        Self { name, paypal }
    }

    /// Sends an instruction; answers with PayPal's name of what became of it, and how far it is.
    async fn send(
        &self,
        path: &[&str],
        key: &str,
        body: &Value,
    ) -> Result<(String, String), Submitted> {
        let unknown = |why: &str| Submitted::Unknown { why: why.to_owned() };
        let not_understood = || unknown("answer_not_understood");
        let body = body.to_string().into_bytes();
        let answered = self.paypal.call(Method::POST, path, Some(key), Some(body)).await;
        let (status, answer) = answered.map_err(|error| unknown(error.why()))?;
        let answer = Json::parse(&answer).map_err(|_| not_understood())?;
        let answer = answer.root();
        match status {
            StatusCode::OK | StatusCode::CREATED => {
                let word = |name: &str| Some(answer.find(name)?.token().ok()?.to_owned());
                let id = word("id").ok_or_else(not_understood)?;
                Ok((id, word("status").unwrap_or_default()))
            }
            // Only what will never change is a refusal; what was captured before is asked for.
            StatusCode::UNPROCESSABLE_ENTITY => Err(match issue(&answer) {
                Some(code) if is_final(&code) => Submitted::Refused { code },
                Some(_) | None => unknown("not_processed"),
            }),
            other => Err(Submitted::Unknown { why: format!("status_{}", other.as_u16()) }),
        }
    }

    async fn captured(
        &self,
        instruction: &CaptureInstruction,
    ) -> Result<PayoutStatus, Unconfirmed> {
        let json = self.paypal.object(&["v2", "checkout", "orders", &instruction.payment]).await?;
        let order = json.root();
        if order.field("status")?.as_text() != Some("COMPLETED") {
            return Ok(PayoutStatus::NotFound);
        }
        let differs = |why: &str| Ok(PayoutStatus::Unknown { why: why.to_owned() });
        let units = order.field("purchase_units")?.items()?;
        let [unit] = units.as_slice() else { return differs("several_units") };
        if !confirm::is_paid_to(unit, &self.paypal.merchant) {
            return differs("another_payee");
        }
        let captures = unit.find("payments").and_then(|payments| payments.find("captures"));
        let captures = captures.map(|list| list.items()).transpose()?.unwrap_or_default();
        let with = |words: &[&str]| {
            captures.iter().find(|capture| {
                let status = capture.find("status").and_then(|status| status.as_text());
                status.is_some_and(|status| words.contains(&status))
            })
        };
        // Of several tries the one that worked counts, whichever came first.
        if let Some(capture) = with(&["COMPLETED", "REFUNDED", "PARTIALLY_REFUNDED"]) {
            let amount = confirm::amount(&capture.field("amount")?)?;
            let asked = instruction.amount.replace('.', "").parse() == Ok(amount.minor());
            if !asked || amount.currency() != instruction.currency {
                return differs("amount_differs");
            }
            return Ok(PayoutStatus::Paid { object: capture.field("id")?.token()?.to_owned() });
        }
        match with(&["DECLINED", "FAILED"]).filter(|_| with(&["PENDING"]).is_none()) {
            Some(capture) => {
                let why = capture.find("status_details").and_then(|it| it.find("reason"));
                let object = capture.field("id")?.token()?.to_owned();
                Ok(PayoutStatus::Failed { object, code: reason(why, "declined") })
            }
            None => Ok(PayoutStatus::Pending),
        }
    }
}

impl PayoutGateway for PaypalGateway {
    fn provider(&self) -> &str {
        self.name.as_str()
    }

    fn keeps_keys(&self) -> Option<Duration> {
        Some(KEPT)
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async move {
            let key = confirm::ours(instruction.refund.0);
            let amount = wire::money(&instruction.amount, &instruction.currency);
            let Some(value) = amount.and_then(wire::paypal) else {
                return Submitted::NotSendable { code: "amount_not_supported".to_owned() };
            };
            let body = json!({
                "amount": { "currency_code": instruction.currency, "value": value },
                "custom_id": key,
            });
            let path = ["v2", "payments", "captures", &instruction.payment, "refund"];
            match self.send(&path, &key, &body).await {
                Ok((object, status)) if status == "COMPLETED" => Submitted::Made { object },
                Ok((object, _)) => Submitted::Accepted { object },
                Err(submitted) => submitted,
            }
        })
    }

    /// PayPal finds no refund by our key. Sending it again under the same key answers what became
    /// of the first, for as long as PayPal keeps the key: 45 days. It is on record as stuck long
    /// before that.
    fn refund_status(&self, _: RefundId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(async { PayoutStatus::NotSearchable })
    }

    fn capture<'a>(&'a self, instruction: &'a CaptureInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async move {
            let path = ["v2", "checkout", "orders", &instruction.payment, "capture"];
            // Which payment it became, the order says when it is asked.
            let sent = self.send(&path, &confirm::ours(instruction.payin.0), &json!({})).await;
            sent.map_or_else(|submitted| submitted, |(object, _)| Submitted::Accepted { object })
        })
    }

    fn capture_status<'a>(
        &'a self,
        instruction: &'a CaptureInstruction,
    ) -> BoxFuture<'a, PayoutStatus> {
        Box::pin(async move {
            let found = self.captured(instruction).await;
            found.unwrap_or_else(|error| PayoutStatus::Unknown { why: error.why().to_owned() })
        })
    }
}

/// The code of what is wrong, as PayPal names it in its details.
pub(super) fn issue(problem: &Node<'_>) -> Option<String> {
    let details = problem.find("details")?.items().ok()?;
    let issue = details.first()?.find("issue")?;
    Some(reason(Some(issue), "refused"))
}

pub(super) fn is_final(issue: &str) -> bool {
    matches!(
        issue,
        "instrument_declined"
            | "payer_cannot_pay"
            | "order_expired"
            | "transaction_refused"
            | "refund_time_limit_exceeded"
            | "refund_not_allowed"
    )
}
