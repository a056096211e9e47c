//! The simulated provider: payments begun, read and closed.
//!
//! It is asked without credentials, on this machine: it moves no money.

use cauri_sagas::gateway::{Begun, ClosedThere, PayinKey, PayinOrder, Started};
use futures::future::BoxFuture;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::Api;
use super::port::{NOT_READABLE, Reader, Starter, Thing};
use super::{Unconfirmed, http};
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::fact::reason;
use crate::webhooks::json::Node;
use crate::webhooks::{Fact, WebhookError};

/// An account at the simulated provider.
#[derive(Debug)]
pub(crate) struct Sim {
    api: Api,
}

impl Sim {
    pub(crate) fn at(url: &str) -> anyhow::Result<Self> {
        Ok(Self { api: Api::at(http::address(url)?)? })
    }
}

impl Reader for Sim {
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            let Thing::Payin { reference: Some(reference), object } = thing else {
                return Err(Unconfirmed::Unknown(NOT_READABLE));
            };
            let path = ["v1", "payins", &reference.hyphenated().to_string()];
            let json = http::read(self.api.get(&path)).await?;
            let payment = json.root();
            let is = payment.field("id")?.token()?;
            if object.as_ref().is_some_and(|object| object != is) {
                return Err(Unconfirmed::Denied);
            }
            Ok(fact(*reference, &payment)?.into_iter().collect())
        })
    }
}

fn fact(reference: Uuid, payment: &Node<'_>) -> Result<Option<Fact>, WebhookError> {
    let object = payment.field("id")?.token()?.to_owned();
    let amount = || {
        let currency = IsoCurrency::read(&payment.field("currency")?)?;
        WireAmount::from_decimal(&payment.field("amount")?, currency)
    };
    Ok(match payment.field("status")?.token()? {
        "succeeded" => {
            Some(Fact::PayinSucceeded { reference: Some(reference), object, amount: amount()? })
        }
        "authorised" => Some(Fact::PayinAuthorised { reference, object, amount: amount()? }),
        "created" | "pending" => Some(Fact::PayinSubmitted { reference, object }),
        "failed" | "cancelled" => {
            let reason = reason(payment.find("reason"), "declined");
            Some(Fact::PayinDeclined { reference: Some(reference), object, reason })
        }
        _ => None,
    })
}

impl Starter for Sim {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            let mut body = json!({
                "amount": order.amount.to_decimal().to_string(),
                "currency": order.amount.currency().to_string(),
            });
            if let Some(url) = &order.return_url {
                body["return_url"] = Value::from(url.as_str());
            }
            if order.ledger != cauri_domain::LedgerId::main() {
                body["account"] = Value::from(order.ledger.as_str());
            }
            let path = ["v1", "payins", &order.payin.to_string()];
            let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
            let (status, answer) = match http::ask_json(self.api.post(&path).json(&body)).await {
                Ok(answer) => answer,
                Err(why) => return unknown(why),
            };
            let answer = answer.root();
            let text = |name: &str| answer.find(name).and_then(|node| node.as_text());
            match (status, text("id").and_then(|id| id.parse().ok()), text("payment_url")) {
                (StatusCode::OK | StatusCode::CREATED, Some(object), Some(url)) => {
                    Begun::Started(Started {
                        object: Some(object),
                        redirect_url: Some(SecretString::from(url)),
                        client_token: text("token").map(SecretString::from),
                    })
                }
                (StatusCode::OK | StatusCode::CREATED, ..) => unknown("answer_not_understood"),
                (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY, ..) => {
                    match text("code") {
                        // Something else was begun under this key; or its money is on the way.
                        Some(code @ ("idempotency_key_reused" | "already_paid")) => unknown(code),
                        None => unknown("answer_not_understood"),
                        Some(code) => {
                            Begun::Refused { object: None, code: code.to_ascii_lowercase() }
                        }
                    }
                }
                (other, ..) => unknown(http::of_status(other)),
            }
        })
    }

    fn close<'a>(&'a self, key: &'a PayinKey) -> BoxFuture<'a, ClosedThere> {
        Box::pin(async move {
            let path = ["v1", "payins", &key.payin.to_string(), "cancel"];
            let unknown = |why: &str| ClosedThere::Unknown { why: why.to_owned() };
            match http::ask_json(self.api.post(&path)).await {
                Ok((StatusCode::OK, _)) => ClosedThere::Closed,
                Ok((StatusCode::UNPROCESSABLE_ENTITY, answer)) => {
                    match answer.root().find("code").and_then(|code| code.as_text()) {
                        Some("already_paid") => ClosedThere::PaidBefore,
                        Some(_) | None => unknown("status_4xx"),
                    }
                }
                Ok((StatusCode::NOT_FOUND, _)) => ClosedThere::NotPossible,
                Ok((status, _)) => unknown(http::of_status(status)),
                Err(why) => unknown(why),
            }
        })
    }
}
