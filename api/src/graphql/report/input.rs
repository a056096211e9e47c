//! What a report is asked to be.

use async_graphql::InputObject;
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use uuid::Uuid;

use cauri_domain::{Refusal, Revision};

use crate::graphql::command::text;
use crate::graphql::scalars::RevisionNumber;
use crate::reports::{LONGEST_RANGE, ReportFormat, ReportKind, Terms};

/// Asks for a report.
#[derive(Debug, Clone, InputObject)]
pub struct GenerateReportInput {
    /// Its id: sent again with the same terms it is the same report, with others it is refused.
    pub id: Uuid,
    /// What it tells of.
    pub kind: ReportKind,
    /// What it is written as.
    pub format: ReportFormat,
    /// The first day, of UTC, by when things were recorded. Ages are those at the end of the last
    /// day, whatever the first is.
    pub from: NaiveDate,
    /// The day after the last; at most 400 days after the first.
    pub to: NaiveDate,
    /// Only what is of this category: what its command said, or the first of its story that said
    /// one.
    pub category: Option<String>,
    /// Only what has this dimension, such as `store`, with the value.
    pub dimension_name: Option<String>,
    /// The dimension's value.
    pub dimension_value: Option<String>,
    /// As of this revision; of the last there is when not given. Reports of one revision and the
    /// same terms have the same figures in every format.
    pub revision: Option<RevisionNumber>,
}

/// Days that make a range.
pub(in crate::graphql) fn range(from: NaiveDate, to: NaiveDate) -> Result<(), Refusal> {
    let invalid = |field, allowed| Err(Refusal::InvalidSetting { field, allowed });
    let is_day = |day: NaiveDate| (1970..=9999).contains(&day.year());
    match () {
        () if !is_day(from) => invalid("from", "a day of the years 1970 to 9999"),
        () if !is_day(to) => invalid("to", "a day of the years 1970 to 9999"),
        () if to <= from => invalid("to", "after from: it is the day after the last"),
        () if to - from > TimeDelta::days(LONGEST_RANGE) => {
            invalid("to", "at most 400 days after from")
        }
        () => Ok(()),
    }
}

impl GenerateReportInput {
    pub(super) fn terms(&self) -> Result<Terms, Refusal> {
        range(self.from, self.to)?;
        let is_of_ages = matches!(self.kind, ReportKind::ClearingAges | ReportKind::SuspenseAges);
        let filters = [("category", &self.category), ("dimensionName", &self.dimension_name)];
        if let Some((field, _)) = filters.iter().find(|(_, given)| is_of_ages && given.is_some()) {
            let allowed = "not given: ages are of whole accounts";
            return Err(Refusal::InvalidSetting { field, allowed });
        }
        let dimension = match (&self.dimension_name, &self.dimension_value) {
            (Some(name), Some(value)) => {
                Some((text("dimensionName", name)?, text("dimensionValue", value)?))
            }
            (None, None) => None,
            (given, _) => {
                let field = if given.is_some() { "dimensionValue" } else { "dimensionName" };
                let allowed = "given, since the other one is";
                return Err(Refusal::InvalidSetting { field, allowed });
            }
        };
        Ok(Terms {
            kind: self.kind,
            format: self.format,
            from: self.from,
            to: self.to,
            category: self.category.as_ref().map(|word| text("category", word)).transpose()?,
            dimension,
            revision: self.revision.map(|revision| Revision(revision.0)),
        })
    }
}
