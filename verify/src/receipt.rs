//! Receipts: that some events are in a log whose checkpoint was signed, offline.

use serde::Deserialize;

use crate::event::Event;
use crate::note::{Checkpoint, Key};
use crate::tree::{from_base64, leaf, root_of_inclusion};
use crate::{Failure, refused};

const FORMAT: &str = "cauri receipt 1";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    checkpoint: String,
    events: Vec<Proved>,
}

/// An event of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proved {
    /// Its place in the log.
    pub revision: u64,
    /// Its bytes.
    pub event: String,
    proof: Vec<String>,
}

/// Checks a receipt.
///
/// # Errors
/// The first thing that is wrong, naming the revision.
pub fn check(text: &str, key: &Key) -> Result<(Checkpoint, Vec<Proved>), Failure> {
    let file: File = serde_json::from_str(text)
        .or_else(|error| refused(format!("it is no receipt: {error}")))?;
    if file.format != FORMAT {
        return refused(format!("it is of the form {:?}, not {FORMAT:?}", file.format));
    }
    let checkpoint = Checkpoint::open(&file.checkpoint, key)?;
    if file.events.is_empty() {
        return refused("it has no event");
    }
    for proved in &file.events {
        one(proved, &checkpoint)
            .or_else(|what| refused(format!("revision {}: {what}", proved.revision)))?;
    }
    Ok((checkpoint, file.events))
}

fn one(proved: &Proved, checkpoint: &Checkpoint) -> Result<(), String> {
    let proof: Option<Vec<_>> = proved.proof.iter().map(|text| from_base64(text)).collect();
    let proof = proof.ok_or("a hash of its proof is none")?;
    let body = proved.event.as_bytes();
    let root = root_of_inclusion(leaf(body), proved.revision, checkpoint.size, &proof);
    if root != Some(checkpoint.root) {
        return Err("its proof does not lead to the signed root".to_owned());
    }
    let event = Event::parse(body)?;
    if event.revision != proved.revision {
        return Err(format!("it says that it is revision {}", event.revision));
    }
    event.balances()
}
