//! Withdrawals.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};

/// A withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct WithdrawalRow {
    pub withdrawal: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub amount: Decimal,
    pub currency: String,
    pub fee: Option<Decimal>,
    pub destination: String,
    pub status: String,
    pub auto_approve_at: DateTime<Utc>,
    pub alerted_at: Option<DateTime<Utc>>,
    pub provider: Option<String>,
    pub object: Option<String>,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(WithdrawalRow);

impl Snapshot {
    /// The withdrawal with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdrawal(&mut self, id: Uuid) -> Result<Option<WithdrawalRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.withdrawals WHERE ledger = $1 AND withdrawal = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Withdrawals, of one owner or wallet or of all, in one status or in any; that persons were
    /// alerted of, or only the others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdrawals(
        &mut self,
        whose: Whose,
        status: Option<&str>,
        alerted: Option<bool>,
        page: Page,
    ) -> Result<Slice<WithdrawalRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.withdrawals
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::uuid IS NULL OR wallet = $3)
                        AND ($4::text IS NULL OR status = $4)
                        AND ($5::boolean IS NULL OR (alerted_at IS NOT NULL) = $5)";
        list(select, 5)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(owner).bind(wallet).bind(status).bind(alerted)
            })
            .await
    }
}
