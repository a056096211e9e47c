//! Plans, subscriptions, usage, invoices and credit notes.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};

/// What can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct PlanRow {
    pub plan: String,
    pub version: i32,
    pub offered: bool,
    pub terms: serde_json::Value,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct SubscriptionRow {
    pub subscription: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub plan: String,
    pub plan_version: i32,
    pub price: Option<Decimal>,
    pub currency: Option<String>,
    pub pay: String,
    pub status: String,
    pub number: i64,
    pub period_start: NaiveDate,
    pub period_end: NaiveDate,
    pub ends_at: Option<DateTime<Utc>>,
    pub ending: bool,
    pub next_plan: Option<String>,
    pub due_since: Option<DateTime<Utc>>,
    pub tries: i64,
    pub failure: Option<String>,
    pub retry_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub paid: Decimal,
    pub refunded: Decimal,
    pub recognised: Decimal,
    pub ended_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// What was used of a meter on a day.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct UsageDayRow {
    pub day: NaiveDate,
    pub meter: String,
    pub quantity: Decimal,
    pub late: Decimal,
}

/// An invoice, or a credit note.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct InvoiceRow {
    pub invoice: Uuid,
    pub series: String,
    pub number: i64,
    pub issuer: Option<Uuid>,
    pub wallet: Uuid,
    pub owner: String,
    pub about: String,
    pub subscription: Option<Uuid>,
    pub of: Option<Uuid>,
    pub reference: Option<String>,
    pub lines: serde_json::Value,
    pub total: Decimal,
    pub tax: Decimal,
    pub currency: String,
    pub due_at: Option<DateTime<Utc>>,
    pub status: String,
    pub credited: Decimal,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(PlanRow);
keyed!(SubscriptionRow);
keyed!(InvoiceRow);

impl Snapshot {
    /// The latest version of each plan, or only of those that are offered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn plans(
        &mut self,
        offered: Option<bool>,
        page: Page,
    ) -> Result<Slice<PlanRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = "SELECT * FROM read.plans
                      WHERE ledger = $1 AND ($2::boolean IS NULL OR offered = $2)";
        list(select, 2)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(offered))
            .await
    }

    /// The subscription with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subscription(&mut self, id: Uuid) -> Result<Option<SubscriptionRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.subscriptions WHERE ledger = $1 AND subscription = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Subscriptions of one owner or all, of one wallet or any, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subscriptions(
        &mut self,
        whose: Whose,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<SubscriptionRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.subscriptions
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::uuid IS NULL OR wallet = $3)
                        AND ($4::text IS NULL OR status = $4)";
        list(select, 4)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(owner).bind(wallet).bind(status)
            })
            .await
    }

    /// What a subscription used between two days (the second not among them), by day and meter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage_days(
        &mut self,
        subscription: Uuid,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<UsageDayRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT day, meter, quantity, late FROM read.usage_days
             WHERE ledger = $1 AND subscription = $2 AND day >= $3 AND day < $4
             ORDER BY day, meter",
        )
        .bind(&self.ledger)
        .bind(subscription)
        .bind(from)
        .bind(to)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// The invoice or credit note with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invoice(&mut self, id: Uuid) -> Result<Option<InvoiceRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.invoices WHERE ledger = $1 AND invoice = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Invoices and credit notes, to one owner or wallet or all, about one subscription or any, in
    /// one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invoices(
        &mut self,
        whose: Whose,
        subscription: Option<Uuid>,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<InvoiceRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.invoices
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::uuid IS NULL OR subscription = $3)
                        AND ($4::text IS NULL OR status = $4)
                        AND ($5::uuid IS NULL OR wallet = $5)";
        list(select, 5)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(owner).bind(subscription).bind(status).bind(wallet)
            })
            .await
    }
}
