//! Asking a provider: bounded in time and in size, over no redirect.

use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use reqwest::{Client, ClientBuilder, Identity, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::{AccountError, ProviderAccount, Unconfirmed};
use crate::webhooks::json::Json;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a whole exchange may take: providers wait for our answer meanwhile.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// A client for a provider's API.
pub(super) fn client(address: &Url) -> anyhow::Result<Client> {
    bounded(cauri_sagas::gateway::http::client(address))
}

/// The same with a certificate of our own and its key, in PEM.
pub(super) fn client_as(address: &Url, identity: &SecretString) -> anyhow::Result<Client> {
    let identity = Identity::from_pem(identity.expose_secret().as_bytes());
    let identity = identity.map_err(|_| anyhow!("is no certificate with its key in PEM"))?;
    bounded(cauri_sagas::gateway::http::client(address).identity(identity))
}

fn bounded(builder: ClientBuilder) -> anyhow::Result<Client> {
    builder
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("the HTTP client cannot start")
}

/// An API's address: TLS, or this very machine.
pub(super) fn address(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).context("is no URL")?;
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && is_here),
        "must be an https:// address"
    );
    Ok(url)
}

/// Where an account's `url` says that its API is; the usual place else.
pub(super) fn address_of(account: &ProviderAccount, usual: &str) -> Result<Url, AccountError> {
    address(account.setting("url").unwrap_or(usual))
        .map_err(|error| account.invalid("url", error.to_string()))
}

/// An address under another.
pub(super) fn at(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// An address with what is looked for.
pub(super) fn by_pairs(mut address: Url, by: &[(&str, &str)]) -> Url {
    address.query_pairs_mut().extend_pairs(by);
    address
}

/// Sends a request; a word says what happened where there is no answer.
pub(super) async fn ask(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), &'static str> {
    cauri_sagas::gateway::http::ask(request, LONGEST_ANSWER).await
}

/// An API at its address.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: Client,
    base: Url,
}

impl Api {
    /// The one that an account names as its `url`; the usual one else.
    pub(super) fn of(account: &ProviderAccount, usual: &str) -> anyhow::Result<Self> {
        Self::at(address_of(account, usual)?)
    }

    /// The one at this address.
    pub(super) fn at(base: Url) -> anyhow::Result<Self> {
        Ok(Self { client: client(&base)?, base })
    }

    /// A request to read something.
    pub(super) fn get(&self, path: &[&str]) -> RequestBuilder {
        self.client.get(at(&self.base, path))
    }

    /// A request to find something.
    pub(super) fn find(&self, path: &[&str], by: &[(&str, &str)]) -> RequestBuilder {
        self.client.get(by_pairs(at(&self.base, path), by))
    }

    /// A request to do something.
    pub(super) fn post(&self, path: &[&str]) -> RequestBuilder {
        self.client.post(at(&self.base, path))
    }
}

/// Sends a request whose answer is JSON, whatever its status; an answer that is none says nothing.
pub(super) async fn ask_json(request: RequestBuilder) -> Result<(StatusCode, Json), &'static str> {
    let (status, body) = ask(request).await?;
    match Json::parse(&body) {
        Ok(json) => Ok((status, json)),
        // Such as a proxy's page.
        Err(_) if !status.is_success() => Err(of_status(status)),
        Err(_) => Err("answer_not_understood"),
    }
}

/// Reads a thing: an answer with 404 denies that there is one.
pub(super) async fn read(request: RequestBuilder) -> Result<Json, Unconfirmed> {
    let (status, body) = ask(request).await.map_err(Unconfirmed::Unknown)?;
    match status {
        StatusCode::OK => Ok(Json::parse(&body)?),
        // A wrong address answers 404 too, but hardly in JSON.
        StatusCode::NOT_FOUND if Json::parse(&body).is_ok() => Err(Unconfirmed::Denied),
        other => Err(Unconfirmed::Unknown(of_status(other))),
    }
}

/// A short code for a status that says nothing of what was asked.
pub(super) fn of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "status_401",
        403 => "status_403",
        404 => "status_404",
        409 => "status_409",
        429 => "status_429",
        500 => "status_500",
        502 => "status_502",
        503 => "status_503",
        504 => "status_504",
        _ if status.is_client_error() => "status_4xx",
        _ if status.is_server_error() => "status_5xx",
        _ => "status_unexpected",
    }
}
