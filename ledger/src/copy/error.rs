//! Why a ledger could not be copied.

use cauri_domain::{LedgerId, Revision};

use crate::codec::DecodeError;
use crate::log::LogError;
use crate::store::{AppendError, Head, ReadError};

/// Why a ledger could not be copied. Nothing that is in the target already is harmed by any of these.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source could not be read.
    #[error("the source could not be read")]
    Source(#[source] ReadError),
    /// The source's chain does not hold.
    #[error("the source is damaged")]
    Damaged(#[from] LogError),
    /// The source holds what is no event.
    #[error("the source holds what is no event of this ledger")]
    NoEvent(#[from] DecodeError),
    /// The source ends amid the events of one command.
    #[error("the source of ledger {ledger} ends amid a unit, at revision {at}")]
    HalfUnit {
        /// Which ledger.
        ledger: LedgerId,
        /// The last revision that is there.
        at: Revision,
    },
    /// The target could not be read.
    #[error("the target could not be read")]
    Target(#[source] ReadError),
    /// The target holds events that the source has not: it is of another history.
    #[error("the target holds another history of ledger {ledger}: they part at revision {at}")]
    OtherHistory {
        /// Which ledger.
        ledger: LedgerId,
        /// The first revision that differs.
        at: Revision,
    },
    /// The target holds the source's history, and goes on after where the copy is to end.
    #[error(
        "the target of ledger {ledger} goes on to {target} already, and the source to {source_head}"
    )]
    Ahead {
        /// Which ledger.
        ledger: LedgerId,
        /// Where the target ends.
        target: Head,
        /// Where the source ends.
        source_head: Head,
    },
    /// Somebody else writes to the target.
    #[error(
        "somebody else writes ledger {ledger} to the target: it ends at {actual}, not at {expected}"
    )]
    Overtaken {
        /// Which ledger.
        ledger: LedgerId,
        /// Where the copy had left it.
        expected: Head,
        /// Where it ends.
        actual: Head,
    },
    /// The target did not take a batch.
    #[error("the target could not be appended to")]
    Append(#[source] AppendError),
    /// The target gave back other bytes than it got.
    #[error("what was read back from the target is damaged")]
    ReadBack(#[source] LogError),
    /// The target is not equal to what was copied.
    #[error("the target of ledger {ledger} is not equal to the source, at revision {at} or after")]
    NotEqual {
        /// Which ledger.
        ledger: LedgerId,
        /// Where it was noticed.
        at: Head,
    },
}
