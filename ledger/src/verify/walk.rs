//! What is checked of events one after the other.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};

use cauri_domain::table::Table;
use cauri_domain::{Currency, LedgerId, Revision, Side};

use super::Verified;
use crate::chain::Hash;
use crate::envelope::{Cause, Recorded, Unit};
use crate::fold::{Bound, CommandKey, Fold};
use crate::log::LogError;
use crate::store::Head;

/// After so many events it is said how far it is.
pub(super) const PROGRESS_EVERY: u64 = 1_000_000;

/// Debits and credits, in minor units.
type Sums = BTreeMap<Currency, (i128, i128)>;

pub(super) struct Walk<P> {
    ledger: LedgerId,
    progress: P,
    next: Revision,
    hash: Hash,
    commands: u64,
    sums: Sums,
    last: Option<Last>,
    /// With a replay: the state, and what commands were bound.
    fold: Option<Box<Fold>>,
    /// Without one, only that.
    bound: Table<CommandKey, Bound>,
}

/// The event before.
struct Last {
    unit: Unit,
    at: DateTime<Utc>,
    cause: Cause,
}

impl<P: FnMut(u64)> Walk<P> {
    pub(super) fn new(ledger: LedgerId, replay: bool, progress: P) -> Self {
        Self {
            ledger,
            progress,
            next: Revision::FIRST,
            hash: Hash::ZERO,
            commands: 0,
            sums: Sums::new(),
            last: None,
            fold: replay.then(Box::default),
            bound: Table::default(),
        }
    }

    fn broken<T>(&self, what: &'static str) -> Result<T, LogError> {
        Err(LogError::Broken { ledger: self.ledger.clone(), at: self.next, what })
    }

    /// The next event, whose hash, form and entry were checked.
    pub(super) fn event(&mut self, recorded: &Recorded) -> Result<(), LogError> {
        if recorded.revision != self.next {
            return self.broken("the revision has a gap");
        }
        self.unit(recorded)?;
        self.balance(recorded)?;
        self.replay(recorded)?;
        self.hash = recorded.hash;
        self.next = self.next.next();
        if self.next.0.is_multiple_of(PROGRESS_EVERY) {
            (self.progress)(self.next.0);
        }
        Ok(())
    }

    fn unit(&mut self, recorded: &Recorded) -> Result<(), LogError> {
        let Recorded { unit, cause, recorded_at: at, .. } = recorded;
        let begins = unit.first == recorded.revision && unit.count > 0;
        match &self.last {
            Some(last) if *at < last.at => {
                return self.broken("it is recorded before the one before it");
            }
            Some(last) if last.unit.last() < self.next => {
                if !begins {
                    return self.broken("it is in no unit that goes on there");
                }
            }
            Some(last) if last.unit != *unit => {
                return self.broken("it is not of the unit that goes on there");
            }
            Some(last) if last.cause != *cause || last.at != *at => {
                return self.broken("its command is another than that of its unit");
            }
            None if !begins => return self.broken("its unit does not begin there"),
            Some(_) | None => {}
        }
        if begins {
            let key = CommandKey::new(&cause.actor.subject, cause.command);
            let bound = self.fold.as_ref().map_or(&self.bound, |fold| &fold.bound);
            if bound.get(&key).is_some() {
                return self.broken("its command was applied before");
            }
            if self.fold.is_none() {
                self.bound.insert(key, Bound::new(*unit, cause.digest));
                self.bound.forget(self.bound.changes());
            }
            self.commands += 1;
            self.last = Some(Last { unit: *unit, at: *at, cause: cause.clone() });
        }
        Ok(())
    }

    fn balance(&mut self, recorded: &Recorded) -> Result<(), LogError> {
        let Some(entry) = recorded.event.entry() else { return Ok(()) };
        for posting in entry.postings() {
            let (debits, credits) = self.sums.entry(posting.money.currency()).or_default();
            let side = match posting.side {
                Side::Debit => debits,
                Side::Credit => credits,
            };
            *side += i128::from(posting.money.minor());
        }
        if self.sums.values().any(|(debits, credits)| debits != credits) {
            return self.broken("debits and credits differ");
        }
        Ok(())
    }

    fn replay(&mut self, recorded: &Recorded) -> Result<(), LogError> {
        let Some(fold) = &mut self.fold else { return Ok(()) };
        // Rules may rely on what other rules saw to; a log that breaks that must not end this.
        let applied = catch_unwind(AssertUnwindSafe(|| fold.apply(recorded)));
        applied.or_else(|_| self.broken("today's rules cannot apply it"))
    }

    /// After the last event.
    pub(super) fn end(self) -> Result<Verified, LogError> {
        if self.last.as_ref().is_some_and(|last| last.unit.last().next() != self.next) {
            return self.broken("the unit before it is not whole");
        }
        if let Some(fold) = &self.fold
            && fold.state.books().trial_balance().values().any(|sum| *sum != 0)
        {
            return self.broken("the trial balance is not zero");
        }
        Ok(Verified {
            events: self.next.0,
            commands: self.commands,
            head: Head::before(self.next),
            hash: self.hash,
            sums: self.sums.into_iter().map(|(currency, (debits, _))| (currency, debits)).collect(),
        })
    }
}
