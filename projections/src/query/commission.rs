//! Commission rules, and what they and everything else brought.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// A version of a commission rule.
#[derive(Debug, Clone, PartialEq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct CommissionRuleRow {
    pub name: String,
    pub version: i64,
    pub from_at: DateTime<Utc>,
    pub payer: String,
    pub refund: String,
    pub rule: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub created_revision: i64,
}

keyed!(CommissionRuleRow);

/// What one source brought or cost on one day, or on all days asked for.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct RevenueRow {
    pub day: Option<NaiveDate>,
    pub class: String,
    pub account: String,
    pub currency: String,
    pub category: Option<String>,
    pub store: Option<String>,
    pub rule: Option<String>,
    pub amount: Decimal,
    pub postings: i64,
}

/// What one wallet earned on one day.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct SellerEarningsRow {
    pub wallet: Uuid,
    pub day: NaiveDate,
    pub currency: String,
    pub gross: Decimal,
    pub refunded: Decimal,
    pub commission: Decimal,
    pub tax: Decimal,
    pub others: Decimal,
    pub net: Decimal,
    pub tips: Decimal,
    pub shares: i64,
}

/// What one version of a rule brought on one day.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct CommissionReportRow {
    pub day: NaiveDate,
    pub rule: String,
    pub version: i64,
    pub currency: String,
    pub gross: Decimal,
    pub refunded: Decimal,
    pub commission: Decimal,
    pub fees: Decimal,
    pub tax: Decimal,
    pub others: Decimal,
    pub borne_by_seller: Decimal,
    pub borne_by_buyer: Decimal,
    pub borne_by_platform: Decimal,
    pub shares: i64,
}

/// Days of UTC, both included; without an end where none is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    /// The first.
    pub from: Option<NaiveDate>,
    /// The last.
    pub to: Option<NaiveDate>,
}

/// What revenue is told apart by, beside account and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands alone")]
pub struct RevenueBy {
    /// By day.
    pub day: bool,
    /// By category.
    pub category: bool,
    /// By store.
    pub store: bool,
    /// By commission rule.
    pub rule: bool,
}

impl Snapshot {
    /// Versions of commission rules, of one name or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commission_rules(
        &mut self,
        name: Option<&str>,
        page: Page,
    ) -> Result<Slice<CommissionRuleRow>, sqlx::Error> {
        let (ledger, name) = (self.ledger.clone(), name.map(str::to_owned));
        let select = "SELECT * FROM read.commission_rules
                      WHERE ledger = $1 AND ($2::text IS NULL OR name = $2)";
        list(select, 2)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(name))
            .await
    }

    /// The version of each rule that is in force at an instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commission_rules_in_force(
        &mut self,
        at: DateTime<Utc>,
    ) -> Result<Vec<CommissionRuleRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT DISTINCT ON (name) * FROM read.commission_rules
             WHERE ledger = $1 AND from_at <= $2
             ORDER BY name, from_at DESC, version DESC",
        )
        .bind(&self.ledger)
        .bind(at)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What came in and what it cost, by account and currency and what else is asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revenue(
        &mut self,
        days: Days,
        by: RevenueBy,
        with_expenses: bool,
        limit: u16,
    ) -> Result<Vec<RevenueRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT day, class, account, currency, category, store, rule,
                    sum(amount) AS amount, sum(postings)::bigint AS postings
             FROM (SELECT CASE WHEN $4 THEN day END AS day, class, account, currency,
                          CASE WHEN $5 THEN category END AS category,
                          CASE WHEN $6 THEN store END AS store,
                          CASE WHEN $7 THEN rule END AS rule, amount, postings
                   FROM read.revenue
                   WHERE ledger = $1 AND ($2::date IS NULL OR day >= $2)
                     AND ($3::date IS NULL OR day <= $3) AND (class = 'income' OR $8)) AS sources
             GROUP BY day, class, account, currency, category, store, rule
             ORDER BY day DESC NULLS LAST, account, currency, category, store, rule LIMIT $9",
        )
        .bind(&self.ledger)
        .bind(days.from)
        .bind(days.to)
        .bind(by.day)
        .bind(by.category)
        .bind(by.store)
        .bind(by.rule)
        .bind(with_expenses)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What one wallet earned, newest day first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seller_earnings(
        &mut self,
        wallet: Uuid,
        days: Days,
        limit: u16,
    ) -> Result<Vec<SellerEarningsRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM read.seller_earnings
             WHERE ledger = $1 AND wallet = $2 AND ($3::date IS NULL OR day >= $3)
               AND ($4::date IS NULL OR day <= $4)
             ORDER BY day DESC, currency LIMIT $5",
        )
        .bind(&self.ledger)
        .bind(wallet)
        .bind(days.from)
        .bind(days.to)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What each version of each rule brought, newest day first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commission_report(
        &mut self,
        rule: Option<&str>,
        days: Days,
        limit: u16,
    ) -> Result<Vec<CommissionReportRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM read.commission_report
             WHERE ledger = $1 AND ($2::text IS NULL OR rule = $2)
               AND ($3::date IS NULL OR day >= $3) AND ($4::date IS NULL OR day <= $4)
             ORDER BY day DESC, rule, version, currency LIMIT $5",
        )
        .bind(&self.ledger)
        .bind(rule)
        .bind(days.from)
        .bind(days.to)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.transaction)
        .await
    }
}
