//! What an import asks of the server.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use anyhow::Context as _;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use cauri_domain::{Subject, WalletId};

use crate::remote::Remote;

use super::chunks::{Import, LINES};
use super::lines::{Bad, Line};

/// So many wallets are asked for at once: a server takes no more aliases than 100.
const WALLETS_AT_ONCE: usize = 50;

const BATCH: &str = "mutation($input: BatchInput!) { batch(input: $input) { __typename
    ... on Refused { code field message } ... on BatchApplied { revision replayed } } }";

/// The server's door.
#[derive(Debug)]
pub(super) struct Door {
    server: Remote,
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
        /// The code, and what it means for the line.
        why: String,
    },
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}

/// Why a wallet, as the server has it, is not the one that a line says. Whether it takes money the
/// ledger says itself, of lines that are not there yet.
fn missing(found: &Value, owner: Option<&Subject>) -> Option<&'static str> {
    if found["status"].is_null() {
        return owner.is_none().then_some("the wallet is not there, and no owner is given");
    }
    let other = owner.is_some_and(|owner| found["owner"] != owner.as_str());
    other.then_some("the wallet has another owner")
}

const REFUSALS: &str = "query($openings: [ImportOpeningStep!]!) {
    openingRefusals(openings: $openings) { index code field message } }";

/// What a refusal says of a line. The id is made of the line's reference, and so the line can say what
/// an id cannot.
fn said(refused: &Value) -> String {
    let (code, message) = (word(&refused["code"]), word(&refused["message"]));
    let field = refused["field"].as_str().unwrap_or_default();
    let why = match (code.as_str(), field.rsplit('.').next()) {
        ("EXISTS_WITH_OTHER_TERMS", Some("postings")) => {
            "its reference was brought before, with another account or amount"
        }
        ("EXISTS_WITH_OTHER_TERMS", Some("effectiveDate")) => {
            "its reference was brought before, as of another day"
        }
        ("WALLET_CLOSED", _) => "the wallet is closed",
        ("WALLET_FROZEN", _) => "the wallet is frozen, and takes nothing",
        // Which of the batch's commands it was, the line says better.
        _ => message.split_once(" of the batch: ").map_or(message.as_str(), |it| it.1),
    };
    format!("{code}: {why}")
}

impl Door {
    pub(super) fn try_new(url: &Url, token: SecretString) -> anyhow::Result<Self> {
        Ok(Self { server: Remote::try_new(url, token)? })
    }

    /// Sends a chunk.
    pub(super) async fn send(&self, batch: &Value) -> anyhow::Result<Sent> {
        let data = self.server.ask(BATCH, json!({ "input": batch })).await?;
        let result = &data["batch"];
        if result["__typename"] != "Refused" {
            return Ok(Sent::Applied { replayed: result["replayed"] == true });
        }
        let field = result["field"].as_str().unwrap_or_default();
        let place = field.strip_prefix("commands[").and_then(|it| it.split_once(']'));
        let place = place.and_then(|(place, _)| place.parse().ok());
        Ok(Sent::Refused { place, why: said(result) })
    }

    /// Lines of wallets that are not there and are not to be opened, or that are somebody else's.
    pub(super) async fn missing(&self, lines: &[Line]) -> anyhow::Result<Vec<Bad>> {
        let mut bad = Vec::new();
        let of_wallets: Vec<_> =
            lines.iter().filter_map(|line| Some((line, line.wallet.as_ref()?))).collect();
        if of_wallets.is_empty() {
            return Ok(bad);
        }
        // A wallet that was opened a moment ago is there.
        let at = self.head().await?;
        // Who owns the wallets that the file opens: its later lines need not say it again.
        let mut opened = HashMap::<WalletId, &Subject>::new();
        for some in of_wallets.chunks(WALLETS_AT_ONCE) {
            let mut query = "query($at: Revision) {".to_owned();
            for (place, (_, (id, _))) in some.iter().enumerate() {
                write!(
                    query,
                    " w{place}: wallet(id: \"{id}\", atLeastRevision: $at) {{ status owner }}"
                )?;
            }
            query.push_str(" }");
            let data = self.server.ask(&query, json!({ "at": at })).await?;
            for (place, (line, (id, owner))) in some.iter().enumerate() {
                let first = opened.get(id).copied();
                if let (None, Some(owner)) = (first, owner) {
                    opened.insert(*id, owner);
                }
                let why = match (first, owner) {
                    (Some(first), Some(owner)) if first != owner => {
                        Some("a line before gives the wallet another owner")
                    }
                    _ => missing(&data[format!("w{place}")], owner.as_ref().or(first)),
                };
                bad.extend(why.map(|why| Bad { line: line.number, why: why.to_owned() }));
            }
        }
        Ok(bad)
    }

    /// Lines whose balances the ledger would refuse now.
    pub(super) async fn refused(
        &self,
        import: &Import,
        lines: &[Line],
    ) -> anyhow::Result<Vec<Bad>> {
        let mut bad = Vec::new();
        for chunk in import.openings(lines).chunks(LINES) {
            let openings: Vec<_> = chunk.iter().map(|(_, opening)| opening).collect();
            let data = self.server.ask(REFUSALS, json!({ "openings": openings })).await?;
            let refused = data["openingRefusals"].as_array().context("no answer of refusals")?;
            for refused in refused {
                let index = refused["index"].as_u64().and_then(|it| usize::try_from(it).ok());
                let line = index.and_then(|index| chunk.get(index)).map_or(0, |it| it.0);
                bad.push(Bad { line, why: said(refused) });
            }
        }
        Ok(bad)
    }

    /// The ledger's last revision.
    async fn head(&self) -> anyhow::Result<Value> {
        let data = self.server.ask("{ ledger { head } }", json!({})).await?;
        Ok(data["ledger"]["head"].clone())
    }

    /// What `equity:opening` comes to, by currency.
    pub(super) async fn opening(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
            rows { account currency balance } } }";
        let data = self.server.ask(query, json!({ "at": self.head().await? })).await?;
        let rows = data["trialBalance"]["rows"].as_array().context("no trial balance")?;
        let rows = rows.iter().filter(|row| row["account"] == "equity:opening");
        Ok(rows.map(|row| (word(&row["currency"]), word(&row["balance"]))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallet_is_there_or_is_opened_and_is_not_anothers() {
        let ama: Subject = "ama".parse().unwrap();
        let there = json!({ "status": "CLOSED", "owner": "ama" });
        for (found, owner, is_fine) in [
            (Value::Null, None, false),
            (Value::Null, Some(&ama), true),
            (there.clone(), None, true),
            (there.clone(), Some(&ama), true),
            (there, Some(&"kofi".parse().unwrap()), false),
        ] {
            assert_eq!(missing(&found, owner).is_none(), is_fine, "{found} {owner:?}");
        }
    }
}
