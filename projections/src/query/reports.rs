//! The figures of reports: over some days, as a revision knew them, of what a filter leaves.
//!
//! The same question has the same answer for ever: everything here is summed from rows that say
//! which event made them, so that whatever is recorded later changes nothing.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, FromRow, Postgres};
use uuid::Uuid;

use super::Snapshot;

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportScope {
    /// The last revision that counts.
    pub revision: i64,
    /// The first day, of UTC, by when events were recorded.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// Only events of this category: their own, or that of the first of their story that said one.
    pub category: Option<String>,
    /// Only events with this dimension and value, theirs or their story's.
    pub dimension: Option<(String, String)>,
    /// So many rows at most, and one more if there are more.
    pub most: u32,
}

/// How long each of a report's spans is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// A day of UTC.
    Day,
    /// From a Monday on.
    Week,
    /// A month.
    Month,
}

impl Span {
    const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// What happened in one currency in one span.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SummaryRow {
    /// Its first day.
    pub span: NaiveDate,
    /// The currency.
    pub currency: String,
    /// What providers took in for us, in major units, less what they gave back or paid out again
    /// of the same kind.
    pub paid_in: Decimal,
    /// What providers paid out for us.
    pub paid_out: Decimal,
    /// What providers gave back to payers, and what payers took back.
    pub refunded_out: Decimal,
    /// What was shared out to sellers, drivers and couriers.
    pub gross: Decimal,
    /// What of that was given back.
    pub refunded: Decimal,
    /// What sellers kept.
    pub net: Decimal,
    /// Tips.
    pub tips: Decimal,
    /// What the platform earned.
    pub income: Decimal,
    /// What it cost.
    pub expense: Decimal,
    /// How many amounts were shared out.
    pub shares: i64,
    /// To how many wallets.
    pub sellers: i64,
    /// How many events moved money.
    pub entries: i64,
}

/// What one source brought or cost in one span.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SpanRevenueRow {
    /// Its first day.
    pub span: NaiveDate,
    /// income or expense.
    pub class: String,
    /// The account.
    pub account: String,
    /// The currency.
    pub currency: String,
    /// The category; empty where nothing says one.
    pub category: String,
    /// The dimension `store`; empty where nothing says one.
    pub store: String,
    /// On the account's normal side, in major units.
    pub amount: Decimal,
    /// How many postings it comes from.
    pub postings: i64,
}

/// One posting.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns say what they are; their tables' files say more")]
pub struct DetailRow {
    pub revision: i64,
    pub line: i16,
    pub recorded_at: DateTime<Utc>,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub account: String,
    pub class: String,
    pub side: String,
    pub amount: Decimal,
    pub currency: String,
    pub category: String,
    pub store: String,
    pub reference: String,
    pub posted_on: NaiveDate,
    pub command_id: Uuid,
}

/// Sums of what was earned.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "as in the table seller_earnings")]
pub struct EarnedSums {
    pub gross: Decimal,
    pub refunded: Decimal,
    pub commission: Decimal,
    pub tax: Decimal,
    pub others: Decimal,
    pub net: Decimal,
    pub tips: Decimal,
    pub shares: i64,
}

/// What was sold in one store in one currency.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "as in the table seller_earnings")]
pub struct StoreRow {
    pub store: String,
    pub currency: String,
    #[sqlx(flatten)]
    pub earned: EarnedSums,
    /// What the platform earned there, less what it cost.
    pub result: Decimal,
}

/// What one driver or courier earned in one currency.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "as in the table seller_earnings")]
pub struct DriverRow {
    pub wallet: Uuid,
    pub owner: String,
    pub currency: String,
    #[sqlx(flatten)]
    pub earned: EarnedSums,
}

