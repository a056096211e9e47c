//! Orders made at PayPal, which their payer approves there.
//!
//! The key is `PayPal-Request-Id`, kept for six hours for orders; an order that is known is read.
//! PayPal closes no order: one that nobody approves ends by itself, and one that is approved is
//! money only when it is captured, which a pay-in that has ended never asks for.

use cauri_sagas::gateway::{Begun, PayinOrder, Started};
use futures::future::BoxFuture;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::json;

use super::gateway::{is_final, issue};
use super::{Paypal, confirm};
use crate::providers::port::{NOT_READABLE, Reader, Starter, Thing};
use crate::providers::{Unconfirmed, http, wire};
use crate::webhooks::Fact;
use crate::webhooks::json::{Json, Node};
use crate::webhooks::paypal::About;

impl Reader for Paypal {
    /// A payment is an order until it is captured: a capture that is not found may be an order.
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            match thing {
                Thing::Payin { object: Some(id), .. } => {
                    match self.facts(&About::Capture(id.clone())).await {
                        Err(Unconfirmed::Denied) => self.order(id).await,
                        read => read,
                    }
                }
                Thing::Refund { object, .. } => self.facts(&About::Refund(object.clone())).await,
                Thing::Dispute { case } => self.facts(&About::Dispute(case.clone())).await,
                Thing::Payin { object: None, .. } | Thing::Payout { .. } => {
                    Err(Unconfirmed::Unknown(NOT_READABLE))
                }
            }
        })
    }
}

impl Paypal {
    /// An order: approved, or what its captures are.
    async fn order(&self, id: &str) -> Result<Vec<Fact>, Unconfirmed> {
        let json = self.object(&["v2", "checkout", "orders", id]).await?;
        let order = json.root();
        let mut facts = confirm::order(id, &order, &self.merchant)?;
        let units = order.field("purchase_units")?.items()?;
        let payments = units.first().and_then(|unit| unit.find("payments"));
        let captures = payments.and_then(|payments| payments.find("captures"));
        for capture in captures.map(|list| list.items()).transpose()?.unwrap_or_default() {
            let id = capture.field("id")?.token()?.to_owned();
            facts.extend(self.facts(&About::Capture(id)).await?);
        }
        Ok(facts)
    }
}

impl Starter for Paypal {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            let refused = |code: &str| Begun::Refused { object: None, code: code.to_owned() };
            let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
            let currency = order.amount.currency().to_string();
            let Some(value) = wire::paypal(order.amount) else {
                return refused("amount_not_supported");
            };
            let key = confirm::ours(order.payin.0);
            let sent = match &order.object {
                Some(object) => {
                    let path = ["v2", "checkout", "orders", object.as_str()];
                    self.call(Method::GET, &path, None, None).await
                }
                None => {
                    let mut context = json!({ "user_action": "PAY_NOW" });
                    if let Some(url) = &order.return_url {
                        context["return_url"] = json!(url);
                        context["cancel_url"] = json!(url);
                    }
                    let body = json!({
                        "intent": "CAPTURE",
                        "purchase_units": [{
                            "custom_id": key,
                            "amount": { "currency_code": currency, "value": value },
                            "payee": { "merchant_id": self.merchant },
                        }],
                        "payment_source": { "paypal": { "experience_context": context } },
                    });
                    let path = ["v2", "checkout", "orders"];
                    let body = Some(body.to_string().into_bytes());
                    self.call(Method::POST, &path, Some(&key), body).await
                }
            };
            let (status, answer) = match sent {
                Ok(answer) => answer,
                Err(error) => return unknown(error.why()),
            };
            let Ok(answer) = Json::parse(&answer) else { return unknown("answer_not_understood") };
            match status {
                StatusCode::OK | StatusCode::CREATED => started(&answer),
                StatusCode::UNPROCESSABLE_ENTITY => match issue(&answer.root()) {
                    Some(code) if is_final(&code) || code.starts_with("currency_not_supported") => {
                        refused(&code)
                    }
                    Some(_) | None => unknown("not_processed"),
                },
                other => unknown(http::of_status(other)),
            }
        })
    }
}

/// The order, and where its payer approves it.
fn started(order: &Json) -> Begun {
    let order = order.root();
    let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
    let id = order.find("id").and_then(|id| id.as_text()).and_then(|id| id.parse().ok());
    let Some(object) = id else { return unknown("answer_not_understood") };
    if order.find("status").and_then(|status| status.as_text()) == Some("VOIDED") {
        return Begun::Refused { object: Some(object), code: "voided".to_owned() };
    }
    let links = order.find("links").and_then(|links| links.items().ok()).unwrap_or_default();
    let address = |rel: &str| {
        let is = |link: &&Node<'_>| link.find("rel").and_then(|it| it.as_text()) == Some(rel);
        links.iter().find(is).and_then(|link| link.find("href")).and_then(|it| it.as_text())
    };
    match address("payer-action").or_else(|| address("approve")) {
        Some(url) => Begun::Started(Started {
            object: Some(object),
            redirect_url: Some(SecretString::from(url)),
            client_token: None,
        }),
        None => unknown("nothing_left_to_approve"),
    }
}
