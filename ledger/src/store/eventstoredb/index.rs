//! What the server knows about ledgers beside their events: which there are, and whether their
//! streams forget.

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Inner;
use super::client::{CallError, Proposed};
use super::patience::Patience;
use super::stream::LedgerStream;
use crate::store::{Head, StoreFault};

/// The stream that names the ledgers.
fn index(inner: &Inner) -> String {
    format!("{}cauri-ledgers", inner.options.prefix)
}

/// The type of its events.
const KIND: &str = "cauri.ledger.begun.v1";

/// How many of its events are read at once.
const PAGE_EVENTS: usize = 4096;

#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    ledger: LedgerId,
}

/// All names on the list, in its order, and where the list ends.
async fn list(inner: &Inner) -> Result<(Vec<LedgerId>, Head), StoreFault> {
    let (mut names, mut next, index) = (Vec::new(), Revision::FIRST, index(inner));
    loop {
        let patience = Patience::new(&inner.options);
        let read = || inner.server.page(&index, next, PAGE_EVENTS);
        let page = patience.ask("reading the list of ledgers", read).await?;
        let Some(last) = page.last() else { return Ok((names, Head::before(next))) };
        next = last.revision.next();
        for entry in page {
            let begun: Begun = serde_json::from_slice(&entry.data).map_err(|error| {
                let what = format!("entry {} of {index} is not one of Cauri's", entry.revision);
                StoreFault::caused(what, error)
            })?;
            if !names.contains(&begun.ledger) {
                names.push(begun.ledger);
            }
        }
    }
}

/// The names on the list.
pub(super) async fn ledgers(inner: &Inner) -> Result<Vec<LedgerId>, StoreFault> {
    Ok(list(inner).await?.0)
}

/// The ledgers that have events, in order of name.
pub(super) async fn with_events(inner: &Inner) -> Result<Vec<LedgerId>, StoreFault> {
    let mut held = Vec::new();
    for ledger in ledgers(inner).await? {
        let patience = Patience::new(&inner.options);
        if inner.stream(&ledger).look(inner, patience).await? != Head::Empty {
            held.push(ledger);
        }
    }
    held.sort_unstable();
    Ok(held)
}

/// Puts a ledger on the list, if it is not there.
pub(super) async fn enter(inner: &Inner, ledger: &LedgerId) -> Result<(), StoreFault> {
    let mut patience = Patience::new(&inner.options);
    let entry = Begun { ledger: ledger.clone() };
    let data = serde_json::to_vec(&entry).expect("it is JSON and memory takes it").into();
    let entry = Proposed {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("cauri:{ledger}:begun").as_bytes()),
        kind: KIND.to_owned(),
        metadata: Bytes::new(),
        data,
    };
    let index = index(inner);
    loop {
        let (names, end) = list(inner).await?;
        if names.contains(ledger) {
            return Ok(());
        }
        match inner.server.append(&index, end, std::slice::from_ref(&entry)).await {
            Ok(_) => return Ok(()),
            // Another ledger was begun meanwhile.
            Err(CallError::WrongRevision { .. }) => {}
            Err(error) => {
                let what = "entering a ledger on the list";
                if !error.is_passing() || !patience.goes_on(what, &error).await {
                    return Err(StoreFault::caused(format!("{what} failed"), error));
                }
            }
        }
    }
}

/// What an operator can tell the server to forget.
#[derive(Debug, Deserialize)]
struct Forgetting {
    #[serde(rename = "$maxAge")]
    age: Option<serde::de::IgnoredAny>,
    #[serde(rename = "$maxCount")]
    count: Option<serde::de::IgnoredAny>,
    #[serde(rename = "$tb")]
    before: Option<serde::de::IgnoredAny>,
}

/// Makes sure that the server keeps the stream's events for ever, as far as its settings say.
///
/// # Errors
/// Naming the setting that forgets events.
pub(super) async fn forgets_nothing(
    inner: &Inner,
    stream: &LedgerStream,
) -> Result<(), StoreFault> {
    let settings = format!("$${}", stream.name);
    let patience = Patience::new(&inner.options);
    let read = || async {
        match inner.server.last(&settings).await {
            // Who may append may still not be allowed to see the settings.
            Err(CallError::Refused(_)) => Ok(None),
            other => other,
        }
    };
    let Some(found) = patience.ask("reading a stream's settings", read).await? else {
        return Ok(());
    };
    let Ok(found) = serde_json::from_slice::<Forgetting>(&found.data) else { return Ok(()) };
    let said = [("$maxAge", found.age), ("$maxCount", found.count), ("$tb", found.before)];
    match said.into_iter().find(|(_, it)| it.is_some()) {
        None => Ok(()),
        Some((setting, _)) => Err(StoreFault::new(format!(
            "the metadata of {} has {setting}: the server forgets events of a ledger",
            stream.name
        ))),
    }
}
