//! PayPal's payouts: a batch of one item. Source: developer.paypal.com, Payouts v1.
//!
//! The withdrawal's id is the `sender_batch_id` and the item's `sender_item_id`. PayPal finds no batch by
//! it; but sent again within 30 days, it is rejected with a link to the first one, which says how the
//! item stands.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{Provider, WithdrawalId};
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutGateway, PayoutInstruction, PayoutStatus, Submitted};
use futures::future::BoxFuture;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::api::{id, not_understood, word};
use super::{amount_not_supported, destination_not_understood, wire};
use crate::providers::Unconfirmed;
use crate::providers::paypal::Paypal;
use crate::webhooks::json::{Json, Node};

/// How long PayPal knows a batch's id, less a day.
const KEPT: Duration = Duration::from_secs(29 * 86_400);

/// PayPal as the one who pays out.
#[derive(Debug, Clone)]
pub(crate) struct PaypalPayouts {
    name: Provider,
    paypal: Arc<Paypal>,
}

impl PaypalPayouts {
    pub(in crate::providers) const fn new(name: Provider, paypal: Arc<Paypal>) -> Self {
        Self { name, paypal }
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, Json), Trouble> {
        let called = self.paypal.call(method, path, None, body).await;
        let (status, answer) = called.map_err(|error| match error {
            Unconfirmed::Unknown(why) => Trouble::of(&code(why)),
            Unconfirmed::Denied | Unconfirmed::Unreadable(_) | Unconfirmed::NotConfigured => {
                not_understood()
            }
        })?;
        let by_status = || Trouble::of(&format!("status_{}", status.as_u16()));
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(by_status());
        }
        match Json::parse(&answer) {
            Ok(json) => Ok((status, json)),
            Err(_) if status.is_success() => Err(not_understood()),
            Err(_) => Err(by_status()),
        }
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Result<Submitted, Trouble> {
        let Some(value) = wire::paypal(instruction) else { return Ok(amount_not_supported()) };
        let Some(kind) = recipient(&instruction.destination) else {
            return Ok(destination_not_understood());
        };
        let key = instruction.withdrawal.to_string();
        let body = json!({
            "sender_batch_header": { "sender_batch_id": key },
            "items": [{
                "recipient_type": kind,
                "receiver": instruction.destination,
                "amount": { "value": value, "currency": instruction.currency },
                "sender_item_id": key,
            }],
        });
        let path = ["v1", "payments", "payouts"];
        let body = Some(body.to_string().into_bytes());
        let (status, json) = self.call(Method::POST, &path, body).await?;
        let answer = json.root();
        if status.is_success() {
            let object = answer.find("batch_header").and_then(|it| id(&it, "payout_batch_id"));
            return object.map(|object| Submitted::Accepted { object }).ok_or_else(not_understood);
        }
        if let Some(batch) = first_batch(&answer) {
            return self.stands(&batch, &key, &value, instruction).await;
        }
        match word(&answer, "name") {
            // Of the request itself: the same one is never taken.
            Some("VALIDATION_ERROR") => Ok(Submitted::Refused { code: "validation_error".into() }),
            Some(_) | None => Err(Trouble::of(&format!("status_{}", status.as_u16()))),
        }
    }

    /// How the one item of our batch stands.
    async fn stands(
        &self,
        batch: &str,
        key: &str,
        value: &str,
        instruction: &PayoutInstruction,
    ) -> Result<Submitted, Trouble> {
        let path = ["v1", "payments", "payouts", batch];
        let (status, json) = self.call(Method::GET, &path, None).await?;
        if status != StatusCode::OK {
            return Err(Trouble::of(&format!("status_{}", status.as_u16())));
        }
        let answer = json.root();
        let header = answer.find("batch_header").ok_or_else(not_understood)?;
        if word(&header, "batch_status") == Some("DENIED") {
            return Ok(Submitted::Refused { code: "denied".to_owned() });
        }
        let items = answer.find("items").and_then(|items| items.items().ok()).unwrap_or_default();
        let [item] = &items[..] else {
            // Not made yet: the batch is being looked at.
            return Ok(Submitted::Accepted { object: batch.to_owned() });
        };
        let sent = item.find("payout_item").ok_or_else(not_understood)?;
        let amount = sent.find("amount").ok_or_else(not_understood)?;
        let is_the_same = word(&sent, "sender_item_id") == Some(key)
            && word(&amount, "value") == Some(value)
            && word(&amount, "currency") == Some(&instruction.currency);
        if !is_the_same {
            return Err(Trouble::of("another_payout_under_our_key"));
        }
        let object = id(item, "payout_item_id").ok_or_else(not_understood)?;
        Ok(match word(item, "transaction_status").ok_or_else(not_understood)? {
            "SUCCESS" => Submitted::Made { object },
            status @ ("FAILED" | "RETURNED" | "REFUNDED" | "REVERSED") => {
                let error = item.find("errors").and_then(|errors| word(&errors, "name"));
                let code = error.unwrap_or(status).to_ascii_lowercase();
                Submitted::Refused { code }
            }
            // PENDING, UNCLAIMED, ONHOLD, BLOCKED: it may still go either way.
            _ => Submitted::Accepted { object },
        })
    }
}

/// The batch that was sent first under our id: only a link names it.
fn first_batch(problem: &Node<'_>) -> Option<String> {
    for link in problem.find("links")?.items().ok()? {
        let address = link.find("href")?.as_text()?;
        if let Some((_, batch)) = address.rsplit_once("/v1/payments/payouts/") {
            let is_plain = (1..=64).contains(&batch.len())
                && batch.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            return is_plain.then(|| batch.to_owned());
        }
    }
    None
}

/// What a receiver is named by.
fn recipient(destination: &str) -> Option<&'static str> {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    if destination.contains('@') && destination.len() <= 127 {
        Some("EMAIL")
    } else if destination.strip_prefix('+').is_some_and(|it| it.len() >= 8 && plain(it)) {
        Some("PHONE")
    } else if destination.len() == 13 && plain(destination) {
        Some("PAYPAL_ID")
    } else {
        None
    }
}

/// A code stays; words for a person do not.
fn code(why: &str) -> String {
    let is_code = why.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if is_code { why.to_owned() } else { "not_let_in".to_owned() }
}

impl PayoutGateway for PaypalPayouts {
    fn provider(&self) -> &str {
        self.name.as_str()
    }

    fn keeps_keys(&self) -> Option<Duration> {
        Some(KEPT)
    }

    fn takes(&self, destination: &str) -> bool {
        recipient(destination).is_some()
    }

    fn submit<'a>(&'a self, instruction: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async move {
            let sent = self.send(instruction).await;
            sent.unwrap_or_else(Submitted::from)
        })
    }

    fn status(&self, _: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(async { PayoutStatus::NotSearchable })
    }
}
