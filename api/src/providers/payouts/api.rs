//! Asking a provider's API: every answer is JSON, or it is trouble.

use std::time::Duration;

use anyhow::Context as _;
use cauri_sagas::gateway::http::{Trouble, answer, client};
use reqwest::{Client, Identity, RequestBuilder, StatusCode, Url};
use secrecy::ExposeSecret as _;

use crate::providers::ProviderAccount;
use crate::providers::http::{address, at};
use crate::webhooks::json::{Json, Node};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a whole exchange may take.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 5 } else { 20 });
/// The longest answer that is read.
const LONGEST_ANSWER: usize = 256 * 1024;

/// An API at its address.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: Client,
    base: Url,
}

impl Api {
    /// At the address that a setting names; at the usual one else.
    pub(super) fn of(
        account: &ProviderAccount,
        setting: &str,
        usual: &str,
    ) -> anyhow::Result<Self> {
        let base = account.setting(setting).unwrap_or(usual);
        let base = address(base).map_err(|error| account.invalid(setting, error.to_string()))?;
        let mut client = client(&base);
        if let Some(pem) = account.secret("client_identity") {
            let identity = Identity::from_pem(pem.expose_secret().as_bytes());
            let identity = identity.map_err(|_| {
                account.invalid("client_identity", "is no certificate and key in PEM")
            })?;
            client = client.identity(identity);
        }
        let client = client
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            // A payout goes where it was meant to go.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("the HTTP client cannot start")?;
        Ok(Self { client, base })
    }

    pub(super) fn get(&self, path: &[&str]) -> RequestBuilder {
        self.client.get(at(&self.base, path))
    }

    pub(super) fn post(&self, path: &[&str]) -> RequestBuilder {
        self.client.post(at(&self.base, path))
    }

    /// To read something that a query names.
    pub(super) fn get_where(&self, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        self.client.get(self.with_query(path, query))
    }

    /// To do something, with a query beside the body.
    pub(super) fn post_where(&self, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        self.client.post(self.with_query(path, query))
    }

    fn with_query(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = at(&self.base, path);
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    pub(super) fn put(&self, path: &[&str]) -> RequestBuilder {
        self.client.put(at(&self.base, path))
    }
}

/// What the provider itself answered, with 2xx, or with 4xx for a reason of its own.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) json: Json,
    /// What it comes to where the JSON says nothing.
    pub(super) trouble: Trouble,
}

impl Said {
    pub(super) fn root(&self) -> Node<'_> {
        self.json.root()
    }
}

/// Sends a request.
///
/// An outage, a rejected credential, a redirect, and an answer that is not JSON, such as a proxy's
/// page, are no word of the provider's about the payment.
pub(super) async fn ask(request: RequestBuilder) -> Result<Said, Trouble> {
    let answer = answer(request, LONGEST_ANSWER).await.map_err(Trouble::of)?;
    let trouble = answer.trouble();
    let status = answer.status;
    let speaks = status.is_success()
        || matches!(
            status,
            StatusCode::BAD_REQUEST
                | StatusCode::PAYMENT_REQUIRED
                | StatusCode::NOT_FOUND
                | StatusCode::CONFLICT
                | StatusCode::UNPROCESSABLE_ENTITY
        );
    match Json::parse(&answer.body) {
        Ok(json) if speaks => Ok(Said { status, json, trouble }),
        Err(_) if status.is_success() => Err(not_understood()),
        Ok(_) | Err(_) => Err(trouble),
    }
}

/// An answer that does not say what it should.
pub(super) fn not_understood() -> Trouble {
    Trouble::of("answer_not_understood")
}

/// A field that is an id: as text or as a whole number.
pub(super) fn id(of: &Node<'_>, name: &str) -> Option<String> {
    of.find(name)?.id_text().ok()
}

/// A field that is one of the provider's words.
pub(super) fn word<'a>(of: &Node<'a>, name: &str) -> Option<&'a str> {
    of.find(name)?.token().ok()
}
