//! pawaPay's API (v2): deposits begun and read, payouts and refunds read, refunds made.
//!
//! Source: docs.pawapay.io (v2). A deposit's and a refund's id are ours: what was sent before is
//! ignored as a duplicate, and read by the same id.

mod payins;
mod read;
mod refunds;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};

use super::ProviderAccount;
use super::http::Api;
use crate::webhooks::fact::reason;
use crate::webhooks::json::Node;

pub(crate) use refunds::PawapayRefunds;

/// An account at pawaPay.
#[derive(Debug)]
pub(crate) struct Pawapay {
    api: Api,
    token: SecretString,
}

impl Pawapay {
    pub(crate) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        let token = account.required_secret("api_token")?.clone();
        Ok(Self { api: Api::of(account, "https://api.pawapay.io")?, token })
    }

    fn get(&self, path: &[&str]) -> RequestBuilder {
        self.api.get(path).bearer_auth(self.token.expose_secret())
    }

    fn post(&self, path: &[&str]) -> RequestBuilder {
        self.api.post(path).bearer_auth(self.token.expose_secret())
    }
}

/// Why pawaPay did not do it: a code of its own, in lower case.
pub(super) fn failure(of: &Node<'_>) -> String {
    let code = of.find("failureReason").and_then(|reason| reason.find("failureCode"));
    reason(code, "failed")
}
