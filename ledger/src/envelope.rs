//! What surrounds an event: who, when, why, under which command.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use cauri_domain::{Actor, CommandId, CorrelationId, Event, KeyId, Labels, LedgerId, Revision};

use crate::chain::Hash;

/// Why an event happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The command it came from.
    pub command: CommandId,
    /// SHA-256 of that command's content.
    pub digest: Hash,
    /// The story it belongs to: the command itself where it began one.
    pub correlation: CorrelationId,
    /// The event that led to the command, where there was one.
    pub causation: Option<Revision>,
    /// Who asked.
    pub actor: Actor,
    /// Which key proved the message that asked, where one did: a provider's webhook.
    pub key: Option<KeyId>,
    /// What the command said of itself for reports.
    pub labels: Labels,
}

/// The events of one command: they stand or fall together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The first revision.
    pub first: Revision,
    /// How many events.
    pub count: u32,
}

impl Unit {
    /// The last revision.
    #[must_use]
    pub const fn last(self) -> Revision {
        Revision(self.first.0 + self.count as u64 - 1)
    }
}

/// An event as the ledger recorded it: decoded from stored bytes, never made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Which ledger.
    pub ledger: LedgerId,
    /// Its place there.
    pub revision: Revision,
    /// The unit it is part of.
    pub unit: Unit,
    /// When the ledger recorded it: never earlier than the event before.
    pub recorded_at: DateTime<Utc>,
    /// Why.
    pub cause: Cause,
    /// What happened.
    pub event: Event,
    /// Its link in the hash chain.
    pub hash: Hash,
}
