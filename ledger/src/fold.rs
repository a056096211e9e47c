//! What a log comes to: the state, and which commands are bound.
//!
//! The engine's start, its reading on after a conflict, and snapshots all fold the log here, so
//! live and replay share one path.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use cauri_domain::table::Table;
use cauri_domain::{CommandId, Event, LedgerState, Revision, Subject};

use crate::chain::Hash;
use crate::envelope::{Recorded, Unit};
use crate::store::Head;

/// Under what a command is applied once: 128 bits of SHA-256 over the subject and the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandKey(u128);

impl CommandKey {
    /// The key of a command.
    #[must_use]
    pub fn new(subject: &Subject, id: CommandId) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(id.0.as_bytes());
        hasher.update(subject.as_str().as_bytes());
        Self(u128::from_be_bytes(first_bytes(hasher.finalize().into())))
    }
}

fn first_bytes<const N: usize>(digest: [u8; 32]) -> [u8; N] {
    digest[..N].try_into().expect("a digest is longer")
}

/// What a bound command led to. 40 bytes with its key: ten million commands are 0.4 GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The first revision of its unit.
    pub first: Revision,
    /// How many events it has.
    pub count: u32,
    /// The first 64 bits of its digest: enough to tell a retry from a reused id.
    digest: u64,
}

impl Bound {
    /// Binds a command with this digest to a unit.
    #[must_use]
    pub fn new(unit: Unit, digest: Hash) -> Self {
        Self { first: unit.first, count: unit.count, digest: short(digest) }
    }

    /// Whether the command had the content that this digest is of.
    #[must_use]
    pub fn is_of(&self, digest: Hash) -> bool {
        self.digest == short(digest)
    }

    /// Its events.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        Unit { first: self.first, count: self.count }
    }
}

fn short(digest: Hash) -> u64 {
    u64::from_be_bytes(first_bytes(digest.0))
}

/// What the events up to a revision come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// The domain's state.
    pub state: LedgerState,
    /// Every command that was applied.
    pub bound: Table<CommandKey, Bound>,
    /// The hash of the last event.
    pub hash: Hash,
    /// When the last event was recorded.
    pub last_at: DateTime<Utc>,
    next: Revision,
}

impl Default for Fold {
    /// Before the first event.
    fn default() -> Self {
        Self {
            state: LedgerState::default(),
            bound: Table::default(),
            hash: Hash::ZERO,
            last_at: DateTime::<Utc>::UNIX_EPOCH,
            next: Revision::FIRST,
        }
    }
}

/// A place to return to.
#[derive(Debug, Clone, Copy)]
pub struct FoldMark {
    state: cauri_domain::state::Mark,
    bound: usize,
    hash: Hash,
    last_at: DateTime<Utc>,
    next: Revision,
}

impl Fold {
    /// Where it stands.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head::before(self.next)
    }

    /// Applies a recorded event and makes it final.
    pub fn apply(&mut self, recorded: &Recorded) {
        if recorded.revision == recorded.unit.first {
            let key = CommandKey::new(&recorded.cause.actor.subject, recorded.cause.command);
            self.bind(key, Bound::new(recorded.unit, recorded.cause.digest));
        }
        self.evolve(&recorded.event, recorded.hash, recorded.recorded_at);
        self.settle(self.mark());
    }

    /// Binds a command to the unit it led to. Can be undone.
    pub fn bind(&mut self, key: CommandKey, bound: Bound) {
        self.bound.insert(key, bound);
    }

    /// Applies the next event. Can be undone.
    pub fn evolve(&mut self, event: &Event, hash: Hash, at: DateTime<Utc>) {
        self.state.evolve(event, at);
        self.hash = hash;
        self.last_at = at;
        self.next = self.next.next();
    }

    /// Where it stands now, as a place to return to.
    #[must_use]
    pub fn mark(&self) -> FoldMark {
        FoldMark {
            state: self.state.mark(),
            bound: self.bound.changes(),
            hash: self.hash,
            last_at: self.last_at,
            next: self.next,
        }
    }

    /// Takes back everything since `mark`.
    pub fn undo_to(&mut self, mark: &FoldMark) {
        self.state.undo_to(mark.state);
        self.bound.undo_to(mark.bound);
        self.hash = mark.hash;
        self.last_at = mark.last_at;
        self.next = mark.next;
    }

    /// Makes everything before `mark` final. Other marks must then be [`FoldMark::since`] it.
    pub fn settle(&mut self, mark: FoldMark) {
        self.state.forget(mark.state);
        self.bound.forget(mark.bound);
    }
}

impl FoldMark {
    /// This mark as it is after everything before `settled` was made final.
    #[must_use]
    pub fn since(self, settled: &Self) -> Self {
        Self {
            state: self.state.since(settled.state),
            bound: self.bound.saturating_sub(settled.bound),
            ..self
        }
    }

    /// The revision of the next event there.
    #[must_use]
    pub const fn next(&self) -> Revision {
        self.next
    }
}
