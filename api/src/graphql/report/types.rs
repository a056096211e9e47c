//! Reports as they are seen.

use async_graphql::{Enum, Object, SimpleObject, Union};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use cauri_domain::LedgerId;

use crate::graphql::refused::Refused;
use crate::graphql::scalars::RevisionNumber;
use crate::reports::{Known, ReportFormat, ReportKind, Status};

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum ReportStatus {
    /// It waits, or is being made.
    Generating,
    /// It can be fetched.
    Ready,
    /// It could not be made; asked for again, it is tried again.
    Failed,
}

/// A report that was asked for.
#[derive(Debug, Clone)]
pub struct Report {
    pub(super) ledger: LedgerId,
    pub(super) known: Known,
}

/// A report as a file: its figures are summed from what was recorded up to its revision.
#[Object]
impl Report {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.known.request.id
    }

    /// What it tells of.
    async fn kind(&self) -> ReportKind {
        self.known.request.terms.kind
    }

    /// What it is written as.
    async fn format(&self) -> ReportFormat {
        self.known.request.terms.format
    }

    /// The first day, of UTC.
    async fn from(&self) -> NaiveDate {
        self.known.request.terms.from
    }

    /// The day after the last.
    async fn to(&self) -> NaiveDate {
        self.known.request.terms.to
    }

    /// Only what is of this category, if one was asked for.
    async fn category(&self) -> Option<&str> {
        self.known.request.terms.category.as_ref().map(|it| it.as_str())
    }

    /// Only what has this dimension, if one was asked for.
    async fn dimension_name(&self) -> Option<&str> {
        self.known.request.terms.dimension.as_ref().map(|it| it.0.as_str())
    }

    /// The dimension's value, if one was asked for.
    async fn dimension_value(&self) -> Option<&str> {
        self.known.request.terms.dimension.as_ref().map(|it| it.1.as_str())
    }

    /// Where it stands.
    async fn status(&self) -> ReportStatus {
        match self.known.status {
            Status::Generating => ReportStatus::Generating,
            Status::Ready => ReportStatus::Ready,
            Status::Failed(_) => ReportStatus::Failed,
        }
    }

    /// The last revision that its figures cover.
    async fn revision(&self) -> RevisionNumber {
        self.known.request.revision.into()
    }

    /// Where it is fetched from once it is ready: a path on this server, with the same token.
    async fn download_url(&self) -> Option<String> {
        let is_ready = self.known.status == Status::Ready;
        is_ready.then(|| format!("/reports/{}/{}", self.ledger, self.known.request.id))
    }

    /// Why it could not be made, for people.
    async fn failure(&self) -> Option<&str> {
        match &self.known.status {
            Status::Failed(why) => Some(why),
            Status::Generating | Status::Ready => None,
        }
    }

    /// Who asked for it.
    async fn asked_by(&self) -> &str {
        self.known.request.asked_by.as_str()
    }

    /// When it was asked for.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.known.request.asked_at
    }
}

/// A report is on its way, or there already.
#[derive(Debug, SimpleObject)]
pub struct ReportAsked {
    /// The last revision that its figures will cover.
    pub(super) revision: RevisionNumber,
    /// Whether it was asked for before.
    pub(super) replayed: bool,
    /// The report.
    pub(super) report: Report,
}

/// How asking for a report ended.
#[derive(Union)]
pub enum GenerateReportResult {
    /// It is on its way.
    Done(Box<ReportAsked>),
    /// Why not.
    Refused(Refused),
}
