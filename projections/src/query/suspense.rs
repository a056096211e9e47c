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
    /// What of its payment is in suspense still.
    pub held: Decimal,
}

keyed!(SuspenseRow);

impl Snapshot {
    /// Money that was put into suspense: all that ever was, or only what is there still, or only
    /// what is not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspense(
        &mut self,
        open: Option<bool>,
        page: Page,
    ) -> Result<Slice<SuspenseRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = "SELECT * FROM (
                SELECT i.*, coalesce(h.held, 0) AS held FROM read.suspense_items i
                LEFT JOIN read.suspense_held h ON h.ledger = i.ledger AND h.provider = i.provider
                 AND h.object = coalesce(i.object, '') AND h.currency = i.currency
            ) AS items
            WHERE ledger = $1 AND ($2::boolean IS NULL OR (held <> 0) = $2)";
        list(select, 2)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(open))
            .await
    }
}
