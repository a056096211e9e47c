//! What an auditor, or the holder of a receipt, is given.

use async_graphql::{OneofObject, SimpleObject};
use uuid::Uuid;

use crate::graphql::scalars::RevisionNumber;

/// A signed statement of how many events the ledger has and what their root is. Keep its `note` where
/// this server cannot reach it.
#[derive(Debug, SimpleObject)]
pub struct AuditCheckpoint {
    /// Which log.
    pub origin: String,
    /// How many events it covers: the revisions below it.
    pub size: RevisionNumber,
    /// The root of their tree, in base64.
    pub root: String,
    /// The signed text, byte for byte.
    pub note: String,
    /// The public key, to compare with the one that was got elsewhere.
    pub public_key: String,
}

/// The proof that an event is in the tree of the first `size` events.
#[derive(Debug, SimpleObject)]
pub struct InclusionProof {
    /// The event.
    pub revision: RevisionNumber,
    /// Of how many events the tree is.
    pub size: RevisionNumber,
    /// The hashes on the way to the root, the one next to the leaf first, in base64.
    pub hashes: Vec<String>,
}

/// The proof that the first `from` events are the beginning of the first `to`.
#[derive(Debug, SimpleObject)]
pub struct ConsistencyProof {
    /// The size of the older checkpoint.
    pub from: RevisionNumber,
    /// The size of the newer one.
    pub to: RevisionNumber,
    /// The hashes, in base64.
    pub hashes: Vec<String>,
    /// All of it as the file that `cauri-verify` takes.
    pub file: String,
}

/// What a receipt is of.
#[derive(Debug, OneofObject)]
pub enum ReceiptOf {
    /// A payout, by its withdrawal's id.
    Payout(Uuid),
    /// A pay-in.
    Payin(Uuid),
    /// An escrow: paid, released, given back.
    Escrow(Uuid),
    /// A refund.
    Refund(Uuid),
    /// An event, by its revision. For finance, admins and auditors.
    Revision(RevisionNumber),
}
