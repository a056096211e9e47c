//! PayGate Global: T-Money (Mixx by Yas) and Flooz in Togo, over its calls for payments and their
//! status.
//!
//! Its documentation is for merchants alone; this follows public integrations (AllDotPy/EasySwitch,
//! filanodev/laravel-paygate-global). Its deliveries prove nothing: the status is asked before
//! anything is booked.
//!
//! The other way to begin a payment, a page whose address carries the account's own token and an
//! amount that the payer can change, is not taken.

use cauri_sagas::gateway::{Begun, OrderField, PayinOrder, Started};
use futures::future::BoxFuture;
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::http::Api;
use super::port::{NOT_READABLE, Reader, Starter, Thing};
use super::{ProviderAccount, Unconfirmed, http, wire};
use crate::webhooks::Fact;
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::fact;

/// PayGate's code for a thing that it does not know.
const NOT_FOUND: u64 = 403;

/// An account at PayGate.
#[derive(Debug)]
pub(crate) struct Paygate {
    api: Api,
    token: SecretString,
}

impl Paygate {
    pub(crate) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        let token = account.required_secret("auth_token")?.clone();
        Ok(Self { api: Api::of(account, "https://paygateglobal.com")?, token })
    }
}

impl Reader for Paygate {
    /// A payment by our own identifier. An answer without an amount confirms none.
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            let Thing::Payin { reference: Some(reference), object } = thing else {
                return Err(Unconfirmed::Unknown(NOT_READABLE));
            };
            let request = self.api.post(&["api", "v2", "status"]).json(&json!({
                "auth_token": self.token.expose_secret(),
                "identifier": reference.hyphenated().to_string(),
            }));
            let (status, answer) = http::ask_json(request).await.map_err(Unconfirmed::Unknown)?;
            let answer = answer.root();
            if let Some(code) = answer.find("error_code") {
                return Err(match code.integer() {
                    Ok(NOT_FOUND) => Unconfirmed::Denied,
                    Ok(_) | Err(_) => Unconfirmed::Unknown("PayGate does not say how it stands"),
                });
            }
            if status != StatusCode::OK {
                return Err(Unconfirmed::Unknown(http::of_status(status)));
            }
            let is = answer.field("tx_reference")?.id_text()?;
            // It is not documented whether the answer names our own id.
            let named = answer.find("identifier").map(|ours| fact::reference([Some(ours)]));
            if named.is_some_and(|named| named != Some(*reference)) {
                return Err(Unconfirmed::Unknown("the answer is about another payment"));
            }
            if object.as_ref().is_some_and(|object| *object != is) {
                return Err(Unconfirmed::Denied);
            }
            let reference = Some(*reference);
            Ok(match answer.field("status")?.id_text()?.as_str() {
                "0" => {
                    let francs = IsoCurrency { code: "XOF".to_owned(), exponent: 0 };
                    let node = answer.field("amount")?;
                    let amount = match node.as_text() {
                        Some(_) => WireAmount::from_decimal(&node, francs)?,
                        None => WireAmount::from_integer(&node, 0, francs)?,
                    };
                    vec![Fact::PayinSucceeded { reference, object: is, amount }]
                }
                "4" | "6" => {
                    let is_expired = answer.field("status")?.id_text()? == "4";
                    let reason = if is_expired { "expired" } else { "canceled" }.to_owned();
                    vec![Fact::PayinDeclined { reference, object: is, reason }]
                }
                // 2: under way.
                _ => Vec::new(),
            })
        })
    }
}

impl Starter for Paygate {
    /// The payer is asked on their telephone: their number and network must be told.
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            let refused = |code: &str| Begun::Refused { object: None, code: code.to_owned() };
            let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
            let amount =
                wire::whole(order.amount).filter(|_| order.amount.currency().to_string() == "XOF");
            let Some(amount) = amount else { return refused("amount_not_supported") };
            let Some(payer) = &order.payer else { return Begun::Lacks(OrderField::Payer) };
            let Some(network) = &order.method else { return Begun::Lacks(OrderField::Method) };
            let request = self.api.post(&["api", "v1", "pay"]).json(&json!({
                "auth_token": self.token.expose_secret(),
                "phone_number": payer.expose_secret(),
                "amount": amount,
                "description": format!("Payment {}", order.payin),
                "identifier": order.payin.to_string(),
                "network": network,
            }));
            let (status, answer) = match http::ask_json(request).await {
                Ok(answer) => answer,
                Err(why) => return unknown(why),
            };
            if !status.is_success() {
                return unknown(http::of_status(status));
            }
            let answer = answer.root();
            let id = |name: &str| answer.find(name).and_then(|node| node.id_text().ok());
            let object = id("tx_reference").and_then(|id| id.parse().ok());
            match id("status").as_deref() {
                // 6: it was begun before, under our own identifier.
                Some("0" | "6") => Begun::Started(Started {
                    object: object.or_else(|| order.object.clone()),
                    redirect_url: None,
                    client_token: None,
                }),
                Some("4") => refused("invalid_parameters"),
                Some("2") => unknown("token_not_taken"),
                Some(_) | None => unknown("answer_not_understood"),
            }
        })
    }
}
