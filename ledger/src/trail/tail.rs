//! Where the trail ends, and what the next entry is chained to.

use chrono::{DateTime, Utc};
use futures::StreamExt as _;

use cauri_domain::{LedgerId, Revision};

use super::codec;
use crate::chain::Hash;
use crate::log::{self, Checker, LogError};
use crate::store::{EventStore, Head};

/// How many of the last entries are checked when the trail is opened: a trail whose end does not fit
/// together is not written on. `cauri verify` checks all.
const CHECKED: u64 = 1_000;

/// The end of the trail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub(super) head: Head,
    pub(super) hash: Hash,
    /// When the last entry was recorded: the next one is not earlier.
    pub(super) at: DateTime<Utc>,
}

impl Tail {
    /// Reads the end of the trail.
    pub(super) async fn read(store: &dyn EventStore) -> Result<Self, LogError> {
        let trail = LedgerId::trail();
        let mut tail = Self { head: Head::Empty, hash: Hash::ZERO, at: DateTime::UNIX_EPOCH };
        let Head::At(last) = store.head(&trail).await? else { return Ok(tail) };
        let from = Revision(last.0.saturating_sub(CHECKED - 1));
        let mut checker = Checker::new(trail.clone(), Head::before(from), None);
        let mut chunks = store.read(&trail, from);
        while let Some(chunk) = chunks.next().await {
            for raw in &chunk? {
                checker.check(raw)?;
                let kept = codec::decode(raw)?;
                tail = Self { head: Head::At(raw.revision), hash: raw.hash, at: kept.recorded_at };
            }
        }
        Ok(tail)
    }
}

/// Whether the entry that `tail` ends with is there: an append whose outcome was not known.
pub(super) async fn holds(store: &dyn EventStore, tail: &Tail) -> Result<bool, LogError> {
    let Head::At(last) = tail.head else { return Ok(true) };
    let there = log::event_at(store, &LedgerId::trail(), last).await?;
    Ok(there.is_some_and(|raw| raw.hash == tail.hash))
}
