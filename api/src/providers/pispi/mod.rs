//! PI-SPI's API Business: requests to pay sent and read, payments read and
//! given back.
//!
//! Source: OpenAPI 1.0.0 of the API Business, as held by lomiafrica/pi-spi-sdk. Our own id is the
//! `txId`; a second request under it is rejected with `DU03`, and read instead. All amounts are francs.
//!
//! It is asked with an access token over OAuth 2 (client credentials), and with the participant's own
//! certificate (mutual TLS) in production.

mod payins;
mod read;
mod refunds;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::{Problem, ProviderAccount, Unconfirmed, http};
use crate::webhooks::json::Json;

pub(crate) use refunds::PispiRefunds;

/// Tokens are renewed so long before they end.
const SPARE: Duration = Duration::from_secs(60);

/// An account at a participant of PI-SPI.
#[derive(Debug)]
pub(crate) struct Pispi {
    client: Client,
    base: Url,
    access: Access,
    /// The alias of the account that is paid.
    alias: Option<String>,
}

/// How access tokens come.
#[derive(Debug)]
enum Access {
    /// One that is given, and lasts.
    Given(SecretString),
    /// From a token address, as long as each lasts.
    Asked {
        address: Url,
        id: String,
        secret: SecretString,
        token: Mutex<Option<(SecretString, Instant)>>,
    },
}

impl Pispi {
    pub(crate) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        let base = account.required("url")?;
        let base =
            http::address(base).map_err(|error| account.invalid("url", error.to_string()))?;
        let access = match (account.secret("api_key"), account.setting("client_id")) {
            (_, Some(id)) => {
                let address = account.required("token_url")?;
                let address = http::address(address)
                    .map_err(|error| account.invalid("token_url", error.to_string()))?;
                let secret = account.required_secret("client_secret")?.clone();
                Access::Asked { address, id: id.to_owned(), secret, token: Mutex::new(None) }
            }
            (Some(key), None) => Access::Given(key.clone()),
            (None, None) => return Err(account.error("client_id", Problem::Missing).into()),
        };
        let client = match account.secret("client_identity") {
            Some(pem) => http::client_as(&base, pem).context("client_identity")?,
            None => http::client(&base)?,
        };
        let alias = account.setting("alias").map(str::to_owned);
        Ok(Self { client, base, access, alias })
    }

    async fn get(&self, path: &[&str]) -> Result<RequestBuilder, Unconfirmed> {
        let token = self.token().await?;
        Ok(self.client.get(http::at(&self.base, path)).bearer_auth(token.expose_secret()))
    }

    async fn find(
        &self,
        path: &[&str],
        by: &[(&str, &str)],
    ) -> Result<RequestBuilder, Unconfirmed> {
        let token = self.token().await?;
        let address = http::by_pairs(http::at(&self.base, path), by);
        Ok(self.client.get(address).bearer_auth(token.expose_secret()))
    }

    async fn post(&self, path: &[&str]) -> Result<RequestBuilder, Unconfirmed> {
        let token = self.token().await?;
        Ok(self.client.post(http::at(&self.base, path)).bearer_auth(token.expose_secret()))
    }

    async fn put(&self, path: &[&str]) -> Result<RequestBuilder, Unconfirmed> {
        let token = self.token().await?;
        Ok(self.client.put(http::at(&self.base, path)).bearer_auth(token.expose_secret()))
    }

    async fn token(&self) -> Result<SecretString, Unconfirmed> {
        let (address, id, secret, kept) = match &self.access {
            Access::Given(token) => return Ok(token.clone()),
            Access::Asked { address, id, secret, token } => (address, id, secret, token),
        };
        let mut kept = kept.lock().await;
        if let Some((token, end)) = kept.as_ref()
            && *end > Instant::now()
        {
            return Ok(token.clone());
        }
        let request = self
            .client
            .post(address.clone())
            .basic_auth(id, Some(secret.expose_secret()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let (status, answer) = http::ask(request).await.map_err(Unconfirmed::Unknown)?;
        if !status.is_success() {
            return Err(Unconfirmed::Unknown("our credentials are not taken"));
        }
        let answer = Json::parse(&answer)?;
        let token = SecretString::from(answer.root().field("access_token")?.text()?.to_owned());
        let lasts = answer.root().field("expires_in")?.integer()?;
        let lasts = Duration::from_secs(lasts).saturating_sub(SPARE);
        *kept = Instant::now().checked_add(lasts).map(|end| (token.clone(), end));
        Ok(token)
    }
}
