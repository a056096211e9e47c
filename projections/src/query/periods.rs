//! Periods: which are closed, and what was posted in them.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;

use super::Snapshot;

/// A month that is closed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct PeriodRow {
    pub period: String,
    pub created_at: DateTime<Utc>,
    pub revision: i64,
}

/// One account and currency over some days.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are")]
pub struct AccountReportRow {
    pub account: String,
    pub class: String,
    pub currency: String,
    pub opening: Decimal,
    pub debits: Decimal,
    pub credits: Decimal,
    pub closing: Decimal,
}

impl Snapshot {
    /// The months that are closed, the last first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn periods(&mut self) -> Result<Vec<PeriodRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT period, created_at, revision FROM read.periods
             WHERE ledger = $1 ORDER BY period DESC",
        )
        .bind(&self.ledger)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What each account had before the first day, what it took and gave up to the last, and what
    /// it had then: by the days that entries count for, as a revision knew them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_report(
        &mut self,
        first: NaiveDate,
        last: NaiveDate,
        revision: i64,
    ) -> Result<Vec<AccountReportRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT account, class, currency,
                    coalesce(sum(signed) FILTER (WHERE posted_on < $3), 0) AS opening,
                    coalesce(sum(amount) FILTER (WHERE posted_on >= $3 AND side = 'debit'), 0)
                        AS debits,
                    coalesce(sum(amount) FILTER (WHERE posted_on >= $3 AND side = 'credit'), 0)
                        AS credits,
                    sum(signed) AS closing
             FROM (SELECT account, class, currency, posted_on, side, amount,
                          CASE WHEN (side = 'debit') = (class IN ('asset', 'expense'))
                               THEN amount ELSE -amount END AS signed
                   FROM read.postings
                   WHERE ledger = $1 AND revision <= $2 AND posted_on <= $4) AS posted
             GROUP BY account, class, currency ORDER BY currency, class, account",
        )
        .bind(&self.ledger)
        .bind(revision)
        .bind(first)
        .bind(last)
        .fetch_all(&mut *self.transaction)
        .await
    }
}
