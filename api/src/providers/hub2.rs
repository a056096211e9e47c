//! Hub2: payment intents begun and read.
//!
//! Source: docs.hub2.io (payments). An intent has no key of ours: begun twice, there are two; but
//! only the one whose token reached the payer can be paid, and its id is kept with the pay-in.

use cauri_sagas::gateway::{Begun, PayinOrder, Started};
use futures::future::BoxFuture;
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::http::Api;
use super::port::{NOT_READABLE, Reader, Starter, Thing};
use super::{ProviderAccount, Unconfirmed, http, wire};
use crate::webhooks::json::Json;
use crate::webhooks::{Fact, hub2};

/// An account at Hub2.
#[derive(Debug)]
pub(crate) struct Hub2 {
    api: Api,
    key: SecretString,
    merchant: String,
    environment: String,
}

impl Hub2 {
    pub(crate) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "https://api.hub2.io")?,
            key: account.required_secret("api_key")?.clone(),
            merchant: account.required("merchant_id")?.to_owned(),
            environment: account.setting("environment").unwrap_or("live").to_owned(),
        })
    }

    fn named(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header("ApiKey", self.key.expose_secret())
            .header("MerchantId", &self.merchant)
            .header("Environment", &self.environment)
    }
}

impl Reader for Hub2 {
    /// Payments by their own id: Hub2 finds none by ours.
    fn read<'a>(&'a self, thing: &'a Thing) -> BoxFuture<'a, Result<Vec<Fact>, Unconfirmed>> {
        Box::pin(async move {
            let Thing::Payin { object: Some(object), .. } = thing else {
                return Err(Unconfirmed::Unknown(NOT_READABLE));
            };
            let request = self.named(self.api.get(&["payment-intents", object]));
            Ok(hub2::payment(&http::read(request).await?.root())?)
        })
    }
}

impl Starter for Hub2 {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            // The unit of amounts with decimals is not known.
            let Some(amount) = wire::whole(order.amount) else {
                return Begun::Refused { object: None, code: "amount_not_supported".to_owned() };
            };
            let request = match &order.object {
                Some(object) => self.api.get(&["payment-intents", object.as_str()]),
                None => self.api.post(&["payment-intents"]).json(&json!({
                    "customerReference": order.payin.to_string(),
                    "purchaseReference": order.payin.to_string(),
                    "amount": amount,
                    "currency": order.amount.currency().to_string(),
                })),
            };
            match http::ask_json(self.named(request)).await {
                Ok((StatusCode::OK | StatusCode::CREATED, answer)) => started(&answer),
                // Which of its errors are for ever is not documented.
                Ok((status, _)) => Begun::Unknown { why: http::of_status(status).to_owned() },
                Err(why) => Begun::Unknown { why: why.to_owned() },
            }
        })
    }
}

/// The payer's own device attempts the payment with the token.
fn started(answer: &Json) -> Begun {
    let answer = answer.root();
    let text = |name: &str| answer.find(name).and_then(|node| node.as_text());
    match (text("id").and_then(|id| id.parse().ok()), text("token")) {
        (Some(object), Some(token)) => Begun::Started(Started {
            object: Some(object),
            redirect_url: None,
            client_token: Some(SecretString::from(token)),
        }),
        _ => Begun::Unknown { why: "answer_not_understood".to_owned() },
    }
}
