//! What providers settled to our own bank account.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// A settlement.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct SettlementRow {
    pub settlement: Uuid,
    pub provider: String,
    pub object: String,
    pub value_date: NaiveDate,
    pub items: Option<i64>,
    pub status: String,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(SettlementRow);

/// How much was settled in one currency.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct SettlementSumRow {
    pub settlement: Uuid,
    pub currency: String,
    pub gross: Decimal,
    pub fee: Decimal,
    pub net: Decimal,
}

impl Snapshot {
    /// The settlement with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settlement(&mut self, id: Uuid) -> Result<Option<SettlementRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.settlements WHERE ledger = $1 AND settlement = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Settlements: all, or only those of a provider.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settlements(
        &mut self,
        provider: Option<&str>,
        page: Page,
    ) -> Result<Slice<SettlementRow>, sqlx::Error> {
        let (ledger, provider) = (self.ledger.clone(), provider.map(str::to_owned));
        let select = "SELECT * FROM read.settlements
            WHERE ledger = $1 AND ($2::text IS NULL OR provider = $2)";
        list(select, 2)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(provider))
            .await
    }

    /// How much was settled by these, by currency.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settlement_sums(
        &mut self,
        settlements: &[Uuid],
    ) -> Result<Vec<SettlementSumRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT settlement, currency, gross, fee, net FROM read.settlement_sums
             WHERE ledger = $1 AND settlement = ANY($2) ORDER BY settlement, currency",
        )
        .bind(&self.ledger)
        .bind(settlements)
        .fetch_all(&mut *self.transaction)
        .await
    }
}
