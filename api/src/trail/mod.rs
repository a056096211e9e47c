//! The audit trail of people: what is put on record, and how often at most.
//!
//! The stream itself is the ledger crate's (`cauri_ledger::trail`); what it is for and what is in it:
//! `docs/audit-trail.md`. Here is what becomes an entry:
//!
//! | kind | by whom | waited for |
//! | --- | --- | --- |
//! | refused | `extension`: every mutation's refusal, every `FORBIDDEN` | no |
//! | denied | `tokens`: a token that is not taken; `extension`: none where one is needed | no, and counted |
//! | approved, administered | `extension`: commands, by `permission::oversight`; resolvers, what is no command | yes |
//! | administered | the command line, beside the server: `spool` | left as a file |
//! | read | resolvers, by `reads` | yes |
//! | token used | `tokens` | no, and counted for buyers and sellers |
//!
//! What is waited for is not answered, and where it can be is not done, unless it is on record.

mod allowance;
mod extension;
mod objects;
mod reads;
pub(crate) mod scope;
mod spool;
mod tokens;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use cauri_domain::{Actor, LedgerId, Role};
use cauri_ledger::trail::{Entry, Kind, Trail, TrailError, What, Who, Word};

pub use extension::Watch;
pub(crate) use objects::id_of;
pub use reads::Read;
pub use spool::leave;

use crate::auth::Caller;
use allowance::{Allowance, Over};

/// How many refusals of one person are kept in full in a minute; more are counted.
const REFUSALS_A_MINUTE: u32 = 60;

/// How often it is looked for what was only counted.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Puts acts on record. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    trail: Trail,
    counted: Arc<Mutex<Counted>>,
}

/// By whom in which ledger.
type Person = (LedgerId, Actor);

/// What is kept in full so often at most, and then counted.
#[derive(Debug)]
struct Counted {
    refused: Allowance<Person>,
    /// By door and code: both are words of ours, so there are few.
    denied: Allowance<(Word, Word)>,
    /// Tokens of parties, of which a marketplace has thousands.
    parties: Allowance<(LedgerId, Role)>,
}

/// Tells what was counted, until it is dropped.
#[derive(Debug)]
pub struct Telling(JoinHandle<()>);

impl Drop for Telling {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Recorder {
    /// Records into `trail`, also what the command line leaves in `data_dir`.
    #[must_use]
    pub fn start(trail: Trail, data_dir: &Path) -> (Self, Telling) {
        let minute = Duration::from_secs(60);
        let counted = Counted {
            refused: Allowance::new(REFUSALS_A_MINUTE, minute),
            denied: Allowance::new(1, minute),
            parties: Allowance::new(0, minute * 60),
        };
        let recorder = Self { trail, counted: Arc::new(Mutex::new(counted)) };
        let (telling, left) = (recorder.clone(), spool::folder(data_dir));
        let telling = tokio::spawn(async move {
            loop {
                if let Err(error) = telling.take_in(&left).await {
                    tracing::error!(%error, "what was left for the audit trail waits");
                }
                tokio::time::sleep(TELL_EVERY).await;
                telling.tell(Some(Instant::now()));
            }
        });
        (recorder, Telling(telling))
    }

    /// The trail, to read.
    #[must_use]
    pub const fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Whether acts can be put on record now: asked before what cannot be taken back.
    ///
    /// # Errors
    /// When they cannot.
    pub fn ready(&self) -> Result<(), TrailError> {
        self.trail.ready()
    }

    /// Puts an act on record, and answers when it is durable.
    ///
    /// # Errors
    /// When it is not: then it must not happen, or not be answered.
    pub async fn act(&self, caller: &Caller, kind: Kind, what: What) -> Result<(), TrailError> {
        self.trail.record(entry_of(caller, kind, what)).await.map(drop)
    }

    /// Puts a refusal on record soon; counts it where somebody is refused all the time.
    pub fn refused(&self, caller: &Caller, what: What) {
        let actor = Actor { subject: caller.subject.clone(), role: caller.role };
        let person = (caller.ledger.clone(), actor);
        if self.counted().refused.take(person, Instant::now()) {
            self.trail.note(entry_of(caller, Kind::Refused, what));
        }
    }

    /// Counts a request of nobody known. Once a minute for each door and reason at most: a stranger
    /// must not fill the disk.
    pub fn denied(&self, door: Word, code: Word) {
        if self.counted().denied.take((door.clone(), code.clone()), Instant::now()) {
            self.trail.note(denied(door, code, 1));
        }
    }

    /// Tells what was counted and is due by then; all of it when no time is given.
    fn tell(&self, by: Option<Instant>) {
        let (refused, denials, parties) = {
            let mut counted = self.counted();
            (counted.refused.due(by), counted.denied.due(by), counted.parties.due(by))
        };
        for (key, count) in refused {
            let mut what = What::new(Word::known("more"));
            what.count = count;
            let (ledger, who) = match key {
                Over::Of((ledger, actor)) => (Some(ledger), Some(Who { actor, token: None })),
                Over::Others => (None, None),
            };
            self.trail.note(Entry { kind: Kind::Refused, ledger, who, what });
        }
        for (key, count) in denials {
            let (door, code) = match key {
                Over::Of(key) => key,
                Over::Others => (Word::known("more"), Word::known("UNAUTHENTICATED")),
            };
            self.trail.note(denied(door, code, count));
        }
        for (key, count) in parties {
            let mut what = What::new(Word::known("token"));
            what.count = count;
            let ledger = match key {
                Over::Of((ledger, role)) => {
                    what = what.on(Word::known("role"), Word::known(role.as_str()));
                    Some(ledger)
                }
                Over::Others => None,
            };
            self.trail.note(Entry { kind: Kind::TokenUsed, ledger, who: None, what });
        }
    }

    /// Tells what was counted, writes what waits, and ends.
    pub async fn close(&self) {
        self.tell(None);
        self.trail.close().await;
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry_of(caller: &Caller, kind: Kind, what: What) -> Entry {
    let actor = Actor { subject: caller.subject.clone(), role: caller.role };
    let who = Some(Who { actor, token: caller.token.clone() });
    Entry { kind, ledger: Some(caller.ledger.clone()), who, what }
}

fn denied(door: Word, code: Word, count: u64) -> Entry {
    let what = What { code: Some(code), count, ..What::new(door) };
    Entry { kind: Kind::Denied, ledger: None, who: None, what }
}
