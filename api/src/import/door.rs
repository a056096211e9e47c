//! What an import asks of the server.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use cauri_domain::Subject;

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
            let data = self.server.ask(&query, json!({})).await?;
            for (place, (line, (_, owner))) in some.iter().enumerate() {
                let found = &data[format!("w{place}")];
                let why = missing(found, owner.as_ref());
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

    /// What `equity:opening` comes to, by currency.
    pub(super) async fn opening(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let data = self.server.ask("{ ledger { head } }", json!({})).await?;
        let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
            rows { account currency balance } } }";
        let data = self.server.ask(query, json!({ "at": data["ledger"]["head"] })).await?;
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
