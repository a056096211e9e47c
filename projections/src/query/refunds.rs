//! Refunds.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};

/// Money of a provider's payment on its way back.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct RefundRow {
    pub refund: Uuid,
    pub wallet: Option<Uuid>,
    pub owner: Option<String>,
    pub payin: Option<Uuid>,
    pub provider: String,
    pub payment: String,
    pub object: Option<String>,
    pub amount: Decimal,
    pub currency: String,
    pub reason: Option<String>,
    pub failure: Option<String>,
    pub status: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(RefundRow);

impl Snapshot {
    /// The refund with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refund(&mut self, id: Uuid) -> Result<Option<RefundRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.refunds WHERE ledger = $1 AND refund = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Refunds, of one owner or wallet or of all, of one pay-in or of any, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refunds(
        &mut self,
        whose: Whose,
        payin: Option<Uuid>,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<RefundRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.refunds
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::uuid IS NULL OR payin = $3)
                        AND ($4::text IS NULL OR status = $4)
                        AND ($5::uuid IS NULL OR wallet = $5)";
        list(select, 5)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(owner).bind(payin).bind(status).bind(wallet)
            })
            .await
    }
}
