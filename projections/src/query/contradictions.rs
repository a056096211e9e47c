//! Payments of which a provider told in another currency than before.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// A payment of which a provider told in another currency than before.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct ContradictionRow {
    pub created_revision: i64,
    pub provider: String,
    pub object: String,
    pub payin: Option<Uuid>,
    pub amount: Decimal,
    pub currency: String,
    pub before_amount: Decimal,
    pub before_currency: String,
    pub created_at: DateTime<Utc>,
}

keyed!(ContradictionRow);

impl Snapshot {
    /// Payments of which a provider told in another currency than before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contradictions(
        &mut self,
        page: Page,
    ) -> Result<Slice<ContradictionRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = "SELECT * FROM read.contradictions WHERE ledger = $1";
        list(select, 1).page(&mut self.transaction, page, |query| query.bind(ledger)).await
    }

    /// How many there are of each provider.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contradictions_of(&mut self) -> Result<Vec<(String, i64)>, sqlx::Error> {
        let count = "SELECT provider, count(*) FROM read.contradictions WHERE ledger = $1
                     GROUP BY provider ORDER BY provider";
        sqlx::query_as(count).bind(&self.ledger).fetch_all(&mut *self.transaction).await
    }
}
