//! That one checkpoint's log is the beginning of another's.
//!
//! A proof is a text: a line `consistency FROM TO` with the two sizes, then one hash in base64 a line.

use crate::note::Checkpoint;
use crate::tree::{empty, from_base64, roots_of_consistency};
use crate::{Failure, refused};

/// Checks the proof that the log of `old` is the beginning of that of `new`.
///
/// # Errors
/// When it does not show that.
pub fn check(old: &Checkpoint, new: &Checkpoint, proof: &str) -> Result<(), Failure> {
    if old.size > new.size {
        return refused(format!(
            "the old checkpoint has {} events and the new one only {}",
            old.size, new.size
        ));
    }
    let mut lines = proof.lines();
    let first = format!("consistency {} {}", old.size, new.size);
    if lines.next() != Some(&first) {
        return refused(format!("the proof does not begin with {first:?}"));
    }
    let hashes: Option<Vec<_>> = lines.map(from_base64).collect();
    let Some(hashes) = hashes else { return refused("a line of the proof is no hash") };
    let holds = if old.size == 0 {
        // Nothing is the beginning of everything.
        hashes.is_empty() && old.root == empty()
    } else {
        roots_of_consistency(old.size, new.size, old.root, &hashes) == Some((old.root, new.root))
    };
    if holds {
        return Ok(());
    }
    refused(format!(
        "the first {} events of the new log are not those of the old one: history was rewritten",
        old.size
    ))
}
