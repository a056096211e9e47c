//! Escrows.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};

/// An escrow.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct EscrowRow {
    pub escrow: Uuid,
    pub buyer: Uuid,
    pub buyer_owner: String,
    pub seller: Uuid,
    pub seller_owner: String,
    pub amount: Decimal,
    pub currency: String,
    pub inspection_s: i64,
    pub commission_bp: i32,
    pub rule: Option<String>,
    pub rule_version: Option<i32>,
    pub fund_by: Option<DateTime<Utc>>,
    pub arbiter: Option<String>,
    pub status: String,
    pub auto_release_at: Option<DateTime<Utc>>,
    pub released: Decimal,
    pub refunded: Decimal,
    pub clawed_back: Decimal,
    pub commission: Option<Decimal>,
    pub net: Option<Decimal>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(EscrowRow);

/// A milestone of an escrow, or the whole of one without any: then its number is 0.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct MilestoneRow {
    pub milestone: i32,
    pub amount: Decimal,
    pub status: String,
    pub deliver_by: Option<DateTime<Utc>>,
    pub auto_release_at: Option<DateTime<Utc>>,
    pub evidence: Option<String>,
    pub disputed_by: Option<String>,
    pub dispute_reason: Option<String>,
    pub offered_by: Option<String>,
    pub offered_seller: Option<Decimal>,
    pub released: Decimal,
    pub refunded: Decimal,
    pub clawed_back: Decimal,
    pub fee: Decimal,
    pub updated_at: DateTime<Utc>,
    pub revision: i64,
}

impl Snapshot {
    /// The escrow with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn escrow(&mut self, id: Uuid) -> Result<Option<EscrowRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.escrows WHERE ledger = $1 AND escrow = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// The milestones of an escrow, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn milestones(&mut self, escrow: Uuid) -> Result<Vec<MilestoneRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM read.milestones WHERE ledger = $1 AND escrow = $2 ORDER BY milestone",
        )
        .bind(&self.ledger)
        .bind(escrow)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// Escrows in which one owner buys, sells or may decide, or one wallet buys or sells, or all, in
    /// one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn escrows(
        &mut self,
        whose: Whose,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<EscrowRow>, sqlx::Error> {
        let (ledger, (party, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.escrows
                      WHERE ledger = $1
                        AND ($2::text IS NULL OR buyer_owner = $2 OR seller_owner = $2 OR arbiter = $2)
                        AND ($3::uuid IS NULL OR buyer = $3 OR seller = $3)
                        AND ($4::text IS NULL OR status = $4)";
        list(select, 4)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(party).bind(wallet).bind(status)
            })
            .await
    }
}
