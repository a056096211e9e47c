//! Receipts: what is given to a person so that they can prove, alone and offline, that events are
//! in the log.
//!
//! A JSON object, described in `docs/audit.md`: the exact bytes of each event, the proof that it is in
//! the tree, and the signed checkpoint of that tree. The public key is not in it: who takes the key
//! from the same hand as the receipt has proved nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use cauri_domain::{LedgerId, Revision};

use super::error::TransparencyError;
use super::merkle;
use super::signer::Signed;
use super::tree::{self, Tree};
use crate::store::{EventStore, RawEvent};

/// What the files say they are.
const FORMAT: &str = "cauri receipt 1";

/// A receipt, as its file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    format: String,
    /// The signed text.
    checkpoint: String,
    events: Vec<Proved>,
}

/// An event and its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proved {
    revision: u64,
    /// Its body, byte for byte.
    event: String,
    /// The hashes beside its way to the root, from the leaf on, in base64.
    proof: Vec<String>,
}

impl Receipt {
    /// The events of these revisions, in their order.
    ///
    /// # Errors
    /// When one is not there, or the log cannot be read.
    pub async fn events(
        store: &dyn EventStore,
        ledger: &LedgerId,
        revisions: &[Revision],
    ) -> Result<Vec<RawEvent>, TransparencyError> {
        let mut events = Vec::with_capacity(revisions.len());
        // Those of one receipt are often near each other, and a chunk may be a mebibyte.
        let mut chunk: Vec<RawEvent> = Vec::new();
        for revision in revisions {
            let is_it = |raw: &&RawEvent| raw.revision == *revision;
            if !chunk.iter().any(|raw| is_it(&raw)) {
                chunk = tree::chunk(store, ledger, *revision).await?;
            }
            let raw = chunk.iter().find(is_it).cloned();
            events.push(raw.ok_or_else(|| TransparencyError::NoProof {
                what: format!("the log has no revision {revision}"),
            })?);
        }
        Ok(events)
    }

    /// A receipt for events, under a checkpoint of this tree. It is checked before it is given.
    ///
    /// # Errors
    /// When the checkpoint does not cover them, or the tree is not that of the log.
    pub fn new(
        tree: &Tree,
        signed: &Signed,
        events: &[RawEvent],
    ) -> Result<Self, TransparencyError> {
        let (size, root) = (signed.checkpoint.size, signed.checkpoint.root);
        let mut proved = Vec::with_capacity(events.len());
        for raw in events {
            let proof = tree.inclusion(raw.revision, size)?;
            let what = || format!("revision {}", raw.revision);
            if !merkle::includes(merkle::leaf(&raw.body), raw.revision.0, size, &proof, root) {
                return Err(TransparencyError::Damaged { what: what() });
            }
            proved.push(Proved {
                revision: raw.revision.0,
                event: String::from_utf8(raw.body.to_vec())
                    .map_err(|_| TransparencyError::Damaged { what: what() })?,
                proof: proof.iter().map(|hash| STANDARD.encode(hash.0)).collect(),
            });
        }
        Ok(Self { format: FORMAT.to_owned(), checkpoint: signed.note.clone(), events: proved })
    }

    /// Its file.
    ///
    /// # Panics
    /// Never: texts and numbers are JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers are JSON") + "\n"
    }
}
