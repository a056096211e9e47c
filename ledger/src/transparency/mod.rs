//! The transparency log: a Merkle tree over a ledger's events, and signed statements of its root.
//!
//! What it is for: somebody who does not trust this server keeps one short signed text, a
//! checkpoint. From then on nothing it covers can be changed, left out or reordered without that
//! being shown, and a single event can be proved to be in the log by a few hashes.
//!
//! What is hashed, exactly: leaf N is the **body** of the event of revision N, the bytes of its one
//! JSON line as they are stored, without the newline. Its hash in the chain is not part of it: that
//! follows from the bodies. So the tree is the same whatever store keeps the events.
//!
//! ```text
//! leaf    SHA-256(0x00 || body)                    RFC 6962, RFC 9162
//! node    SHA-256(0x01 || left || right)
//! ```
//!
//! The tree is made by following the log and kept in files ([`levels`]), so that a proof costs a
//! few short reads. The files are nothing but time saved: lost or damaged, they are made again from
//! the log. The last checkpoint signed is kept too, and no other is signed that does not extend it.
//!
//! | to find | look in |
//! | --- | --- |
//! | hashes, proofs, and checking them | [`merkle`] |
//! | the tree on disk | [`levels`] |
//! | the tree of a ledger, kept up with its log | [`tree`], [`follower`] |
//! | the signed text | [`note`], [`checkpoint`] |
//! | who signs, and what is never signed | [`signer`] |
//! | what is given away | [`receipt`], [`texts`], of what: [`about`] |
//!
//! How to check all this without this software: `docs/audit.md`.

pub mod about;
pub mod checkpoint;
mod error;
pub mod follower;
pub mod levels;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod signer;
pub mod texts;
pub mod tree;

pub use about::About;
pub use checkpoint::Checkpoint;
pub use error::TransparencyError;
pub use follower::Follower;
pub use receipt::Receipt;
pub use signer::Signer;
pub use tree::Tree;
