//! Processes.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{EventRow, Page, Slice, Snapshot};

/// An instance of a process manager.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct ProcessRow {
    pub process: String,
    pub instance: Uuid,
    pub state: String,
    pub waits_for: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
    pub step: Option<String>,
    pub tries: i32,
    pub last_refusal: Option<String>,
    pub history: Vec<i64>,
    pub correlation_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(ProcessRow);

impl Snapshot {
    /// An instance of a process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn process(
        &mut self,
        process: &str,
        instance: Uuid,
    ) -> Result<Option<ProcessRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM read.processes WHERE ledger = $1 AND process = $2 AND instance = $3",
        )
        .bind(&self.ledger)
        .bind(process)
        .bind(instance)
        .fetch_optional(&mut *self.transaction)
        .await
    }

    /// Instances of one process or of any, in one state or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn processes(
        &mut self,
        process: Option<String>,
        state: Option<&str>,
        page: Page,
    ) -> Result<Slice<ProcessRow>, sqlx::Error> {
        let (ledger, state) = (self.ledger.clone(), state.map(str::to_owned));
        let select = "SELECT * FROM read.processes
                      WHERE ledger = $1 AND ($2::text IS NULL OR process = $2)
                        AND ($3::text IS NULL OR state = $3)";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(process).bind(state))
            .await
    }

    /// These events, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events_at(&mut self, revisions: &[i64]) -> Result<Vec<EventRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM read.events WHERE ledger = $1 AND revision = ANY($2) ORDER BY revision",
        )
        .bind(&self.ledger)
        .bind(revisions)
        .fetch_all(&mut *self.transaction)
        .await
    }
}
