//! Operator control: steps of process managers that cannot go on by themselves, and what a person
//! does about them.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Stuck: RecordStuck
//!     Stuck --> Retried: RetryProcess
//!     Stuck --> Skipped: SkipProcessStep
//!     Stuck --> GivenUp: GiveUpProcess
//!     Stuck --> Freed: RecordFreed
//!     Retried --> Stuck: RecordStuck
//!     Freed --> Stuck: RecordStuck
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `RecordStuck` | `process.stuck.v1` | none |
//! | `RecordFreed` | `process.freed.v1` | none |
//! | `RetryProcess` | `process.retried.v1` | none |
//! | `SkipProcessStep` | `process.skipped.v1` | none |
//! | `GiveUpProcess` | `process.given_up.v1` | what is in transit to the account named |
//!
//! A process manager tries by itself what may come right: it waits longer each time. What the ledger
//! refuses, or what a provider does not answer for long, is recorded here, so that it is seen. It is
//! *freed* when it went on by itself after all.
//!
//! A person may have it tried again, may skip the step (its end is then told by hand), or may give
//! the whole up: its money in transit goes to the account that they name, and it has ended. Giving
//! up moves money, so it always needs four eyes. Money is in transit under a withdrawal; the other
//! processes have none of their own, or a way out that their lifecycle knows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::chart::Account;
use crate::journal::JournalEntry;
use crate::text::{Code, Reference};

mod rules;
pub(crate) use rules::*;

/// One step of one instance of a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Step {
    /// The process: `withdrawal`.
    pub process: Code,
    /// The thing it is about: the withdrawal's id.
    pub instance: Uuid,
    /// What it was about to do: `submit`.
    pub step: Code,
}

/// A process manager cannot go on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordStuck {
    /// Where.
    pub at: Step,
    /// Why: the refusal's code, or the provider's.
    pub code: Reference,
    /// How often it was tried.
    pub tries: u32,
}

/// It went on by itself after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFreed {
    /// Where.
    pub at: Step,
}

/// Has it tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Where.
    pub at: Step,
}

/// Leaves the step out: it is not tried any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// Where.
    pub at: Step,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}

/// Ends the instance: what it has in transit goes to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveUp {
    /// Where.
    pub at: Step,
    /// Where its money goes.
    pub into: Account,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}

/// A process manager cannot go on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// Where.
    pub at: Step,
    /// Why.
    pub code: Reference,
    /// How often it was tried.
    pub tries: u32,
}

/// It went on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freed {
    /// Where.
    pub at: Step,
}

/// It is to be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// Where.
    pub at: Step,
}

/// The step is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Where.
    pub at: Step,
    /// Why.
    pub reason: Code,
}

/// The instance has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// Where.
    pub at: Step,
    /// Why.
    pub reason: Code,
    /// Its money, from transit to the account named.
    pub entry: JournalEntry,
}

/// A step as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Why it was stuck.
    pub code: Reference,
    /// Where it stands.
    pub status: Status,
}

/// Where a step that was stuck stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Waiting for a person, or for a change.
    Stuck,
    /// To be tried again.
    Retried,
    /// Left out.
    Skipped,
    /// Its instance has ended.
    GivenUp,
    /// It went on by itself.
    Freed,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Retried => "retried",
            Self::Skipped => "skipped",
            Self::GivenUp => "given_up",
            Self::Freed => "freed",
        }
    }
}