/// The events that count, with the labels of their story: `$1` to `$7`.
const COUNTED: &str = "
WITH counted AS (
    SELECT e.revision, e.type, e.recorded_at, e.command_id, e.reference,
           coalesce(l.category, '') AS category,
           coalesce(l.dimensions ->> 'store', '') AS store
    FROM read.events e
    LEFT JOIN LATERAL (
        SELECT s.category, s.dimensions FROM read.events s
        WHERE s.ledger = e.ledger AND s.correlation_id = e.correlation_id
          AND s.revision <= e.revision AND (s.category IS NOT NULL OR s.dimensions IS NOT NULL)
        ORDER BY s.revision = e.revision DESC, s.revision LIMIT 1
    ) AS l ON true
    WHERE e.ledger = $1 AND e.revision <= $2 AND e.recorded_at >= $3 AND e.recorded_at < $4
      AND ($5::text IS NULL OR l.category = $5)
      AND ($6::text IS NULL OR l.dimensions ->> $6 = $7)
)";

/// On the normal side of an account of the result.
const NORMAL: &str = "CASE WHEN (p.class = 'income') = (p.side = 'credit')
                           THEN p.amount ELSE -p.amount END";

type Asked<'q, T> = QueryAs<'q, Postgres, T, PgArguments>;

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

