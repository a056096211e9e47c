//! Periods: months that are closed for good, and the days that entries count for.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Open
//!     Open --> Closed: ClosePeriod, once it is over
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `ClosePeriod` | `period.closed.v1` | none |
//!
//! Every entry has three dates. *Recorded*: when the ledger took it in; nobody chooses it. *Effective*:
//! the day it is about; the day of recording, unless an entry of the books (an adjustment, a
//! reversal, an opening balance, a settlement) names an earlier one. *Posting*: the day it counts for in the
//! accounts: the effective one, or the first open day where that one's month is closed.
//!
//! So a closed month's accounts never change, and an answer that was given for a revision never
//! does: what is backdated later is recorded later. Months are those of the ledger's time zone,
//! close in order, and never open again. Closing one closes all before it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// A calendar month: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(NaiveDate);

/// A text names no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month is written 2026-11, from 1970-01 to 9998-12")]
pub struct NotAMonth;

impl Month {
    /// The month that a day is in.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).expect("every month has a first day"))
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.next().0 - Days::new(1)
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + Months::new(1))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for Month {
    type Err = NotAMonth;
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let is_plain = text.len() == 7
            && text
                .bytes()
                .enumerate()
                .all(|(place, byte)| if place == 4 { byte == b'-' } else { byte.is_ascii_digit() });
        let (year, month) = text.split_once('-').filter(|_| is_plain).ok_or(NotAMonth)?;
        let year = year.parse().ok().filter(|year| (1970..=9998).contains(year));
        let day = NaiveDate::from_ymd_opt(
            year.ok_or(NotAMonth)?,
            month.parse().map_err(|_| NotAMonth)?,
            1,
        );
        day.map(Self).ok_or(NotAMonth)
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;
    fn try_from(text: String) -> Result<Self, NotAMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// Closes a month, for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    /// Which: one that is over, and the next after the last that was closed.
    pub period: Month,
}

/// A month, and all before it, is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Which.
    pub period: Month,
}

/// The days of an entry that is not only about the day it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// The day it is about.
    pub effective: NaiveDate,
    /// The day it counts for in the accounts.
    pub posting: NaiveDate,
}

impl Event {
    /// The days of its entry, where they are not those of the recording.
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events are about their own day")]
    pub const fn dated(&self) -> Option<Dated> {
        match self {
            Self::AdjustmentPosted(event) => event.dated,
            Self::OpeningImported(event) => event.dated,
            Self::EntryReversed(event) => event.dated,
            Self::SettlementRecorded(event) => event.dated,
            Self::SettlementReversed(event) => event.dated,
            _ => None,
        }
    }
}

impl LedgerState {
    /// The last month that is closed.
    #[must_use]
    pub fn closed_to(&self) -> Option<Month> {
        self.closed_to.get(&()).copied()
    }
}

/// What an entry with this effective date counts for.
pub(crate) fn dated(
    state: &LedgerState,
    at: DateTime<Utc>,
    effective: Option<NaiveDate>,
) -> Result<Option<Dated>, Refusal> {
    dated_as(state, at, effective, "effectiveDate")
}

/// The same, of a day that is given as `field`.
pub(crate) fn dated_as(
    state: &LedgerState,
    at: DateTime<Utc>,
    effective: Option<NaiveDate>,
    field: &'static str,
) -> Result<Option<Dated>, Refusal> {
    let Some(effective) = effective else { return Ok(None) };
    let today = state.zone().day(at);
    if effective > today || effective.year() < 1970 {
        let allowed = "a day from 1970 to today";
        return Err(Refusal::InvalidSetting { field, allowed });
    }
    let first_open = state.closed_to().map(|closed| closed.next().first_day());
    let posting = first_open.map_or(effective, |first_open| effective.max(first_open));
    Ok(Some(Dated { effective, posting }))
}

pub(crate) fn decide_close(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Close,
) -> Result<Decided, Refusal> {
    let period = command.period;
    match state.closed_to() {
        Some(closed) if period <= closed => return Ok(Decided::Already),
        Some(closed) if period != closed.next() => {
            return Err(Refusal::PeriodOutOfOrder { next: closed.next() });
        }
        Some(_) | None => {}
    }
    let due = state.zone().begins(period.next().first_day());
    if at < due {
        return Err(Refusal::TooEarly { due });
    }
    happened([Event::PeriodClosed(Closed { period })])
}

pub(crate) fn evolve_closed(state: &mut LedgerState, event: &Closed) {
    state.closed_to.insert((), event.period);
}
