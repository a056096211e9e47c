//! Proposals.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// A command that waits, or waited, for a second person.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct ProposalRow {
    pub proposal: Uuid,
    pub proposed_by: String,
    pub command: String,
    pub content: serde_json::Value,
    pub reason: String,
    pub status: String,
    pub judged_by: Option<String>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(ProposalRow);

impl Snapshot {
    /// The proposal with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposal(&mut self, id: Uuid) -> Result<Option<ProposalRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.proposals WHERE ledger = $1 AND proposal = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Proposals, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposals(
        &mut self,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<ProposalRow>, sqlx::Error> {
        let (ledger, status) = (self.ledger.clone(), status.map(str::to_owned));
        let select = "SELECT * FROM read.proposals
                      WHERE ledger = $1 AND ($2::text IS NULL OR status = $2)";
        list(select, 2)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(status))
            .await
    }
}
