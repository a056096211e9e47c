//! Chargebacks.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};

/// A payment that its payer disputes at the provider.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct ChargebackRow {
    pub chargeback: Uuid,
    pub provider: String,
    pub payment: String,
    pub wallet: Option<Uuid>,
    pub owner: Option<String>,
    pub currency: Option<String>,
    pub disputed: Option<Decimal>,
    pub beyond: Option<Decimal>,
    pub reason: Option<String>,
    pub due_by: Option<DateTime<Utc>>,
    pub evidence: Option<String>,
    pub lost_by: Option<String>,
    pub reserved: Decimal,
    pub withdrawn: Decimal,
    pub reinstated: Decimal,
    pub fee: Decimal,
    pub borne: Decimal,
    pub write_off_at: Option<DateTime<Utc>>,
    pub owed: Option<Decimal>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
    /// inquiry, open, under_review, won, lost
    pub status: String,
}

keyed!(ChargebackRow);

/// With where it stands, as the facts that are known so far come to.
const SELECT: &str = "
SELECT * FROM (
    SELECT *, CASE WHEN outcome IS NOT NULL THEN outcome
                   WHEN evidence IS NOT NULL THEN 'under_review'
                   WHEN disputed IS NOT NULL OR withdrawn > 0 THEN 'open'
                   ELSE 'inquiry' END AS status
    FROM read.chargebacks
) AS chargebacks
WHERE ledger = $1";

impl Snapshot {
    /// The chargeback with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chargeback(&mut self, id: Uuid) -> Result<Option<ChargebackRow>, sqlx::Error> {
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} AND chargeback = $2")))
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Chargebacks against one owner or wallet or all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chargebacks(
        &mut self,
        whose: Whose,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<ChargebackRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = format!(
            "{SELECT} AND ($2::text IS NULL OR owner = $2) AND ($3::uuid IS NULL OR wallet = $3)
                      AND ($4::text IS NULL OR status = $4)"
        );
        list(&select, 4)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(owner).bind(wallet).bind(status)
            })
            .await
    }
}
