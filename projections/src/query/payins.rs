//! Pay-ins.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};

/// A pay-in.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct PayinRow {
    pub payin: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub amount: Decimal,
    pub currency: String,
    pub provider: String,
    pub status: String,
    pub object: Option<String>,
    pub reason: Option<String>,
    pub expires_at: DateTime<Utc>,
    pub target: Option<String>,
    pub target_id: Option<Uuid>,
    pub milestone: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(PayinRow);

impl Snapshot {
    /// The pay-in with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payin(&mut self, id: Uuid) -> Result<Option<PayinRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.payins WHERE ledger = $1 AND payin = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Pay-ins, of one owner or wallet or of all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payins(
        &mut self,
        whose: Whose,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<PayinRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.payins
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::uuid IS NULL OR wallet = $3)
                        AND ($4::text IS NULL OR status = $4)";
        list(select, 4)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(owner).bind(wallet).bind(status)
            })
            .await
    }
}
