//! A client of the public doors, as a marketplace's own back end would have one.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use cauri_sagas::gateway::http::plain_client;
use serde_json::{Value, json};

use crate::remote;

/// Who asks: the name of the token's variable.
#[derive(Debug, Clone, Copy)]
pub enum As {
    /// The marketplace's back end, on behalf of its users.
    Service,
    /// The finance team.
    Finance,
    /// Who sets the ledger up.
    Superadmin,
}

impl As {
    const fn variable(self) -> &'static str {
        match self {
            Self::Service => "TOKEN_SERVICE",
            Self::Finance => "TOKEN_FINANCE",
            Self::Superadmin => "TOKEN_SUPERADMIN",
        }
    }
}

/// The server's doors and what opens them.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    env: BTreeMap<String, String>,
}

impl Client {
    /// A client that knows these variables.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn try_new(env: BTreeMap<String, String>) -> anyhow::Result<Self> {
        let http = plain_client().timeout(Duration::from_secs(30)).build()?;
        Ok(Self { http, env })
    }

    /// A variable of the server's `dev.env`.
    ///
    /// # Errors
    /// When the server did not publish it.
    pub fn variable(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.env.get(name);
        value.map(String::as_str).with_context(|| format!("the server did not publish {name}"))
    }

    /// Runs an operation; `errors` in the answer are a failure.
    ///
    /// # Errors
    /// When the server cannot be reached or answers with errors.
    pub async fn graphql(&self, who: As, query: &str, variables: Value) -> anyhow::Result<Value> {
        self.graphql_with(self.variable(who.variable())?, query, variables).await
    }

    /// Runs an operation with this token; `errors` in the answer are a failure.
    ///
    /// # Errors
    /// When the server cannot be reached or answers with errors.
    pub async fn graphql_with(
        &self,
        token: &str,
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Value> {
        let url = format!("{}/graphql", self.variable("CAURI_URL")?);
        remote::ask(&self.http, &url, token, query, variables).await
    }

    /// Runs a mutation of one field and returns that field's result, whatever member it is.
    ///
    /// # Errors
    /// As [`Client::graphql`].
    pub async fn mutate(&self, who: As, query: &str, input: Value) -> anyhow::Result<Value> {
        let data = self.graphql(who, query, json!({ "input": input })).await?;
        let result = data.as_object().and_then(|fields| fields.values().next());
        result.cloned().context("the mutation answered nothing")
    }

    /// Runs a mutation that must not be refused.
    ///
    /// # Errors
    /// As [`Client::mutate`], or with the refusal.
    pub async fn done(&self, who: As, query: &str, input: Value) -> anyhow::Result<Value> {
        let result = self.mutate(who, query, input).await?;
        ensure!(
            result["__typename"] != "Refused",
            "refused: {} {}",
            result["code"].as_str().unwrap_or("?"),
            result["message"].as_str().unwrap_or("?")
        );
        Ok(result)
    }

    /// Posts a raw body with headers; returns the status and the body.
    ///
    /// # Errors
    /// When the address cannot be reached.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> anyhow::Result<(u16, String)> {
        let mut request = self.http.post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.body(body).send().await;
        let answer = answer.with_context(|| format!("{url} could not be reached"))?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Reads JSON that needs no token.
    ///
    /// # Errors
    /// When the address cannot be reached or answers with no JSON.
    pub async fn get(&self, url: &str) -> anyhow::Result<Value> {
        let answer = self.http.get(url).send().await;
        let answer = answer.with_context(|| format!("{url} could not be reached"))?;
        answer.json().await.with_context(|| format!("{url} answered with no JSON"))
    }
}
