//! When an answer is wanted as of: a revision, or an instant.

use async_graphql::{OneofObject, Result};
use chrono::{DateTime, Utc};

use super::context::Moment;
use super::fault;
use super::scalars::RevisionNumber;

/// A moment of the ledger. What it was then, it is for ever.
#[derive(Debug, Clone, Copy, OneofObject)]
pub enum AsOf {
    /// This revision and all before it.
    Revision(RevisionNumber),
    /// All that was recorded at this instant or before.
    Instant(DateTime<Utc>),
}

impl AsOf {
    /// The last revision that the answer covers; `None` before the first.
    pub(super) async fn revision(self, moment: &Moment) -> Result<Option<i64>> {
        match self {
            Self::Revision(asked) => {
                let covered = moment.covers().is_some_and(|covered| asked <= covered);
                if !covered {
                    let why = "the answer does not cover this revision: see atLeastRevision";
                    return Err(fault::bad_argument("asOf", why));
                }
                Ok(Some(i64::try_from(asked.0).expect("a covered revision is in the database")))
            }
            Self::Instant(instant) => {
                let found = moment.ask().await.revision_at(instant).await;
                found.map_err(|error| fault::database(&error))
            }
        }
    }
}
