//! Payments begun at Stripe: a Payment Intent, whose client secret the payer's browser is given.

use cauri_sagas::gateway::{Begun, ClosedThere, PayinKey, PayinOrder, Started};
use futures::future::BoxFuture;
use secrecy::SecretString;

use super::{Failed, Stripe};
use crate::providers::port::Starter;
use crate::providers::{http, wire};
use crate::webhooks::json::{Json, Node};

/// What Stripe says of a payment that it will never take on.
const FINAL: [&str; 4] = [
    "amount_too_small",
    "amount_too_large",
    "currency_not_supported",
    "payment_intent_invalid_parameter",
];

impl Starter for Stripe {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            let begun = match &order.object {
                Some(object) => self.again(object.as_str()).await,
                None => self.create(order).await,
            };
            begun.unwrap_or_else(|begun| begun)
        })
    }

    fn close<'a>(&'a self, key: &'a PayinKey) -> BoxFuture<'a, ClosedThere> {
        Box::pin(async move {
            let Some(object) = &key.object else { return ClosedThere::NotPossible };
            // Without a key: a failure that is kept under one would be answered for a day.
            let path = ["v1", "payment_intents", object.as_str(), "cancel"];
            match self.send(&path, None, &[("cancellation_reason", "abandoned")]).await {
                Ok(_) => ClosedThere::Closed,
                Err(Failed::Said { code, .. }) if code == "resource_missing" => {
                    ClosedThere::NotPossible
                }
                Err(Failed::Said { state: Some(state), .. }) if state == "canceled" => {
                    ClosedThere::Closed
                }
                Err(Failed::Said { state: Some(state), .. }) if state == "succeeded" => {
                    ClosedThere::PaidBefore
                }
                Err(failed) => ClosedThere::Unknown { why: failed.why() },
            }
        })
    }
}

impl Stripe {
    async fn create(&self, order: &PayinOrder) -> Result<Begun, Begun> {
        let refused = |code: &str| Begun::Refused { object: None, code: code.to_owned() };
        let currency = order.amount.currency().to_string();
        let amount =
            wire::stripe(order.amount).ok_or_else(|| refused("amount_not_supported"))?.to_string();
        let (key, currency) = (order.payin.to_string(), currency.to_ascii_lowercase());
        let capture = if order.capture_later { "manual" } else { "automatic" };
        let mut form = vec![
            ("amount", amount.as_str()),
            ("currency", currency.as_str()),
            ("capture_method", capture),
            ("metadata[cauri_payin]", key.as_str()),
            ("metadata[cauri_ledger]", order.ledger.as_str()),
        ];
        match &order.method {
            Some(method) => form.push(("payment_method_types[]", method)),
            None => form.push(("automatic_payment_methods[enabled]", "true")),
        }
        match self.send(&["v1", "payment_intents"], Some(&key), &form).await {
            Ok(intent) => started(&intent),
            Err(failed) => Err(match failed.is_final(&FINAL) {
                Some(code) => Begun::Refused { object: None, code },
                None => Begun::Unknown { why: failed.why() },
            }),
        }
    }

    /// The payment that was begun before, and its secret once more.
    async fn again(&self, object: &str) -> Result<Begun, Begun> {
        let read = http::read(self.get(&["v1", "payment_intents", object])).await;
        let intent = read.map_err(|error| Begun::Unknown { why: error.why().to_owned() })?;
        started(&intent)
    }
}

fn started(intent: &Json) -> Result<Begun, Begun> {
    let intent = intent.root();
    let not_understood = || Begun::Unknown { why: "answer_not_understood".to_owned() };
    let text = |name: &str| intent.find(name).and_then(|node: Node<'_>| node.as_text());
    let object = text("id").and_then(|id| id.parse().ok()).ok_or_else(not_understood)?;
    if text("status") == Some("canceled") {
        return Err(Begun::Refused { object: Some(object), code: "canceled".to_owned() });
    }
    let secret = text("client_secret").ok_or_else(not_understood)?;
    Ok(Begun::Started(Started {
        object: Some(object),
        redirect_url: None,
        client_token: Some(SecretString::from(secret)),
    }))
}
