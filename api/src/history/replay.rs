//! A ledger as it was at a place of its log: folded from the first event on, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use cauri_domain::{Account, Currency, Dated, LedgerId, LedgerState, Side};
use cauri_ledger::log::{self, LogError};
use cauri_ledger::store::EventStore;
use cauri_ledger::{Head, Recorded};
use chrono::NaiveDate;
use futures::TryStreamExt as _;

use super::Point;
use crate::books::walk::{Book, Calendar, Days};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The log cannot be read, or is not what it was.
    #[error(transparent)]
    Log(#[from] LogError),
    /// There is no such place.
    #[error("ledger {ledger} has no revision {asked}: it ends at {head}")]
    Beyond {
        /// Which ledger.
        ledger: LedgerId,
        /// What was asked for.
        asked: Point,
        /// Where it ends.
        head: Head,
    },
    /// Nothing was recorded by then.
    #[error("ledger {ledger} has no event at {asked} or before")]
    Before {
        /// Which ledger.
        ledger: LedgerId,
        /// What was asked for.
        asked: Point,
    },
    /// What changed is looked for backwards.
    #[error("what changed is from an earlier place to a later one")]
    Backwards,
    /// A thing of the state has no form that could be shown.
    #[error("table {table} has what cannot be shown")]
    Shown {
        /// Which table.
        table: &'static str,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
}

/// By which day entries are looked at, and the last one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The day that an entry is about.
    Effective(NaiveDate),
    /// The day that it counts for in the accounts.
    Posting(NaiveDate),
}

impl By {
    /// Whether an entry with these days counts.
    #[must_use]
    pub fn counts(self, dated: Dated) -> bool {
        match self {
            Self::Effective(day) => dated.effective <= day,
            Self::Posting(day) => dated.posting <= day,
        }
    }
}

/// The debits and credits of an account in one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// All debits.
    pub debits: i128,
    /// All credits.
    pub credits: i128,
}

impl Sum {
    /// The balance on the account's normal side.
    #[must_use]
    pub const fn balance(self, account: Account) -> i128 {
        match account.class().normal_side() {
            Side::Debit => self.debits - self.credits,
            Side::Credit => self.credits - self.debits,
        }
    }
}

/// What events come to.
#[derive(Debug, Clone, Default)]
pub struct SoFar {
    /// How many commands led to them.
    pub commands: u64,
    /// How many journal entries there are; those that count, where a day was given.
    pub entries: u64,
    /// Every account that was posted to; by entries that count, where a day was given.
    pub sums: BTreeMap<Book, Sum>,
    /// What all events come to.
    pub state: LedgerState,
}

/// A ledger at a place of its log.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Which ledger.
    pub ledger: LedgerId,
    /// The last event that it covers.
    pub last: Recorded,
    /// What all events up to it come to.
    pub so_far: SoFar,
}

/// Reads a ledger's log up to `to`: all that is durable, when not given. `each` hears of every event that
/// it covers, with the days of its entry. The hash chain is checked on the way.
///
/// # Errors
/// [`ReplayError`].
pub async fn replay(
    store: Arc<dyn EventStore>,
    ledger: &LedgerId,
    to: Option<Point>,
    by: Option<By>,
    mut each: impl FnMut(&Recorded, Days),
) -> Result<Replayed, ReplayError> {
    let head = store.head(ledger).await.map_err(LogError::from)?;
    if let Some(asked @ Point::Revision(revision)) = to
        && head < Head::At(revision)
    {
        return Err(ReplayError::Beyond { ledger: ledger.clone(), asked, head });
    }
    let (mut so_far, mut calendar, mut last) = (SoFar::default(), Calendar::default(), None);
    let mut chunks = log::read(store, ledger.clone(), Head::Empty);
    'log: while let Some(chunk) = chunks.try_next().await? {
        for recorded in chunk {
            if to.is_some_and(|to| to.is_before(&recorded)) {
                break 'log;
            }
            let days = calendar.next(&recorded);
            so_far.apply(&recorded, by.is_none_or(|by| by.counts(days.dated)));
            each(&recorded, days);
            last = Some(recorded);
        }
    }
    let before = || ReplayError::Before {
        ledger: ledger.clone(),
        asked: to.unwrap_or(Point::Revision(cauri_domain::Revision::FIRST)),
    };
    let last = last.ok_or_else(before)?;
    Ok(Replayed { ledger: ledger.clone(), last, so_far })
}

impl SoFar {
    /// The debits and credits of each currency, which are equal.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<Currency, Sum> {
        let mut totals = BTreeMap::<Currency, Sum>::new();
        for ((_, currency), sum) in &self.sums {
            let total = totals.entry(*currency).or_default();
            total.debits += sum.debits;
            total.credits += sum.credits;
        }
        totals
    }

    fn apply(&mut self, recorded: &Recorded, counts: bool) {
        self.commands += u64::from(recorded.revision == recorded.unit.first);
        if let Some(entry) = recorded.event.entry().filter(|_| counts) {
            self.entries += 1;
            for posting in entry.postings() {
                let book = (posting.account, posting.money.currency());
                let sum = self.sums.entry(book).or_default();
                let side = match posting.side {
                    Side::Debit => &mut sum.debits,
                    Side::Credit => &mut sum.credits,
                };
                *side += i128::from(posting.money.minor());
            }
        }
        self.state.evolve(&recorded.event, recorded.recorded_at);
        // Nothing is ever taken back here.
        self.state.forget(self.state.mark());
    }
}
