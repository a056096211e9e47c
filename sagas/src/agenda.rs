//! What is due and what is open: folded from events, and from nothing else.
//!
//! Invariant: the agenda at a revision is a function of the log up to there. It can be sealed into
//! a file to make a start quick, and thrown away at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use cauri_domain::{Event, Money, Provider, Reference, Revision, WithdrawalId};
use cauri_ledger::store::Head;
use cauri_ledger::{Hash, Recorded, sealed};

use crate::escrow::EscrowProcess;
use crate::payin::PayinProcess;
use crate::process::{Effect, Origin, ProcessManager as _, TimerId};
use crate::withdrawal::WithdrawalProcess;

/// The kind of file: count it up when the agenda's form, or what events do to it, changes.
const KIND: &str = "agenda 1";

/// What is due and what is open in one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agenda {
    next: Revision,
    hash: Hash,
    timers: BTreeMap<TimerId, Due>,
    by_time: BTreeSet<(DateTime<Utc>, TimerId)>,
    payments: BTreeMap<WithdrawalId, Payment>,
}

/// When a timer is due, and what set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When.
    pub at: DateTime<Utc>,
    /// The event that set it.
    pub origin: Origin,
}

/// A payment that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// How much.
    pub amount: Money,
    /// Where to.
    pub destination: Reference,
    /// How far it is.
    pub stage: Stage,
}

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Nobody has approved it.
    Judging,
    /// Approved: its intention is to be recorded.
    Submitting(Origin),
    /// Recorded: the provider is to pay, or may have been told to.
    Paying {
        /// Who pays.
        provider: Provider,
        /// The event that recorded the intention.
        origin: Origin,
    },
}

impl Default for Agenda {
    /// Before the first event.
    fn default() -> Self {
        Self {
            next: Revision::FIRST,
            hash: Hash::ZERO,
            timers: BTreeMap::new(),
            by_time: BTreeSet::new(),
            payments: BTreeMap::new(),
        }
    }
}

impl Agenda {
    /// Folds the next event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let origin = Origin::of(recorded);
        for effect in react(&recorded.event) {
            self.take(effect, origin);
        }
        self.next = recorded.revision.next();
        self.hash = recorded.hash;
    }

    fn take(&mut self, effect: Effect, origin: Origin) {
        match effect {
            Effect::Wake { timer, at } => self.set(timer, Due { at, origin }),
            Effect::Cancel { timer } => self.cancel(timer),
            Effect::Expect { withdrawal, amount, destination } => {
                let payment = Payment { amount, destination, stage: Stage::Judging };
                self.payments.insert(withdrawal, payment);
            }
            Effect::Submit { withdrawal } => self.stage(withdrawal, Stage::Submitting(origin)),
            Effect::Pay { withdrawal, provider } => {
                self.stage(withdrawal, Stage::Paying { provider, origin });
            }
            Effect::Forget { withdrawal } => drop(self.payments.remove(&withdrawal)),
        }
    }

    fn stage(&mut self, withdrawal: WithdrawalId, stage: Stage) {
        if let Some(payment) = self.payments.get_mut(&withdrawal) {
            payment.stage = stage;
        }
    }

    /// Sets a timer, in place of the one of the same name.
    pub fn set(&mut self, timer: TimerId, due: Due) {
        self.cancel(timer);
        self.by_time.insert((due.at, timer));
        self.timers.insert(timer, due);
    }

    /// Removes a timer.
    pub fn cancel(&mut self, timer: TimerId) {
        if let Some(due) = self.timers.remove(&timer) {
            self.by_time.remove(&(due.at, timer));
        }
    }

    /// Removes a payment that will never be submitted.
    pub fn forget(&mut self, withdrawal: WithdrawalId) {
        self.payments.remove(&withdrawal);
    }

    /// The last event it covers.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head::before(self.next)
    }

    /// The hash of that event.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// All timers, the earliest first.
    pub fn timers(&self) -> impl Iterator<Item = (TimerId, Due)> {
        self.by_time.iter().filter_map(|(_, timer)| Some((*timer, *self.timers.get(timer)?)))
    }

    /// A timer.
    #[must_use]
    pub fn timer(&self, timer: TimerId) -> Option<Due> {
        self.timers.get(&timer).copied()
    }

    /// How many timers are set.
    #[must_use]
    pub fn timer_count(&self) -> usize {
        self.timers.len()
    }

    /// All payments that have not ended.
    pub fn payments(&self) -> impl Iterator<Item = (WithdrawalId, &Payment)> {
        self.payments.iter().map(|(withdrawal, payment)| (*withdrawal, payment))
    }

    /// A payment.
    #[must_use]
    pub fn payment(&self, withdrawal: WithdrawalId) -> Option<&Payment> {
        self.payments.get(&withdrawal)
    }

    /// The agenda in a file; `None` when there is none of this form.
    #[must_use]
    pub fn load(path: &Path) -> Option<Self> {
        sealed::load(path, KIND)
    }

    /// Seals the agenda into a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        sealed::save(path, KIND, self)
    }
}

/// What all process managers make of an event.
fn react(event: &Event) -> Vec<Effect> {
    let mut effects = PayinProcess::react(event);
    effects.extend(EscrowProcess::react(event));
    effects.extend(WithdrawalProcess::react(event));
    effects
}
