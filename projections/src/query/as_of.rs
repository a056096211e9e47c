//! The books as they were: at a revision, or at an instant of the time that events were recorded.
//!
//! The same question has the same answer for ever: nothing that is recorded later reaches back to
//! an earlier revision.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{BalanceRow, Snapshot, TrialBalanceRow, TrialBalanceTotal};

/// Which of an entry's days counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOf {
    /// The day that it is about.
    Effective,
    /// The day that it counts for in the accounts.
    Posting,
}

impl DayOf {
    const fn column(self) -> &'static str {
        match self {
            Self::Effective => "effective_on",
            Self::Posting => "posted_on",
        }
    }
}

impl Snapshot {
    /// The last revision recorded at `instant` or before; `None` before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revision_at(
        &mut self,
        instant: DateTime<Utc>,
    ) -> Result<Option<i64>, sqlx::Error> {
        // Time never goes back within a ledger, so the newest of the old ones is the last.
        let row = sqlx::query(
            "SELECT revision FROM read.events WHERE ledger = $1 AND recorded_at <= $2
             ORDER BY recorded_at DESC, revision DESC LIMIT 1",
        )
        .bind(&self.ledger)
        .bind(instant)
        .fetch_optional(&mut *self.transaction)
        .await?;
        Ok(row.map(|row| row.get(0)))
    }

    /// What a wallet could spend at a revision, in every currency it had held by then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn balances_at(
        &mut self,
        wallet: Uuid,
        revision: i64,
    ) -> Result<Vec<BalanceRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT DISTINCT ON (currency) currency, balance_after AS balance, revision
             FROM read.postings WHERE ledger = $1 AND wallet = $2 AND revision <= $3
             ORDER BY currency, revision DESC, line DESC",
        )
        .bind(&self.ledger)
        .bind(wallet)
        .bind(revision)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What a wallet had at the end of a day, as a revision knew it: in every currency it had held
    /// by then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn balances_on(
        &mut self,
        wallet: Uuid,
        revision: i64,
        (of, day): (DayOf, NaiveDate),
    ) -> Result<Vec<BalanceRow>, sqlx::Error> {
        let sql = format!(
            "SELECT currency, max(revision) AS revision,
                    sum(CASE side WHEN 'credit' THEN amount ELSE -amount END) AS balance
             FROM read.postings
             WHERE ledger = $1 AND wallet = $2 AND revision <= $3 AND {} <= $4
             GROUP BY currency ORDER BY currency",
            of.column()
        );
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(&self.ledger)
            .bind(wallet)
            .bind(revision)
            .bind(day)
            .fetch_all(&mut *self.transaction)
            .await
    }

    /// The trial balance at the end of a day, as a revision knew it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trial_balance_on(
        &mut self,
        revision: i64,
        (of, day): (DayOf, NaiveDate),
    ) -> Result<(Vec<TrialBalanceRow>, Vec<TrialBalanceTotal>), sqlx::Error> {
        let column = of.column();
        let debits = "coalesce(sum(amount) FILTER (WHERE side = 'debit'), 0)";
        let credits = "coalesce(sum(amount) FILTER (WHERE side = 'credit'), 0)";
        let posted =
            format!("FROM read.postings WHERE ledger = $1 AND revision <= $2 AND {column} <= $3");
        let rows = format!(
            "SELECT account, class, currency, {debits} AS debits, {credits} AS credits,
                    CASE WHEN class IN ('asset', 'expense') THEN {debits} - {credits}
                         ELSE {credits} - {debits} END AS balance
             {posted} GROUP BY account, class, currency ORDER BY currency, class, account"
        );
        let rows = sqlx::query_as(AssertSqlSafe(rows))
            .bind(&self.ledger)
            .bind(revision)
            .bind(day)
            .fetch_all(&mut *self.transaction)
            .await?;
        let totals = format!(
            "SELECT currency, {debits} AS debits, {credits} AS credits
             {posted} GROUP BY currency ORDER BY currency"
        );
        let totals = sqlx::query_as(AssertSqlSafe(totals))
            .bind(&self.ledger)
            .bind(revision)
            .bind(day)
            .fetch_all(&mut *self.transaction)
            .await?;
        Ok((rows, totals))
    }

    /// Every account that had been posted to by a revision, and the sums of each currency.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trial_balance_at(
        &mut self,
        revision: i64,
    ) -> Result<(Vec<TrialBalanceRow>, Vec<TrialBalanceTotal>), sqlx::Error> {
        let rows: Vec<TrialBalanceRow> = sqlx::query_as(
            "SELECT account, class, currency,
                    coalesce(sum(amount) FILTER (WHERE side = 'debit'), 0) AS debits,
                    coalesce(sum(amount) FILTER (WHERE side = 'credit'), 0) AS credits,
                    (array_agg(balance_after ORDER BY revision DESC, line DESC))[1] AS balance
             FROM read.postings WHERE ledger = $1 AND revision <= $2
             GROUP BY account, class, currency ORDER BY currency, class, account",
        )
        .bind(&self.ledger)
        .bind(revision)
        .fetch_all(&mut *self.transaction)
        .await?;
        let totals = sqlx::query_as(
            "SELECT currency, sum(amount) FILTER (WHERE side = 'debit') AS debits,
                    sum(amount) FILTER (WHERE side = 'credit') AS credits
             FROM read.postings WHERE ledger = $1 AND revision <= $2
             GROUP BY currency ORDER BY currency",
        )
        .bind(&self.ledger)
        .bind(revision)
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok((rows, totals))
    }
}
