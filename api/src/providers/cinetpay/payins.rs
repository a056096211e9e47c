//! Payments begun at CinetPay: its page, whose address is told once.
//!
//! CinetPay takes a transaction's id once, and answers nothing with the page of one that was begun
//! before: where the first answer was lost, the address is lost with it, and the pay-in is to be
//! canceled and begun anew.

use cauri_sagas::gateway::{Begun, OrderField, PayinOrder, Started};
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::Cinetpay;
use crate::providers::port::{NOT_READABLE, Reader, Starter, Thing};
use crate::providers::{Unconfirmed, http, wire};
use crate::webhooks::Fact;

impl Reader for Cinetpay {
    /// A transaction's id is ours.
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            match thing {
                Thing::Payin { object: Some(id), .. } => self.check(id).await,
                Thing::Payin { reference: Some(reference), object: None } => {
                    self.check(&reference.hyphenated().to_string()).await
                }
                Thing::Payin { reference: None, object: None }
                | Thing::Payout { .. }
                | Thing::Refund { .. }
                | Thing::Dispute { .. } => Err(Unconfirmed::Unknown(NOT_READABLE)),
            }
        })
    }
}

impl Starter for Cinetpay {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            let refused = |code: &str| Begun::Refused { object: None, code: code.to_owned() };
            let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
            let currency = order.amount.currency().to_string();
            // In fives of francs; cents it has for the dollar alone, and how it writes them is not
            // documented.
            let amount = wire::whole(order.amount).filter(|amount| amount.is_multiple_of(5));
            let Some(amount) = amount else { return refused("amount_not_supported") };
            let Some(notify) = &self.notify_url else {
                return unknown("notify_url_not_configured");
            };
            let Some(return_url) = &order.return_url else {
                return Begun::Lacks(OrderField::ReturnUrl);
            };
            let id = order.payin.to_string();
            let mut body = json!({
                "apikey": self.api_key.expose_secret(),
                "site_id": self.site_id,
                "transaction_id": id,
                "amount": amount,
                "currency": currency,
                "description": format!("Payment {id}"),
                "notify_url": notify,
                "return_url": return_url,
                "channels": order.method.as_deref().unwrap_or("ALL"),
            });
            if let Some(payer) = &order.payer {
                body["customer_phone_number"] = Value::from(payer.expose_secret());
            }
            let request = self.api.post(&["v2", "payment"]).json(&body);
            let (status, answer) = match http::ask_json(request).await {
                Ok(answer) => answer,
                Err(why) => return unknown(why),
            };
            let answer = answer.root();
            let code = answer.find("code").and_then(|code| code.id_text().ok());
            let url = answer.find("data").and_then(|data| data.find("payment_url"));
            let url = url.and_then(|url| url.as_text()).map(SecretString::from);
            match (code.as_deref(), url, id.parse()) {
                (Some("201"), Some(url), Ok(object)) => Begun::Started(Started {
                    object: Some(object),
                    redirect_url: Some(url),
                    client_token: None,
                }),
                _ if !status.is_success() => unknown(http::of_status(status)),
                _ => unknown("answer_not_understood"),
            }
        })
    }
}
