//! A running server, asked over its public door: GraphQL with a token.

use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use cauri_sagas::gateway::http;

/// A server's door, and what opens it.
#[derive(Debug)]
pub(crate) struct Remote {
    http: reqwest::Client,
    url: Url,
    token: SecretString,
}

impl Remote {
    /// The server at this address, asked with this token.
    ///
    /// # Errors
    /// When no client can be made.
    pub(crate) fn try_new(url: &Url, token: SecretString) -> anyhow::Result<Self> {
        let http = http::client(url).timeout(Duration::from_secs(60)).build()?;
        Ok(Self { http, url: url.join("graphql")?, token })
    }

    /// The data of an operation; `errors` in the answer are a failure.
    ///
    /// # Errors
    /// When the server cannot be reached, or answers with errors.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        ask(&self.http, self.url.as_str(), self.token.expose_secret(), query, variables).await
    }
}

/// The data of an operation, asked at this address with this token.
///
/// # Errors
/// As [`Remote::ask`].
pub(crate) async fn ask(
    http: &reqwest::Client,
    url: &str,
    token: &str,
    query: &str,
    variables: Value,
) -> anyhow::Result<Value> {
    let mut answer: Value = http
        .post(url)
        .bearer_auth(token)
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await
        .with_context(|| format!("{url} could not be reached"))?
        .json()
        .await
        .context("the server's answer is no JSON")?;
    if let Some(errors) = answer.get("errors") {
        bail!("the server answered with errors: {errors}");
    }
    Ok(answer["data"].take())
}
