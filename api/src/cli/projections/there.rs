//! The read models of a running server, which is asked.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::Place;
use super::report::{Compared, Digests, ending};
use crate::remote::Remote;

/// How often it is asked how far it is.
const LOOK: Duration = Duration::from_millis(200);

const DIGESTS: &str = "{ readModelDigests { ledger revision hash digest
    tables { table rows sha256 } } }";

const STATUS: &str = "{ readModels { generation applied failure comparison {
    status failure revision hash digest elsewhere
    tables { table rows live built difference } } } }";

pub(super) async fn digest(place: &Place, token: SecretString) -> anyhow::Result<()> {
    let server = Remote::try_new(&place.url, token)?;
    let data = server.ask(DIGESTS, json!({})).await?;
    let digests: Digests = serde_json::from_value(data["readModelDigests"].clone())?;
    check_ledger(place, &digests.ledger)?;
    digests.print();
    Ok(())
}

pub(super) async fn rebuild(
    place: &Place,
    token: SecretString,
    compare: bool,
) -> anyhow::Result<()> {
    let server = Remote::try_new(&place.url, token)?;
    let me = server.ask("{ me { ledger } }", json!({})).await?;
    let ledger = me["me"]["ledger"].as_str().context("the server did not say who asks")?.to_owned();
    check_ledger(place, &ledger)?;
    let query = "mutation($compare: Boolean!) {
        rebuildReadModels(compare: $compare) { generation } }";
    let begun = server.ask(query, json!({ "compare": compare })).await?;
    let before = begun["rebuildReadModels"]["generation"].as_i64();
    loop {
        tokio::time::sleep(LOOK).await;
        let status = server.ask(STATUS, json!({})).await?["readModels"].take();
        if !compare {
            if status["generation"].as_i64() > before {
                println!("the new read models are served");
                return Ok(());
            }
            continue;
        }
        let found = &status["comparison"];
        let is_equal = match found["status"].as_str() {
            Some("RUNNING") => continue,
            Some("EQUAL") => true,
            Some("DIFFERENT") => false,
            Some("FAILED") => bail!("{}", found["failure"].as_str().unwrap_or("it failed")),
            other => bail!("the server knows of no comparison ({other:?}): was it restarted?"),
        };
        show(found, &ledger)?;
        return ending(is_equal);
    }
}

fn show(found: &Value, ledger: &str) -> anyhow::Result<()> {
    let compared: Compared = serde_json::from_value(found.clone())?;
    compared.print(ledger);
    for elsewhere in found["elsewhere"].as_array().into_iter().flatten() {
        println!("{}", elsewhere.as_str().unwrap_or_default());
    }
    Ok(())
}

fn check_ledger(place: &Place, of_token: &str) -> anyhow::Result<()> {
    let asked = place.ledger.as_ref().is_none_or(|ledger| ledger.as_str() == of_token);
    ensure!(asked, "the token is for ledger {of_token}");
    Ok(())
}
