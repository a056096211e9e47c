//! Transactions begun at FedaPay: its page, where the payer chooses how they pay.

use cauri_domain::ObjectId;
use cauri_sagas::gateway::{Begun, PayinOrder, Started};
use futures::future::BoxFuture;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::Fedapay;
use super::read::fault;
use crate::providers::port::Starter;
use crate::providers::{http, wire};

impl Starter for Fedapay {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            let object = match &order.object {
                Some(object) => Ok(object.clone()),
                None => self.create(order).await,
            };
            match object {
                Ok(object) => self.token(object).await,
                Err(begun) => begun,
            }
        })
    }
}

impl Fedapay {
    /// The transaction under our reference: a new one, or the one that was begun before.
    async fn create(&self, order: &PayinOrder) -> Result<ObjectId, Begun> {
        let refused = |code: &str| Begun::Refused { object: None, code: code.to_owned() };
        let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
        // FedaPay's scale of other currencies is told only with a transaction.
        let amount = wire::whole(order.amount).ok_or_else(|| refused("amount_not_supported"))?;
        let reference = order.payin.to_string();
        let mut body = json!({
            "description": format!("Payment {reference}"),
            "amount": amount,
            "currency": { "iso": order.amount.currency().to_string() },
            "merchant_reference": reference,
            "custom_metadata": { "cauri_payin": reference },
        });
        if let Some(url) = &order.return_url {
            body["callback_url"] = Value::from(url.as_str());
        }
        if let Some(mode) = &order.method {
            body["mode"] = Value::from(mode.as_str());
        }
        let request = self.post(&["v1", "transactions"]).json(&body);
        let (status, answer) = http::ask(request).await.map_err(unknown)?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        match status {
            StatusCode::OK | StatusCode::CREATED => {
                let id = &answer["v1/transaction"]["id"];
                let id = id.as_u64().map(|id| id.to_string());
                id.and_then(|id| id.parse().ok()).ok_or_else(|| unknown("answer_not_understood"))
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                match fault(&answer) {
                    // It was begun before: its answer did not reach us.
                    Some("merchant_reference") => self.known(order).await,
                    Some("amount") => Err(refused("invalid_amount")),
                    Some("currency") => Err(refused("invalid_currency")),
                    Some(_) | None => Err(unknown(http::of_status(status))),
                }
            }
            other => Err(unknown(http::of_status(other))),
        }
    }

    async fn known(&self, order: &PayinOrder) -> Result<ObjectId, Begun> {
        let reference = order.payin.to_string();
        let path = ["v1", "transactions", "merchant", &reference];
        let found = self.entity(&path, "v1/transaction").await;
        let id = found.and_then(|entity| Ok(entity.root().field("id")?.id_text()?));
        let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
        match id {
            Ok(id) => id.parse().map_err(|_| unknown("answer_not_understood")),
            Err(error) => Err(unknown(error.why())),
        }
    }

    /// The address of its page, as often as it is asked for.
    async fn token(&self, object: ObjectId) -> Begun {
        let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
        let request = self.post(&["v1", "transactions", object.as_str(), "token"]);
        let (status, answer) = match http::ask(request).await {
            Ok(answer) => answer,
            Err(why) => return unknown(why),
        };
        if !matches!(status, StatusCode::OK | StatusCode::CREATED) {
            return unknown(http::of_status(status));
        }
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let secret = |name: &str| answer[name].as_str().map(SecretString::from);
        match secret("url") {
            Some(url) => Begun::Started(Started {
                object: Some(object),
                redirect_url: Some(url),
                client_token: secret("token"),
            }),
            None => unknown("answer_not_understood"),
        }
    }
}
