//! Holds.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};

/// Money reserved for a payment that is not final yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct HoldRow {
    pub hold: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub legs: serde_json::Value,
    pub currency: String,
    pub placed: Decimal,
    pub captured: Decimal,
    pub released: Decimal,
    pub status: String,
    pub reason: Option<String>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(HoldRow);

/// One capture of a hold.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct CaptureRow {
    pub capture: Uuid,
    pub taken: Decimal,
    pub last: bool,
    pub payees: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub created_revision: i64,
}

/// What a wallet has in holds that stand.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct HeldRow {
    pub currency: String,
    pub held: Decimal,
}

impl Snapshot {
    /// The hold with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold(&mut self, id: Uuid) -> Result<Option<HoldRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.holds WHERE ledger = $1 AND hold = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Holds, of one owner or wallet (the first payer) or of all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holds(
        &mut self,
        whose: Whose,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<HoldRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.holds
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::uuid IS NULL OR wallet = $3)
                        AND ($4::text IS NULL OR status = $4)";
        list(select, 4)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(owner).bind(wallet).bind(status)
            })
            .await
    }

    /// The captures of a hold, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn captures(&mut self, hold: Uuid) -> Result<Vec<CaptureRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT capture, taken, last, payees, created_at, created_revision FROM read.captures
             WHERE ledger = $1 AND hold = $2 ORDER BY created_revision",
        )
        .bind(&self.ledger)
        .bind(hold)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What a wallet has in holds that stand, in every currency that it has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held(&mut self, wallet: Uuid) -> Result<Vec<HeldRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT currency, sum(held) AS held FROM read.hold_legs
             WHERE ledger = $1 AND wallet = $2 GROUP BY currency HAVING sum(held) <> 0
             ORDER BY currency",
        )
        .bind(&self.ledger)
        .bind(wallet)
        .fetch_all(&mut *self.transaction)
        .await
    }
}
