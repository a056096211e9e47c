//! The Merkle tree of RFC 6962 and RFC 9162, as its definition has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// From base64.
#[must_use]
pub fn from_base64(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// The hash of a leaf.
#[must_use]
pub fn leaf(body: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(body).finalize().into()
}

fn node(left: Hash, right: Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that is grown leaf by leaf, of which only its full subtrees are kept.
#[derive(Debug, Clone, Default)]
pub struct Growing {
    size: u64,
    /// The roots of the full subtrees from left to right: one for each bit of the size.
    full: Vec<Hash>,
}

impl Growing {
    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut rest = self.size;
        while rest & 1 == 1 {
            if let Some(left) = self.full.pop() {
                hash = node(left, hash);
            }
            rest >>= 1;
        }
        self.full.push(hash);
        self.size += 1;
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> Hash {
        let right_to_left = self.full.iter().rev().copied();
        right_to_left.reduce(|right, left| node(left, right)).unwrap_or_else(empty)
    }
}

/// The root of a tree without leaves.
#[must_use]
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// Where a tree of `size` leaves, at least 2, is split: the largest power of two below it.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root that an inclusion proof leads to; `None` when it is not one for such a tree.
#[must_use]
pub fn root_of_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    if size == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let (sibling, below) = proof.split_last()?;
    let left = split(size);
    if index < left {
        Some(node(root_of_inclusion(leaf, index, left, below)?, *sibling))
    } else {
        Some(node(*sibling, root_of_inclusion(leaf, index - left, size - left, below)?))
    }
}

/// The roots of the first `from` and of all `to` leaves that a consistency proof leads to, when the
/// first is `old`; `None` when it is not one for such trees.
#[must_use]
pub fn roots_of_consistency(from: u64, to: u64, old: Hash, proof: &[Hash]) -> Option<(Hash, Hash)> {
    if from == 0 || from > to {
        return None;
    }
    descend(from, to, Some(old), proof)
}

/// `old` where the subtree looked at is the whole old tree, whose root is known then.
fn descend(from: u64, to: u64, old: Option<Hash>, proof: &[Hash]) -> Option<(Hash, Hash)> {
    if from == to {
        return match (old, proof) {
            (Some(old), []) => Some((old, old)),
            (None, [only]) => Some((*only, *only)),
            _ => None,
        };
    }
    let (sibling, below) = proof.split_last()?;
    let left = split(to);
    if from <= left {
        let (before, after) = descend(from, left, old, below)?;
        Some((before, node(after, *sibling)))
    } else {
        let (before, after) = descend(from - left, to - left, None, below)?;
        Some((node(*sibling, before), node(*sibling, after)))
    }
}
