//! Deposits begun at pawaPay: asked for on the payer's telephone, or on pawaPay's own page.

use cauri_sagas::gateway::{Begun, OrderField, PayinOrder, Started};
use futures::future::BoxFuture;
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{Pawapay, failure};
use crate::providers::port::Starter;
use crate::providers::{http, wire};
use crate::webhooks::json::Json;

impl Starter for Pawapay {
    /// On the telephone where the payer and their provider (`MTN_MOMO_BEN`) are told; on the page
    /// where only an address to come back to is.
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            match (&order.payer, &order.method, &order.return_url) {
                (Some(payer), Some(provider), _) => self.on_telephone(order, payer, provider).await,
                (_, _, Some(url)) => self.on_page(order, url).await,
                (Some(_), None, None) => Begun::Lacks(OrderField::Method),
                (None, _, None) => Begun::Lacks(OrderField::Payer),
            }
        })
    }
}

impl Pawapay {
    async fn on_telephone(
        &self,
        order: &PayinOrder,
        payer: &SecretString,
        provider: &str,
    ) -> Begun {
        let id = order.payin.to_string();
        let body = json!({
            "depositId": id,
            "amount": wire::shortest(order.amount),
            "currency": order.amount.currency().to_string(),
            "payer": {
                "type": "MMO",
                "accountDetails": {
                    "phoneNumber": payer.expose_secret(),
                    "provider": provider,
                },
            },
        });
        let (status, answer) =
            match http::ask_json(self.post(&["v2", "deposits"]).json(&body)).await {
                Ok(answer) => answer,
                Err(why) => return Begun::Unknown { why: why.to_owned() },
            };
        taken(status, &answer, &id)
    }

    async fn on_page(&self, order: &PayinOrder, return_url: &str) -> Begun {
        let id = order.payin.to_string();
        let body = json!({
            "depositId": id,
            "returnUrl": return_url,
            "amountDetails": {
                "amount": wire::shortest(order.amount),
                "currency": order.amount.currency().to_string(),
            },
        });
        let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
        let (status, answer) =
            match http::ask_json(self.post(&["v2", "paymentpage"]).json(&body)).await {
                Ok(answer) => answer,
                Err(why) => return unknown(why),
            };
        let url = {
            let answer = answer.root();
            // The guide writes it one way, the reference the other.
            let url = answer.find("redirectUrl").or_else(|| answer.find("redirectURL"));
            url.and_then(|url| url.as_text()).map(SecretString::from)
        };
        match (url, status.is_success(), id.parse()) {
            (Some(url), true, Ok(object)) => Begun::Started(Started {
                object: Some(object),
                redirect_url: Some(url),
                client_token: None,
            }),
            _ => taken(status, &answer, &id),
        }
    }
}

/// What pawaPay says of a deposit that it was sent.
fn taken(status: StatusCode, answer: &Json, id: &str) -> Begun {
    let answer = answer.root();
    let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
    match answer.find("status").and_then(|status| status.as_text()) {
        // Ignored as a duplicate: it was begun before, under this very id.
        Some("ACCEPTED" | "DUPLICATE_IGNORED") => match id.parse() {
            Ok(object) => Begun::Started(Started {
                object: Some(object),
                redirect_url: None,
                client_token: None,
            }),
            Err(_) => unknown("answer_not_understood"),
        },
        Some("REJECTED") => Begun::Refused { object: None, code: failure(&answer) },
        _ if !status.is_success() => unknown(http::of_status(status)),
        Some(_) | None => unknown("answer_not_understood"),
    }
}
