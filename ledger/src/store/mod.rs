//! The event store port: what the engine needs of the place where events are kept.
//!
//! It speaks bytes: what is hashed is what is stored is what is read. There is no "any revision",
//! no delete and no update: the unsafe append does not exist.

use std::fmt;

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::chain::Hash;

pub mod embedded;
#[cfg(feature = "esdb")]
pub mod eventstoredb;
mod limits;
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;

pub use limits::{Limits, TooLarge};

/// Where a ledger ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Head {
    /// Nothing was ever appended.
    Empty,
    /// The revision of the last event.
    At(Revision),
}

impl Head {
    /// The revision that the next event will have.
    #[must_use]
    pub const fn next(self) -> Revision {
        match self {
            Self::Empty => Revision::FIRST,
            Self::At(revision) => revision.next(),
        }
    }

    /// The head just before `revision`.
    #[must_use]
    pub const fn before(revision: Revision) -> Self {
        match revision.0 {
            0 => Self::Empty,
            n => Self::At(Revision(n - 1)),
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::At(revision) => revision.fmt(f),
        }
    }
}

/// An event as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEvent {
    /// Its place in the ledger.
    pub revision: Revision,
    /// [`crate::chain::link`] of the event before and `body`.
    pub hash: Hash,
    /// One line of compact JSON, without its newline.
    pub body: Bytes,
}

/// What went wrong in a store, for people.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StoreFault {
    /// What was being done, to what, and where it went wrong.
    pub what: String,
    /// The operating system's or the driver's own error, if there was one.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreFault {
    /// A fault found by the store itself.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), source: None }
    }

    /// A fault with a cause.
    #[must_use]
    pub fn caused(
        what: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self { what: what.into(), source: Some(Box::new(source)) }
    }
}

/// Why a batch was not appended, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another writer came first. Nothing was written: read on and decide again.
    #[error("the ledger ends at {actual}, not at {expected}")]
    Conflict {
        /// Where the caller thought the ledger ends.
        expected: Head,
        /// Where it ends.
        actual: Head,
    },
    /// The batch is more than the store takes at once. Nothing was written.
    #[error("the batch is too large for the store")]
    TooLarge(#[from] TooLarge),
    /// The store did not say whether it wrote. Read back before doing anything else.
    #[error("it is not known whether the batch was written")]
    Unknown(#[source] StoreFault),
    /// What is stored can no longer be trusted or extended. Stop.
    #[error("the store failed after revision {at}")]
    Fatal {
        /// The last revision known to be durable.
        at: Head,
        /// What happened.
        #[source]
        cause: StoreFault,
    },
}

/// Why events could not be read: a fault or damage, never the mere absence of events.
#[derive(Debug, thiserror::Error)]
#[error("ledger {ledger} could not be read at revision {at}")]
pub struct ReadError {
    /// Which ledger.
    pub ledger: LedgerId,
    /// The first revision that could not be read.
    pub at: Revision,
    /// What happened.
    #[source]
    pub cause: StoreFault,
}

/// Events in order, some at a time. A chunk is never empty.
pub type Chunks<'a> = BoxStream<'a, Result<Vec<RawEvent>, ReadError>>;

/// A place where ledgers are kept, one append-only stream of events each.
///
/// Futures are boxed because the store is chosen at run time; one append serves a whole batch and
/// one poll of a stream yields a whole chunk, so the box costs nothing that counts.
pub trait EventStore: Send + Sync + 'static {
    /// All of `batch` directly after `expected`, durable when this returns, or nothing.
    ///
    /// `batch` is not empty and its revisions follow `expected` without a gap. Asked again after it
    /// was appended, it is a conflict like any other: who does not know reads back.
    ///
    /// # Errors
    /// [`AppendError`]: refused, unknown, or the end of this store.
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>>;

    /// How much it takes at once.
    fn limits(&self) -> Limits {
        Limits::ROOMY
    }

    /// What is durable now, from `from` on, in order; then the stream ends.
    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a>;

    /// What is durable after `after`, then what comes. Ends only when the store is closed.
    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a>;

    /// Where the ledger ends: its last durable event.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>>;

    /// The ledgers that hold at least one event, in order of name.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>>;
}
