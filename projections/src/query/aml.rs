//! Flags and risk holds.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// A suspicion on record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct FlagRow {
    pub flag: Uuid,
    pub wallet: Option<Uuid>,
    pub about_revision: Option<i64>,
    pub reason: String,
    pub severity: String,
    pub status: String,
    pub raised_by: String,
    pub outcome: Option<String>,
    pub cleared_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// Money that is kept back of a wallet while somebody looks into it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct RiskHoldRow {
    pub risk_hold: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub currency: String,
    pub amount: Decimal,
    pub reason: String,
    pub status: String,
    pub released: Option<Decimal>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(FlagRow, RiskHoldRow);

impl Snapshot {
    /// The flag with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flag(&mut self, id: Uuid) -> Result<Option<FlagRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.flags WHERE ledger = $1 AND flag = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Flags, of one wallet or of all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flags(
        &mut self,
        wallet: Option<Uuid>,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<FlagRow>, sqlx::Error> {
        let (ledger, status) = (self.ledger.clone(), status.map(str::to_owned));
        let select = "SELECT * FROM read.flags
                      WHERE ledger = $1 AND ($2::uuid IS NULL OR wallet = $2)
                        AND ($3::text IS NULL OR status = $3)";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(wallet).bind(status))
            .await
    }

    /// The risk hold with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn risk_hold(&mut self, id: Uuid) -> Result<Option<RiskHoldRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.risk_holds WHERE ledger = $1 AND risk_hold = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Risk holds, of one wallet or of all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn risk_holds(
        &mut self,
        wallet: Option<Uuid>,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<RiskHoldRow>, sqlx::Error> {
        let (ledger, status) = (self.ledger.clone(), status.map(str::to_owned));
        let select = "SELECT * FROM read.risk_holds
                      WHERE ledger = $1 AND ($2::uuid IS NULL OR wallet = $2)
                        AND ($3::text IS NULL OR status = $3)";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(wallet).bind(status))
            .await
    }
}
