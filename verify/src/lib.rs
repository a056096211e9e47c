//! Checks a ledger's log, receipts and checkpoints without trusting who made them.
//!
//! It needs the public key and what it is to check, nothing else: no server, no network, and none of
//! the crates that made it. What is checked and what that shows is in `docs/audit.md`.
//!
//! | to find | look in |
//! | --- | --- |
//! | signed notes and checkpoints | [`note`] |
//! | the Merkle tree and its proofs | [`tree`] |
//! | a whole log against checkpoints | [`log`] |
//! | what one event must be | [`event`] |
//! | a receipt, and two checkpoints | [`receipt`], [`consistency`] |

pub mod consistency;
pub mod event;
pub mod log;
pub mod note;
pub mod receipt;
pub mod tree;

use std::fmt;

/// Why something is not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It was checked, and it is not as it should be.
    Refused(String),
    /// It could not be checked: a file that cannot be read, a key that is none.
    Unusable(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "REFUSED: {why}"),
            Self::Unusable(why) => write!(f, "cannot be checked: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

/// What is refused, with the reason.
pub(crate) fn refused<T>(why: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Refused(why.into()))
}
