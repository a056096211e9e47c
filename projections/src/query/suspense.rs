//! Money that came in and matched to nothing yet.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// Money that came in and matched to nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct SuspenseRow {
    pub created_revision: i64,
    pub provider: String,
    pub object: Option<String>,
    pub payin: Option<Uuid>,
    pub withdrawal: Option<Uuid>,
    pub amount: Decimal,
    pub currency: String,
    pub reason: String,
    pub created_at: DateTime<Utc>,
}

keyed!(SuspenseRow);

impl Snapshot {
    /// Money in suspense.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspense(&mut self, page: Page) -> Result<Slice<SuspenseRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        list("SELECT * FROM read.suspense_items WHERE ledger = $1", 1)
            .page(&mut self.transaction, page, |query| query.bind(ledger))
            .await
    }
}
