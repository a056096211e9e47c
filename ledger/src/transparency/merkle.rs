//! The Merkle tree of RFC 6962 and RFC 9162, section 2.1: hashes, proofs, and checking them.
//!
//! A tree of n leaves is split at the largest power of two below n, again and again. So every
//! subtree but those at the right edge is full, and a full subtree never changes: that is what is
//! kept ([`Nodes`]), and everything else is worked out of O(log n) of them.

use sha2::{Digest as _, Sha256};

use crate::chain::Hash;

/// The hash of a leaf whose data are `body`.
#[must_use]
pub fn leaf(body: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(body).finalize().into())
}

/// The hash of a node over two others.
#[must_use]
pub fn node(left: Hash, right: Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// The root of a tree without leaves.
#[must_use]
pub fn empty() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The full subtrees of a tree.
pub trait Nodes {
    /// Why one cannot be had.
    type Error;

    /// The root of the full subtree of the `1 << level` leaves from `index << level` on.
    ///
    /// # Errors
    /// When it cannot be read.
    fn full(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// Where a tree of `size` leaves, at least 2, is split: the largest power of two below it.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root of the leaves from `start` on, `size` of them. `start` is a place where a subtree of
/// that size begins.
fn subtree<N: Nodes>(nodes: &N, start: u64, size: u64) -> Result<Hash, N::Error> {
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return nodes.full(level, start >> level);
    }
    let left = split(size);
    Ok(node(
        nodes.full(left.trailing_zeros(), start / left)?,
        subtree(nodes, start + left, size - left)?,
    ))
}

/// The root of the first `size` leaves.
///
/// # Errors
/// When a node cannot be read.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 { Ok(empty()) } else { subtree(nodes, 0, size) }
}

/// The proof that the leaf at `index` is in the tree of the first `size` leaves; the sibling next
/// to the leaf first. `index` is below `size`.
///
/// # Errors
/// When a node cannot be read.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut path = Vec::new();
    let (mut start, mut size) = (0, size);
    while size > 1 {
        let left = split(size);
        if index < start + left {
            path.push(subtree(nodes, start + left, size - left)?);
            size = left;
        } else {
            path.push(subtree(nodes, start, left)?);
            start += left;
            size -= left;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `from` leaves are the same in the tree of the first `to`.
/// `from` is at least 1 and at most `to`.
///
/// # Errors
/// When a node cannot be read.
pub fn consistency<N: Nodes>(nodes: &N, from: u64, to: u64) -> Result<Vec<Hash>, N::Error> {
    let mut path = Vec::new();
    let (mut start, mut size, mut old) = (0, to, from);
    // Whether the old tree's root itself is the subtree looked at: then the reader has it already.
    let mut whole = true;
    while old != size {
        let left = split(size);
        if old <= left {
            path.push(subtree(nodes, start + left, size - left)?);
            size = left;
        } else {
            path.push(subtree(nodes, start, left)?);
            start += left;
            size -= left;
            old -= left;
            whole = false;
        }
    }
    if !whole {
        path.push(subtree(nodes, start, size)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows that `leaf` is at `index` in the tree of `size` leaves with this root.
#[must_use]
pub fn includes(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut hash = leaf;
    let is_whole = climb(index, size - 1, proof, |sibling, side| {
        hash = match side {
            Side::Left => node(sibling, hash),
            Side::Right => node(hash, sibling),
        };
    });
    is_whole && hash == root
}

/// Whether `proof` shows that the tree of `from` leaves with root `old` is the beginning of that
/// of `to` leaves with root `new`. An empty tree is the beginning of every tree.
#[must_use]
pub fn extends(from: u64, old: Hash, to: u64, new: Hash, proof: &[Hash]) -> bool {
    if from == 0 || from >= to {
        let same = from == to && old == new;
        return proof.is_empty() && (same || (from == 0 && old == empty()));
    }
    let (mut place, mut last) = (from - 1, to - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (first, rest) = match proof.split_first() {
        _ if from.is_power_of_two() => (old, proof),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let (mut old_hash, mut new_hash) = (first, first);
    let is_whole = climb(place, last, rest, |sibling, side| match side {
        Side::Left => {
            old_hash = node(sibling, old_hash);
            new_hash = node(sibling, new_hash);
        }
        Side::Right => new_hash = node(new_hash, sibling),
    });
    is_whole && old_hash == old && new_hash == new
}

/// On which side of the way up a sibling is.
enum Side {
    Left,
    Right,
}

/// Goes from a place up to the root of the tree whose last place is `last`, past one sibling after the
/// other; says whether they are just enough.
fn climb(
    mut place: u64,
    mut last: u64,
    siblings: &[Hash],
    mut pass: impl FnMut(Hash, Side),
) -> bool {
    for sibling in siblings {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            pass(*sibling, Side::Left);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            pass(*sibling, Side::Right);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0
}
