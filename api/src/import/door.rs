//! What an import asks of the server.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use cauri_domain::Subject;
use cauri_sagas::gateway::http;

use super::lines::{Bad, Line};

/// So many wallets are asked for at once: a server takes no more aliases than 100.
const WALLETS_AT_ONCE: usize = 50;

const BATCH: &str = "mutation($input: BatchInput!) { batch(input: $input) { __typename
    ... on Refused { code field message } ... on BatchApplied { revision replayed } } }";

/// The server's door.
#[derive(Debug)]
pub(super) struct Door {
    http: reqwest::Client,
    url: Url,
    token: SecretString,
}

/// How a chunk ended.
#[derive(Debug)]
pub(super) enum Sent {
    /// It is in the ledger.
    Applied {
        /// Whether it was there before.
        replayed: bool,
    },
    /// Nothing of it is.
    Refused {
        /// Which command of the chunk is refused.
        place: Option<usize>,
        code: String,
        message: String,
    },
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}

/// Why a wallet, as the server has it, does not take a balance.
fn missing(found: &Value, owner: Option<&Subject>) -> Option<&'static str> {
    let Some(status) = found["status"].as_str() else {
        return owner.is_none().then_some("the wallet is not there, and no owner is given");
    };
    if owner.is_some_and(|owner| found["owner"] != owner.as_str()) {
        return Some("the wallet has another owner");
    }
    // One that is only forbidden to spend takes it.
    match status {
        "CLOSED" => Some("the wallet is closed"),
        _ if found["freezeLevel"] == "NEITHER" => Some("the wallet is frozen, and takes nothing"),
        _ => None,
    }
}

impl Door {
    pub(super) fn try_new(url: &Url, token: SecretString) -> anyhow::Result<Self> {
        let http = http::client(url).timeout(Duration::from_secs(60)).build()?;
        Ok(Self { http, url: url.join("graphql")?, token })
    }

    async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let answer: Value = self
            .http
            .post(self.url.clone())
            .bearer_auth(self.token.expose_secret())
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .with_context(|| format!("{} could not be reached", self.url))?
            .json()
            .await
            .context("the server's answer is no JSON")?;
        if let Some(errors) = answer.get("errors") {
            bail!("the server answered with errors: {errors}");
        }
        Ok(answer["data"].clone())
    }

    /// Sends a chunk.
    pub(super) async fn send(&self, batch: &Value) -> anyhow::Result<Sent> {
        let data = self.ask(BATCH, json!({ "input": batch })).await?;
        let result = &data["batch"];
        if result["__typename"] != "Refused" {
            return Ok(Sent::Applied { replayed: result["replayed"] == true });
        }
        let field = result["field"].as_str().unwrap_or_default();
        let place = field.strip_prefix("commands[").and_then(|it| it.split_once(']'));
        let place = place.and_then(|(place, _)| place.parse().ok());
        Ok(Sent::Refused { place, code: word(&result["code"]), message: word(&result["message"]) })
    }

    /// Lines of wallets that are not there, are not to be opened, or take no money any more.
    pub(super) async fn missing(&self, lines: &[Line]) -> anyhow::Result<Vec<Bad>> {
        let mut bad = Vec::new();
        let of_wallets: Vec<_> =
            lines.iter().filter_map(|line| Some((line, line.wallet.as_ref()?))).collect();
        for some in of_wallets.chunks(WALLETS_AT_ONCE) {
            let mut query = "{".to_owned();
            for (place, (_, (id, _))) in some.iter().enumerate() {
                write!(query, " w{place}: wallet(id: \"{id}\") {{ status freezeLevel owner }}")?;
            }
            query.push_str(" }");
            let data = self.ask(&query, json!({})).await?;
            for (place, (line, (_, owner))) in some.iter().enumerate() {
                let found = &data[format!("w{place}")];
                let why = missing(found, owner.as_ref());
                bad.extend(why.map(|why| Bad { line: line.number, why: why.to_owned() }));
            }
        }
        Ok(bad)
    }

    /// What `equity:opening` comes to, by currency.
    pub(super) async fn opening(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let data = self.ask("{ ledger { head } }", json!({})).await?;
        let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
            rows { account currency balance } } }";
        let data = self.ask(query, json!({ "at": data["ledger"]["head"] })).await?;
        let rows = data["trialBalance"]["rows"].as_array().context("no trial balance")?;
        let rows = rows.iter().filter(|row| row["account"] == "equity:opening");
        Ok(rows.map(|row| (word(&row["currency"]), word(&row["balance"]))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallet_takes_a_balance_unless_it_is_closed_frozen_or_anothers() {
        let ama: Subject = "ama".parse().unwrap();
        let wallet = |status: &str, level: Value| json!({ "status": status, "freezeLevel": level, "owner": "ama" });
        let active = wallet("ACTIVE", Value::Null);
        for (found, owner, is_fine) in [
            (Value::Null, None, false),
            (Value::Null, Some(&ama), true),
            (active.clone(), None, true),
            (active.clone(), Some(&ama), true),
            (active, Some(&"kofi".parse().unwrap()), false),
            (wallet("FROZEN", json!("NO_DEBITS")), Some(&ama), true),
            (wallet("FROZEN", json!("NEITHER")), Some(&ama), false),
            (wallet("CLOSED", Value::Null), None, false),
        ] {
            assert_eq!(missing(&found, owner).is_none(), is_fine, "{found} {owner:?}");
        }
    }
}
