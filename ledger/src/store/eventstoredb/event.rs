//! How an event of a ledger looks as an event of EventStoreDB.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use cauri_domain::{LedgerId, Revision, event_uuid};

use super::client::{Proposed, Stored};
use crate::chain::Hash;
use crate::store::{RawEvent, StoreFault};

/// The type of an event whose body names none.
const NAMELESS: &str = "event";

/// The longest type that is copied from a body, in bytes.
const KIND_BYTES: usize = 64;

/// The most that the server counts for an event beside its body: two bytes for each character of
/// the type, and the metadata with a ledger's and a revision's longest names. A test adds it up.
pub(super) const EVENT_BYTES: usize = 380;

/// The id of an event: the same whenever the same event is appended at the same place.
pub(super) fn id(ledger: &LedgerId, revision: Revision, hash: Hash) -> Uuid {
    Uuid::new_v5(&event_uuid(ledger, revision), &hash.to_ascii())
}

/// What is copied from a body for tools that look at the server and know nothing of Cauri.
#[derive(Debug, Default, Deserialize)]
struct Copied<'a> {
    #[serde(borrow)]
    t: Option<Cow<'a, str>>,
    c: Option<Uuid>,
    cor: Option<Uuid>,
    cau: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    hash: Hash,
    #[serde(rename = "$correlationId", skip_serializing_if = "Option::is_none", default)]
    correlation: Option<Uuid>,
    /// As the server's own links name an event: `revision@stream`.
    #[serde(rename = "$causationId", skip_serializing_if = "Option::is_none", default)]
    causation: Option<String>,
}

/// For the server's stream of that name.
pub(super) fn proposed(stream: &str, ledger: &LedgerId, event: &RawEvent) -> Proposed {
    let copied = serde_json::from_slice::<Copied<'_>>(&event.body).unwrap_or_default();
    let metadata = Metadata {
        hash: event.hash,
        correlation: copied.cor.or(copied.c),
        causation: copied.cau.map(|revision| format!("{revision}@{stream}")),
    };
    let kind = copied.t.filter(|kind| !kind.is_empty() && kind.len() <= KIND_BYTES);
    Proposed {
        id: id(ledger, event.revision, event.hash),
        kind: kind.map_or_else(|| NAMELESS.to_owned(), Cow::into_owned),
        metadata: serde_json::to_vec(&metadata).expect("it is JSON and memory takes it").into(),
        data: event.body.clone(),
    }
}

/// From the server.
///
/// # Errors
/// When it was not written by a Cauri.
pub(super) fn raw(stored: Stored) -> Result<RawEvent, StoreFault> {
    let Stored { revision, metadata, data, .. } = stored;
    let metadata: Metadata = serde_json::from_slice(&metadata).map_err(|error| {
        StoreFault::caused(format!("the metadata of revision {revision} lacks its hash"), error)
    })?;
    // What was read in one message stays in memory as long as a part of it.
    Ok(RawEvent { revision, hash: metadata.hash, body: Bytes::copy_from_slice(&data) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn event(revision: u64, body: String) -> RawEvent {
        RawEvent { revision: Revision(revision), hash: Hash([255; 32]), body: body.into() }
    }

    #[test]
    fn what_tools_understand_is_copied() {
        let id = "6f0f3b39-1ab8-4d77-8c1c-3f3c0e8f1a01";
        let story = "6f0f3b39-1ab8-4d77-8c1c-3f3c0e8f1a02";
        let body = |rest: &str| format!(r#"{{"l":"main","t":"hold.placed.v1","c":"{id}"{rest}}}"#);
        let ledger = LedgerId::main();
        let first = proposed("ledger-main", &ledger, &event(7, body("")));
        assert_eq!(first.kind, "hold.placed.v1");
        let hash = "f".repeat(64);
        let told = format!(r#"{{"hash":"{hash}","$correlationId":"{id}"}}"#);
        assert_eq!(first.metadata, told);
        let second = proposed(
            "ledger-main",
            &ledger,
            &event(8, body(&format!(r#","cor":"{story}","cau":7"#))),
        );
        let told = format!(
            r#"{{"hash":"{hash}","$correlationId":"{story}","$causationId":"7@ledger-main"}}"#
        );
        assert_eq!(second.metadata, told);
        assert_ne!(first.id, second.id);
    }

    #[test]
    fn a_body_that_names_nothing_is_kept_all_the_same() {
        for body in ["0", "{}", r#"{"t":7}"#, r#"{"t":""}"#, "no json"] {
            let proposed = proposed("ledger-main", &LedgerId::main(), &event(0, body.to_owned()));
            assert_eq!((proposed.kind.as_str(), &proposed.data[..]), (NAMELESS, body.as_bytes()));
        }
    }

    #[test]
    fn the_same_event_at_the_same_place_has_the_same_id_and_no_other_has() {
        let (a, b) = (LedgerId::main(), "other".parse().unwrap());
        let (zero, one) = (Revision(0), Revision(1));
        let first = id(&a, zero, Hash::ZERO);
        assert_eq!(first.to_string(), "77f28894-6e28-54fe-bd53-0818a21af9a6");
        assert_eq!(first, id(&a, zero, Hash::ZERO));
        for other in
            [id(&b, zero, Hash::ZERO), id(&a, one, Hash::ZERO), id(&a, zero, Hash([1; 32]))]
        {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn what_an_event_counts_beside_its_body_is_within_what_is_reckoned() {
        let (kind, id) = ("x".repeat(KIND_BYTES), Uuid::max());
        let body = format!(r#"{{"t":"{kind}","c":"{id}","cor":"{id}","cau":{}}}"#, u64::MAX);
        let ledger: LedgerId = "l".repeat(32).parse().unwrap();
        let stream = format!("{}ledger-{ledger}", "p".repeat(super::super::PREFIX_BYTES));
        let proposed = proposed(&stream, &ledger, &event(u64::MAX, body));
        assert_eq!(proposed.kind, kind);
        let counts = proposed.metadata.len() + 2 * proposed.kind.len();
        assert!(counts <= EVENT_BYTES, "{counts}");
    }
}
