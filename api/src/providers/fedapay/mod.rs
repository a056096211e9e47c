//! FedaPay's API: transactions begun and read, payouts read.
//!
//! Sources: docs.fedapay.com (collects, currencies), the sources of fedapay-node and fedapay-php.
//!
//! Our pay-in's id is the transaction's `merchant_reference`, which FedaPay takes once: what was begun
//! before is found by it.

mod payins;
mod read;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};

use super::ProviderAccount;
use super::http::Api;

/// An account at FedaPay.
#[derive(Debug)]
pub(crate) struct Fedapay {
    api: Api,
    key: SecretString,
}

impl Fedapay {
    pub(crate) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        let key = account.required_secret("api_key")?.clone();
        Ok(Self { api: Api::of(account, "https://api.fedapay.com")?, key })
    }

    fn get(&self, path: &[&str]) -> RequestBuilder {
        self.api.get(path).bearer_auth(self.key.expose_secret())
    }

    fn post(&self, path: &[&str]) -> RequestBuilder {
        self.api.post(path).bearer_auth(self.key.expose_secret())
    }
}
