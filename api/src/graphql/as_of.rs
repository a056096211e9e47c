//! When an answer is wanted as of: a revision, an instant, or the end of a day.

use async_graphql::{InputObject, OneofObject, Result};
use chrono::{DateTime, NaiveDate, Utc};

use cauri_projections::query::DayOf;

use super::context::Moment;
use super::fault;
use super::scalars::RevisionNumber;

/// A moment of the ledger. What it was at a revision, it is for ever: what is recorded later, about
/// whichever day, changes no answer as of a revision.
#[derive(Debug, Clone, Copy, OneofObject)]
pub enum AsOf {
    /// This revision and all before it.
    Revision(RevisionNumber),
    /// All that was recorded at this instant or before.
    Instant(DateTime<Utc>),
    /// All that is about this day or one before.
    EffectiveDate(AsOfDay),
    /// All that counts for this day or one before: corrections of a closed month count for the
    /// first open day.
    PostingDate(AsOfDay),
}

/// The end of a day, as a revision knew it.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct AsOfDay {
    /// The day.
    date: NaiveDate,
    /// The revision that knows of it; the newest that the answer covers when not given.
    revision: Option<RevisionNumber>,
}

/// What an answer covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// The last revision.
    pub(super) revision: i64,
    /// The last day, where one was asked for, and of which kind.
    pub(super) day: Option<(DayOf, NaiveDate)>,
}

impl AsOf {
    /// What the answer covers; `None` before the first event.
    pub(super) async fn cut(self, moment: &Moment) -> Result<Option<Cut>> {
        let at = |revision: Option<i64>, day| revision.map(|revision| Cut { revision, day });
        Ok(match self {
            Self::Revision(asked) => at(Some(covered(asked, moment)?), None),
            Self::Instant(instant) => {
                let found = moment.ask().await.revision_at(instant).await;
                at(found.map_err(|error| fault::database(&error))?, None)
            }
            Self::EffectiveDate(asked) => {
                at(asked.revision(moment)?, Some((DayOf::Effective, asked.date)))
            }
            Self::PostingDate(asked) => {
                at(asked.revision(moment)?, Some((DayOf::Posting, asked.date)))
            }
        })
    }
}

impl AsOfDay {
    fn revision(self, moment: &Moment) -> Result<Option<i64>> {
        match self.revision.or_else(|| moment.covers()) {
            Some(revision) => covered(revision, moment).map(Some),
            None => Ok(None),
        }
    }
}

/// A revision that the answer covers, as the database has it.
pub(super) fn covered(asked: RevisionNumber, moment: &Moment) -> Result<i64> {
    if moment.covers().is_some_and(|covered| asked <= covered) {
        Ok(i64::try_from(asked.0).expect("a covered revision is in the database"))
    } else {
        let why = "the answer does not cover this revision: see atLeastRevision";
        Err(fault::bad_argument("asOf", why))
    }
}