impl Snapshot {
    async fn figures<T>(&mut self, scope: &ReportScope, select: &str) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let (name, value) = scope.dimension.clone().unzip();
        // Made of constants alone: every value is a parameter.
        let query: Asked<'_, T> =
            sqlx::query_as(AssertSqlSafe(format!("{COUNTED} {select} LIMIT $8")));
        query
            .bind(&self.ledger)
            .bind(scope.revision)
            .bind(midnight(scope.from))
            .bind(midnight(scope.until))
            .bind(&scope.category)
            .bind(name)
            .bind(value)
            .bind(i64::from(scope.most) + 1)
            .fetch_all(&mut *self.transaction)
            .await
    }

    /// What happened in each span and currency, the first span first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_summary(
        &mut self,
        scope: &ReportScope,
        span: Span,
    ) -> Result<Vec<SummaryRow>, sqlx::Error> {
        let select = format!(
            ", spans AS (
                SELECT revision, date_trunc('{}', recorded_at AT TIME ZONE 'UTC')::date AS span
                FROM counted
            ), facts AS (
                SELECT s.span, p.currency, p.revision AS entry, NULL::uuid AS seller,
                       0 AS paid_in, 0 AS paid_out, 0 AS refunded_out,
                       0 AS gross, 0 AS refunded, 0 AS net, 0 AS tips, 0 AS shares,
                       CASE WHEN p.class = 'income' THEN {NORMAL} ELSE 0 END AS income,
                       CASE WHEN p.class = 'expense' THEN {NORMAL} ELSE 0 END AS expense
                FROM spans s JOIN read.postings p ON p.ledger = $1 AND p.revision = s.revision
                UNION ALL
                SELECT s.span, n.currency, NULL, n.wallet, 0, 0, 0,
                       n.gross, n.refunded, n.net, n.tips, n.shares, 0, 0
                FROM spans s JOIN read.earnings n ON n.ledger = $1 AND n.revision = s.revision
                UNION ALL
                SELECT s.span, m.currency, NULL, NULL,
                       CASE WHEN m.kind = 'payin' THEN m.amount ELSE 0 END,
                       CASE WHEN m.kind = 'payout' THEN -m.amount ELSE 0 END,
                       CASE WHEN m.kind IN ('refund', 'chargeback') THEN -m.amount ELSE 0 END,
                       0, 0, 0, 0, 0, 0, 0
                FROM spans s
                JOIN read.provider_movements m ON m.ledger = $1 AND m.revision = s.revision
            )
            SELECT span, currency, sum(paid_in) AS paid_in, sum(paid_out) AS paid_out,
                   sum(refunded_out) AS refunded_out, sum(gross) AS gross,
                   sum(refunded) AS refunded, sum(net) AS net, sum(tips) AS tips,
                   sum(income) AS income, sum(expense) AS expense, sum(shares)::bigint AS shares,
                   count(DISTINCT seller) AS sellers, count(DISTINCT entry) AS entries
            FROM facts GROUP BY span, currency ORDER BY span, currency",
            span.word()
        );
        self.figures(scope, &select).await
    }

    /// What came in and what it cost in each span, by account, currency, category and store.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_revenue(
        &mut self,
        scope: &ReportScope,
        span: Span,
    ) -> Result<Vec<SpanRevenueRow>, sqlx::Error> {
        let select = format!(
            "SELECT date_trunc('{}', c.recorded_at AT TIME ZONE 'UTC')::date AS span,
                    p.class, p.account, p.currency, c.category, c.store,
                    sum({NORMAL}) AS amount, count(*) AS postings
             FROM counted c JOIN read.postings p ON p.ledger = $1 AND p.revision = c.revision
             WHERE p.class IN ('income', 'expense')
             GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2 DESC, 3, 4, 5, 6",
            span.word()
        );
        self.figures(scope, &select).await
    }

    /// Every posting, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_detail(
        &mut self,
        scope: &ReportScope,
    ) -> Result<Vec<DetailRow>, sqlx::Error> {
        let select = "SELECT c.revision, p.line, c.recorded_at, c.type, p.account, p.class, p.side,
                    p.amount, p.currency, c.category, c.store,
                    coalesce(c.reference, '') AS reference, p.posted_on, c.command_id
             FROM counted c JOIN read.postings p ON p.ledger = $1 AND p.revision = c.revision
             ORDER BY c.revision, p.line";
        self.figures(scope, select).await
    }

    /// What was sold in each store, by name; the empty one last is what nothing says a store of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_stores(
        &mut self,
        scope: &ReportScope,
    ) -> Result<Vec<StoreRow>, sqlx::Error> {
        let select = "
            , facts AS (
                SELECT c.store, n.currency, n.gross, n.refunded, n.commission, n.tax, n.others,
                       n.net, n.tips, n.shares, 0 AS result
                FROM counted c JOIN read.earnings n ON n.ledger = $1 AND n.revision = c.revision
                UNION ALL
                SELECT c.store, p.currency, 0, 0, 0, 0, 0, 0, 0, 0,
                       CASE p.side WHEN 'credit' THEN p.amount ELSE -p.amount END
                FROM counted c JOIN read.postings p ON p.ledger = $1 AND p.revision = c.revision
                WHERE p.class IN ('income', 'expense')
            )
            SELECT store, currency, sum(gross) AS gross, sum(refunded) AS refunded,
                   sum(commission) AS commission, sum(tax) AS tax, sum(others) AS others,
                   sum(net) AS net, sum(tips) AS tips, sum(shares)::bigint AS shares,
                   sum(result) AS result
            FROM facts GROUP BY store, currency ORDER BY store = '', store, currency";
        self.figures(scope, select).await
    }

    /// What drivers (who are paid by captures of holds) and couriers (who are paid for delivering
    /// orders) earned, who earned most first within a currency.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_drivers(
        &mut self,
        scope: &ReportScope,
    ) -> Result<Vec<DriverRow>, sqlx::Error> {
        let select = "SELECT n.wallet, w.owner, n.currency, sum(n.gross) AS gross,
                    sum(n.refunded) AS refunded, sum(n.commission) AS commission,
                    sum(n.tax) AS tax, sum(n.others) AS others, sum(n.net) AS net,
                    sum(n.tips) AS tips, sum(n.shares)::bigint AS shares
             FROM counted c JOIN read.earnings n ON n.ledger = $1 AND n.revision = c.revision
             JOIN read.wallets w ON w.ledger = $1 AND w.wallet = n.wallet
             WHERE c.type LIKE 'hold.captured.%' OR n.rule = 'delivery'
             GROUP BY n.wallet, w.owner, n.currency
             ORDER BY n.currency, sum(n.net + n.tips) DESC, n.wallet";
        self.figures(scope, select).await
    }
}
