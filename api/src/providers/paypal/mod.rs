//! PayPal's REST API: whether a delivery is its own, how things stand there, and asking for money.
//!
//! Sources: developer.paypal.com, Orders v2, Payments v2, Disputes v1, Webhooks v1.

mod confirm;
mod gateway;
mod payins;

use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::{ProviderAccount, Unconfirmed, http};
use crate::webhooks::json::Json;
use crate::webhooks::paypal::Proof;

pub use gateway::PaypalGateway;

/// Tokens are renewed so long before they end.
const SPARE: Duration = Duration::from_secs(60);

/// PayPal, with our credentials.
#[derive(Debug)]
pub(crate) struct Paypal {
    client: Client,
    base: Url,
    id: String,
    secret: SecretString,
    webhook: String,
    /// Our own account: whoever makes an order may name another to be paid.
    merchant: String,
    /// An access token and its end; one caller at a time asks for a new one.
    token: Mutex<Option<(SecretString, Instant)>>,
}

impl Paypal {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        let base = http::address_of(account, "https://api-m.paypal.com")?;
        Ok(Self {
            client: http::client(&base)?,
            base,
            id: account.required("client_id")?.to_owned(),
            secret: account.required_secret("client_secret")?.clone(),
            webhook: account.required("webhook_id")?.to_owned(),
            merchant: account.required("merchant_id")?.to_owned(),
            token: Mutex::new(None),
        })
    }

    /// Asks PayPal whether it has sent this body.
    pub(super) async fn prove(&self, proof: &Proof, body: &[u8]) -> Result<(), Unconfirmed> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut question = format!(
            "{{\"auth_algo\":{},\"cert_url\":{},\"transmission_id\":{},\"transmission_sig\":{},\
             \"transmission_time\":{},\"webhook_id\":{},\"webhook_event\":",
            quoted(&proof.auth_algo),
            quoted(&proof.cert_url),
            quoted(&proof.transmission_id),
            quoted(&proof.transmission_sig),
            quoted(&proof.transmission_time),
            quoted(&self.webhook),
        )
        .into_bytes();
        // Byte for byte: what is signed is the body as it came.
        question.extend_from_slice(body);
        question.push(b'}');
        let path = ["v1", "notifications", "verify-webhook-signature"];
        let (status, answer) = self.call(Method::POST, &path, None, Some(question)).await?;
        if status != StatusCode::OK {
            return Err(Unconfirmed::Unknown("PayPal does not say whether it sent this"));
        }
        let answer = Json::parse(&answer)?;
        match answer.root().field("verification_status")?.text()? {
            "SUCCESS" => Ok(()),
            _ => Err(Unconfirmed::Denied),
        }
    }

    /// Calls the API with a token of ours; once more with a new one where it is not taken.
    pub(in crate::providers) async fn call(
        &self,
        method: Method,
        path: &[&str],
        request_id: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, Vec<u8>), Unconfirmed> {
        for is_last in [false, true] {
            let token = self.token(is_last).await?;
            let mut request = self
                .client
                .request(method.clone(), http::at(&self.base, path))
                .bearer_auth(token.expose_secret())
                .header("content-type", "application/json");
            if let Some(id) = request_id {
                request = request.header("paypal-request-id", id);
            }
            if let Some(body) = &body {
                request = request.body(body.clone());
            }
            let (status, answer) = http::ask(request).await.map_err(Unconfirmed::Unknown)?;
            if status != StatusCode::UNAUTHORIZED || is_last {
                return Ok((status, answer));
            }
        }
        Err(Unconfirmed::Unknown("PayPal does not take our credentials"))
    }

    async fn token(&self, is_new: bool) -> Result<SecretString, Unconfirmed> {
        let mut kept = self.token.lock().await;
        if let Some((token, end)) = kept.as_ref().filter(|_| !is_new)
            && *end > Instant::now()
        {
            return Ok(token.clone());
        }
        let request = self
            .client
            .post(http::at(&self.base, &["v1", "oauth2", "token"]))
            .basic_auth(&self.id, Some(self.secret.expose_secret()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let (status, answer) = http::ask(request).await.map_err(Unconfirmed::Unknown)?;
        if status != StatusCode::OK {
            return Err(Unconfirmed::Unknown("PayPal does not take our credentials"));
        }
        let answer = Json::parse(&answer)?;
        let token = SecretString::from(answer.root().field("access_token")?.text()?.to_owned());
        let seconds = answer.root().field("expires_in")?.integer()?;
        let lasts = Duration::from_secs(seconds).saturating_sub(SPARE);
        *kept = Instant::now().checked_add(lasts).map(|end| (token.clone(), end));
        Ok(token)
    }
}
