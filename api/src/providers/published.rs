//! What providers publish for their deliveries to be proved with: pawaPay's keys, PayPal's
//! certificates. It is fetched when a delivery names what is not known yet.
//!
//! Anybody may send such a delivery, so an account's provider is asked for one thing in ten
//! seconds, and only at its own address.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::http::HeaderMap;
use cauri_domain::Provider;
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::{Accounts, Kind, ProviderAccount, Unconfirmed, http};
use crate::webhooks::{Providers, Wanted};

/// How long no more is fetched for an account.
const PAUSE: Duration = Duration::from_secs(10);

/// Who fetches it.
#[derive(Debug, Clone)]
pub struct Published {
    /// None where no account's provider publishes anything: a machine may have no certificates.
    client: Option<Client>,
    pawapay: BTreeMap<Provider, (Url, Option<SecretString>)>,
    fetched: Arc<Mutex<BTreeMap<Provider, Instant>>>,
}

impl Published {
    /// For these accounts.
    ///
    /// # Errors
    /// When an address is not one to trust.
    pub fn try_new(accounts: &Accounts) -> anyhow::Result<Self> {
        let pawapay = accounts
            .of(Kind::Pawapay)
            .map(|account| {
                Ok((account.name, (keys_of(account)?, account.secret("api_token").cloned())))
            })
            .collect::<anyhow::Result<BTreeMap<_, (Url, _)>>>()
            .context("pawaPay")?;
        let paypal = accounts.of(Kind::Paypal).next().map(|_| "https://api.paypal.com");
        let asked = pawapay.values().map(|(address, _)| address.as_str()).chain(paypal);
        // One that takes TLS where any of them is asked over it.
        let asked = asked.max_by_key(|address| address.starts_with("https:"));
        let client = asked.map(|asked| http::client(&http::address(asked)?)).transpose()?;
        Ok(Self { client, pawapay, fetched: Arc::default() })
    }

    /// Fetches what a delivery's proof needs, if it needs anything that is not known.
    ///
    /// # Errors
    /// When it cannot be had now: the delivery is to be sent again.
    pub async fn prepare(
        &self,
        providers: &Providers,
        account: Provider,
        headers: &HeaderMap,
    ) -> Result<(), Unconfirmed> {
        let wanted = || providers.wanted(account.as_str(), headers);
        if wanted().is_none() {
            return Ok(());
        }
        let mut fetched = self.fetched.lock().await;
        // Another delivery may have waited for the same.
        let Some(wanted) = wanted() else { return Ok(()) };
        if fetched.get(&account).is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(Unconfirmed::Unknown("what would prove it was asked for a moment ago"));
        }
        fetched.insert(account, Instant::now());
        drop(fetched);
        let answer = self.fetch(account, &wanted).await?;
        Ok(providers.learn(account.as_str(), &wanted, &answer)?)
    }

    async fn fetch(&self, account: Provider, wanted: &Wanted) -> Result<Vec<u8>, Unconfirmed> {
        let client = self.client.as_ref().ok_or(Unconfirmed::NotConfigured)?;
        let request = match wanted {
            Wanted::PawapayKeys => {
                let (url, token) = self.pawapay.get(&account).ok_or(Unconfirmed::NotConfigured)?;
                let request = client.get(url.clone());
                match token {
                    Some(token) => request.bearer_auth(token.expose_secret()),
                    None => request,
                }
            }
            Wanted::PaypalCertificate { url } => client.get(url),
        };
        let (status, body) = http::ask(request).await.map_err(Unconfirmed::Unknown)?;
        match status {
            StatusCode::OK => Ok(body),
            _ => Err(Unconfirmed::Unknown("what would prove it is not there")),
        }
    }
}

fn keys_of(account: &ProviderAccount) -> anyhow::Result<Url> {
    let base = http::address_of(account, "https://api.pawapay.io")?;
    Ok(http::at(&base, &["v2", "public-key", "http"]))
}
