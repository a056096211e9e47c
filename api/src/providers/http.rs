//! Asking a provider: bounded in time and in size, over no redirect.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::{Client, RequestBuilder, StatusCode, Url};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a whole exchange may take: providers wait for our answer meanwhile.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// A client for a provider's API.
pub(super) fn client() -> anyhow::Result<Client> {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("the HTTP client cannot start")
}

/// An API's address: TLS, or this very machine.
pub(super) fn address(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).context("its address is no URL")?;
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && is_here),
        "its address must be an https:// one"
    );
    Ok(url)
}

/// An address under another.
pub(super) fn at(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// Sends a request; a word says what happened where there is no answer.
pub(super) async fn ask(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), &'static str> {
    cauri_sagas::gateway::http::ask(request, LONGEST_ANSWER).await
}
