//! PI-SPI's payments out (`paiement`). Source: OpenAPI 1.0.0 of the API Business, as held by
//! lomiafrica/pi-spi-sdk.
//!
//! The withdrawal's id is the `txId`, which a participant takes once (`DU03`), and by which a payment
//! is found. All amounts are francs. The destination is the receiver's alias.

use std::time::{Duration, Instant};

use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutInstruction, PayoutStatus, Submitted};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::sync::Mutex;

use super::api::{Api, ask, id, not_understood, word};
use super::{Pays, amount_not_supported, destination_not_understood, wire};
use crate::providers::ProviderAccount;
use crate::webhooks::fact::reason;

/// Tokens are renewed so long before they end.
const SPARE: Duration = Duration::from_secs(60);
/// The `txId` was used before.
const DUPLICATE: &str = "DU03";

#[derive(Debug)]
pub(super) struct Pispi {
    api: Api,
    access: Access,
    /// The account that pays.
    alias: String,
}

/// How access tokens come.
#[derive(Debug)]
enum Access {
    /// One that is given, and lasts.
    Given(SecretString),
    /// By OAuth 2 with our credentials, as long as each lasts.
    Asked {
        api: Api,
        id: String,
        secret: SecretString,
        kept: Mutex<Option<(SecretString, Instant)>>,
    },
}

impl Pispi {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        account.required("url")?;
        let api = Api::of(account, "url", "")?;
        let access = match account.setting("client_id") {
            Some(id) => {
                account.required("token_url")?;
                let secret = account.required_secret("client_secret")?.clone();
                let kept = Mutex::new(None);
                Access::Asked {
                    api: Api::of(account, "token_url", "")?,
                    id: id.to_owned(),
                    secret,
                    kept,
                }
            }
            None => Access::Given(account.required_secret("api_key")?.clone()),
        };
        let alias = account.required("alias")?.to_owned();
        Ok(Self { api, access, alias })
    }

    async fn token(&self) -> Result<SecretString, Trouble> {
        let (api, our_id, secret, kept) = match &self.access {
            Access::Given(token) => return Ok(token.clone()),
            Access::Asked { api, id, secret, kept } => (api, id, secret, kept),
        };
        let mut kept = kept.lock().await;
        if let Some((token, end)) = kept.as_ref()
            && *end > Instant::now()
        {
            return Ok(token.clone());
        }
        let request = api
            .post(&[])
            .basic_auth(our_id, Some(secret.expose_secret()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let said = ask(request).await?;
        if !said.status.is_success() {
            return Err(Trouble::of("not_let_in"));
        }
        let answer = said.root();
        let token = answer.find("access_token").and_then(|token| token.as_text());
        let token = SecretString::from(token.ok_or_else(not_understood)?.to_owned());
        let lasts = answer.find("expires_in").and_then(|it| it.integer().ok()).unwrap_or_default();
        let lasts = Duration::from_secs(lasts).saturating_sub(SPARE);
        *kept = Instant::now().checked_add(lasts).map(|end| (token.clone(), end));
        Ok(token)
    }

    async fn named(&self, request: RequestBuilder) -> Result<RequestBuilder, Trouble> {
        Ok(request.bearer_auth(self.token().await?.expose_secret()))
    }
}

impl Pays for Pispi {
    fn takes(&self, alias: &str) -> bool {
        (3..=64).contains(&alias.len())
            && alias.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_.".contains(&b))
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let Some(amount) = wire::francs(instruction) else { return amount_not_supported() };
        let to = &instruction.destination;
        if !self.takes(to) {
            return destination_not_understood();
        }
        let request = self.api.post(&["paiements"]).json(&json!({
            "txId": instruction.withdrawal.to_string(),
            "payeurAlias": self.alias,
            "payeAlias": to,
            "montant": amount,
            "confirmation": false,
        }));
        let request = match self.named(request).await {
            Ok(request) => request,
            Err(trouble) => return Submitted::NotSent { why: trouble.why },
        };
        let said = match ask(request).await {
            Ok(said) => said,
            Err(trouble) => return trouble.of_submission(),
        };
        let answer = said.root();
        if !said.status.is_success() {
            return said.trouble.into();
        }
        match (word(&answer, "statut"), id(&answer, "end2endId")) {
            (Some("INITIE" | "ENVOYE"), Some(object)) => Submitted::Accepted { object },
            (Some("IRREVOCABLE"), Some(object)) => Submitted::Made { object },
            // What was sent first under this id may have been paid.
            (Some("REJETE"), _) if word(&answer, "statutRaison") == Some(DUPLICATE) => {
                Trouble::of("duplicate").into()
            }
            (Some("REJETE"), _) => {
                Submitted::Refused { code: reason(answer.find("statutRaison"), "rejected") }
            }
            _ => not_understood().into(),
        }
    }

    async fn found(&self, withdrawal: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        let key = withdrawal.to_string();
        let said = ask(self.named(self.api.get(&["paiements", &key])).await?).await?;
        match said.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(PayoutStatus::NotFound),
            _ => return Err(said.trouble),
        }
        let payment = said.root();
        if word(&payment, "txId") != Some(&key) {
            return Err(not_understood());
        }
        let object = id(&payment, "end2endId").ok_or_else(not_understood)?;
        Ok(match word(&payment, "statut").ok_or_else(not_understood)? {
            "IRREVOCABLE" => PayoutStatus::Paid { object },
            "REJETE" => {
                let code = reason(payment.find("statutRaison"), "rejected");
                PayoutStatus::Failed { object, code }
            }
            "ANNULE" => PayoutStatus::Failed { object, code: "canceled".to_owned() },
            _ => PayoutStatus::Pending,
        })
    }
}
