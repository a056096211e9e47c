//! What is handed to an auditor beside checkpoints and receipts. Described in `docs/audit.md`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use cauri_domain::Revision;

use crate::chain::Hash;
use crate::store::RawEvent;

/// Appends the line of an event in an exported log: `{"h":"<hash>","e":<body>}`, as it is stored.
pub fn leaf_line(out: &mut Vec<u8>, raw: &RawEvent) {
    out.extend_from_slice(br#"{"h":""#);
    out.extend_from_slice(&raw.hash.to_ascii());
    out.extend_from_slice(br#"","e":"#);
    out.extend_from_slice(&raw.body);
    out.extend_from_slice(b"}\n");
}

/// A proof that an event is among the first `size`: a line with its revision and the size, then a
/// hash a line, the one next to the leaf first.
#[must_use]
pub fn inclusion(revision: Revision, size: u64, proof: &[Hash]) -> String {
    with_hashes(format!("inclusion {revision} {size}\n"), proof)
}

/// A proof that the first `from` events are the beginning of the first `to`: a line with the sizes,
/// then a hash a line.
#[must_use]
pub fn consistency(from: u64, to: u64, proof: &[Hash]) -> String {
    with_hashes(format!("consistency {from} {to}\n"), proof)
}

fn with_hashes(mut text: String, proof: &[Hash]) -> String {
    for hash in proof {
        text.push_str(&STANDARD.encode(hash.0));
        text.push('\n');
    }
    text
}
