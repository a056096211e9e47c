//! Captures and refunds at Stripe.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{Provider, RefundId};
use cauri_sagas::gateway::{
    CaptureInstruction, PayoutGateway, PayoutStatus, RefundInstruction, Submitted,
};
use futures::future::BoxFuture;

use super::Stripe;
use crate::providers::{http, wire};
use crate::webhooks::json::Json;
use crate::webhooks::stripe_objects;

/// For how long Stripe keeps a key at least: a day, less an hour.
const KEPT: Duration = Duration::from_hours(23);

/// What Stripe says of a refund that it will never make.
const NEVER_REFUNDED: [&str; 3] =
    ["charge_disputed", "refund_disputed_payment", "charge_exceeds_source_limit"];
/// What Stripe says of a payment whose money it does not keep for us any more.
const NEVER_CAPTURED: [&str; 2] =
    ["charge_expired_for_capture", "capture_charge_authorization_expired"];

/// Stripe as the one who captures and gives back.
#[derive(Debug, Clone)]
pub(crate) struct StripePayments {
    name: Provider,
    stripe: Arc<Stripe>,
}

impl StripePayments {
    pub(crate) const fn new(name: Provider, stripe: Arc<Stripe>) -> Self {
        Self { name, stripe }
    }
}

impl PayoutGateway for StripePayments {
    fn provider(&self) -> &str {
        self.name.as_str()
    }

    fn keeps_keys(&self) -> Option<Duration> {
        Some(KEPT)
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async move {
            let Some(amount) = wire_amount(&instruction.amount, &instruction.currency) else {
                return Submitted::NotSendable { code: "amount_not_supported".to_owned() };
            };
            let key = instruction.refund.to_string();
            let form = [
                ("payment_intent", instruction.payment.as_str()),
                ("amount", amount.as_str()),
                ("metadata[cauri_refund]", key.as_str()),
            ];
            match self.stripe.send(&["v1", "refunds"], Some(&key), &form).await {
                Ok(refund) => refunded(&refund),
                Err(failed) => match failed.is_final(&NEVER_REFUNDED) {
                    Some(code) => Submitted::Refused { code },
                    None => Submitted::Unknown { why: failed.why() },
                },
            }
        })
    }

    /// Stripe finds no refund by our key. Sent again under the same key, it answers what became of
    /// the first, for as long as it keeps the key: after that, only its webhook tells.
    fn refund_status(&self, _: RefundId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(async { PayoutStatus::NotSearchable })
    }

    fn capture<'a>(&'a self, instruction: &'a CaptureInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async move {
            let Some(amount) = wire_amount(&instruction.amount, &instruction.currency) else {
                return Submitted::Unknown { why: "amount_not_supported".to_owned() };
            };
            let key = format!("{}-capture", instruction.payin);
            let path = ["v1", "payment_intents", &instruction.payment, "capture"];
            let form = [("amount_to_capture", amount.as_str())];
            match self.stripe.send(&path, Some(&key), &form).await {
                // How it ended, the payment says when it is asked.
                Ok(_) => Submitted::Accepted { object: instruction.payment.clone() },
                Err(failed) => match failed.is_final(&NEVER_CAPTURED) {
                    Some(code) => Submitted::Refused { code },
                    None => Submitted::Unknown { why: failed.why() },
                },
            }
        })
    }

    fn capture_status<'a>(
        &'a self,
        instruction: &'a CaptureInstruction,
    ) -> BoxFuture<'a, PayoutStatus> {
        Box::pin(async move {
            let path = ["v1", "payment_intents", &instruction.payment];
            match http::ask_json(self.stripe.get(&path)).await {
                Ok((status, intent)) if status.is_success() => captured(&intent, instruction),
                Ok((status, _)) => {
                    PayoutStatus::Unknown { why: http::of_status(status).to_owned() }
                }
                Err(why) => PayoutStatus::Unknown { why: why.to_owned() },
            }
        })
    }
}

fn captured(intent: &Json, asked: &CaptureInstruction) -> PayoutStatus {
    let intent = intent.root();
    let unknown = |why: &str| PayoutStatus::Unknown { why: why.to_owned() };
    let object = asked.payment.clone();
    match intent.find("status").and_then(|status| status.as_text()) {
        Some("succeeded") => match stripe_objects::received(&intent) {
            Ok(amount) => {
                let is_asked = asked.amount.replace('.', "").parse() == Ok(amount.minor())
                    && amount.currency() == asked.currency;
                if is_asked { PayoutStatus::Paid { object } } else { unknown("amount_differs") }
            }
            Err(_) => unknown("answer_not_understood"),
        },
        Some("requires_capture") => PayoutStatus::NotFound,
        Some("processing") => PayoutStatus::Pending,
        Some("canceled") => PayoutStatus::Failed { object, code: "canceled".to_owned() },
        Some(_) | None => unknown("answer_not_understood"),
    }
}

fn refunded(refund: &Json) -> Submitted {
    let refund = refund.root();
    let token = |name: &str| Some(refund.find(name)?.token().ok()?.to_ascii_lowercase());
    let object = refund.find("id").and_then(|id| id.token().ok().map(str::to_owned));
    match (object, token("status").as_deref()) {
        (Some(object), Some("succeeded")) => Submitted::Made { object },
        (Some(_), Some(ended @ ("failed" | "canceled"))) => {
            let code = token("failure_reason").unwrap_or_else(|| ended.to_owned());
            Submitted::Refused { code }
        }
        (Some(object), Some(_)) => Submitted::Accepted { object },
        _ => Submitted::Unknown { why: "answer_not_understood".to_owned() },
    }
}

/// An instruction's amount at Stripe's own scale.
fn wire_amount(amount: &str, currency: &str) -> Option<String> {
    wire::money(amount, currency).and_then(wire::stripe).map(|units| units.to_string())
}
