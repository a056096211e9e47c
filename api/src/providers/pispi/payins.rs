//! Requests to pay sent over PI-SPI: the payer answers them in their own bank's application.

use cauri_sagas::gateway::{Begun, OrderField, PayinOrder, Started};
use chrono::SecondsFormat;
use futures::future::BoxFuture;
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::Pispi;
use crate::providers::port::Starter;
use crate::providers::{http, wire};
use crate::webhooks::fact::reason;
use crate::webhooks::json::Json;

/// A request for an invoice: the one kind whose time the payee sets.
const CATEGORY: &str = "401";
/// The code of a `txId` that was used before.
const USED_BEFORE: &str = "du03";

impl Starter for Pispi {
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun> {
        Box::pin(async move {
            let refused = |code: &str| Begun::Refused { object: None, code: code.to_owned() };
            let unknown = |why: &str| Begun::Unknown { why: why.to_owned() };
            let is_francs = order.amount.currency().to_string() == "XOF";
            let Some(amount) = wire::whole(order.amount).filter(|_| is_francs) else {
                return refused("amount_not_supported");
            };
            let Some(payer) = &order.payer else { return Begun::Lacks(OrderField::Payer) };
            let Some(alias) = &self.alias else { return unknown("alias_not_configured") };
            let until = order.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let body = json!({
                "txId": order.payin.to_string(),
                "payeurAlias": payer.expose_secret(),
                "payeAlias": alias,
                "categorie": CATEGORY,
                "confirmation": false,
                "montant": amount,
                "dateLimitePaiement": until,
                "dateLimiteReponse": until,
            });
            let request = match self.post(&["demandes-paiements"]).await {
                Ok(request) => request.json(&body),
                Err(error) => return unknown(error.why()),
            };
            match http::ask_json(request).await {
                Ok((status, answer)) if status.is_success() => taken(&answer),
                Ok((StatusCode::BAD_REQUEST, _)) => unknown("status_4xx"),
                Ok((status, _)) => unknown(http::of_status(status)),
                Err(why) => unknown(why),
            }
        })
    }
}

fn taken(answer: &Json) -> Begun {
    let answer = answer.root();
    let object =
        answer.find("end2endId").and_then(|it| it.as_text()).and_then(|it| it.parse().ok());
    let started =
        |object| Begun::Started(Started { object, redirect_url: None, client_token: None });
    match answer.find("statut").and_then(|statut| statut.as_text()) {
        Some("INITIE" | "ENVOYE" | "IRREVOCABLE") => started(object),
        Some("REJETE") => {
            let code = reason(answer.find("statutRaison"), "rejected");
            // The payer has it already.
            if code == USED_BEFORE { started(object) } else { Begun::Refused { object, code } }
        }
        Some(_) | None => Begun::Unknown { why: "answer_not_understood".to_owned() },
    }
}
