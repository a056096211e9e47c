//! How old is what providers hold for us, and what is in suspense.
//!
//! What went out of an account is set against what came in first: the oldest money leaves first, so
//! what is left are the newest movements that make up the balance. Movements of one object of the
//! provider's count as one, of the day of its first: a payout that came back, or a settlement that
//! was taken back, leaves nothing. In suspense each payment is an account of its own, since money
//! leaves it by name.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::Snapshot;

/// Which accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenOf {
    /// `clearing:{provider}`: what providers hold for us.
    Clearing,
    /// `suspense:{provider}`: what came in and matched to nothing yet.
    Suspense,
}

/// What money in suspense waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// More of the same payment: less than was asked came.
    RestOfPayment,
    /// The ledger's policy for late money.
    LatePolicy,
    /// A person.
    Person,
}

impl Waiting {
    /// What money waits for that is in suspense for this reason.
    #[must_use]
    pub fn of(reason: &str) -> Self {
        match reason {
            "amount" => Self::RestOfPayment,
            "late" => Self::LatePolicy,
            _ => Self::Person,
        }
    }

    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RestOfPayment => "rest_of_payment",
            Self::LatePolicy => "late_policy",
            Self::Person => "person",
        }
    }
}

/// As of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aging {
    /// The last revision that counts.
    pub revision: i64,
    /// When ages are counted.
    pub at: DateTime<Utc>,
}

/// An account in one currency, and how old its parts are: amounts in major units, negative where
/// the account is below nothing.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AgedRow {
    /// Whose.
    pub provider: String,
    /// The currency.
    pub currency: String,
    /// All of it.
    pub balance: Decimal,
    /// How many parts it has.
    pub parts: i64,
    /// Up to one day old.
    pub day: Decimal,
    /// Older than that, up to three days.
    pub three_days: Decimal,
    /// Older than that, up to seven days.
    pub week: Decimal,
    /// Older than that, up to thirty days.
    pub month: Decimal,
    /// Older than that.
    pub older: Decimal,
    /// Since when its oldest part is there; none where there is nothing.
    pub oldest_at: Option<DateTime<Utc>>,
}

/// A part of an account's balance, with the event that put it there.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AgedPartRow {
    /// Whose.
    pub provider: String,
    /// The currency.
    pub currency: String,
    /// What it is: a kind of `provider_movements`, or a reason of `suspense_items`.
    pub kind: String,
    /// The provider's own name of it; empty where nobody named one.
    pub object: String,
    /// How much of it is open, in major units.
    pub open: Decimal,
    /// The event that put it there.
    pub revision: i64,
    /// The type of that event.
    #[sqlx(rename = "type")]
    pub event: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The pay-in that it came for, if one is known.
    pub payin: Option<Uuid>,
    /// The withdrawal that it came back from, if it did.
    pub withdrawal: Option<Uuid>,
}

/// What each clearing account came to, by provider and currency: `$1` the ledger, `$2` the last revision.
pub(super) const CLEARING_HELD: &str = "
    SELECT substr(b.account, 10) AS provider, b.currency,
           b.balance - coalesce((
               SELECT sum(m.amount) FROM read.provider_movements m
               WHERE m.ledger = $1 AND m.provider = substr(b.account, 10)
                 AND m.currency = b.currency AND m.revision > $2), 0) AS held
    FROM read.balances b WHERE b.ledger = $1 AND b.account LIKE 'clearing:%'";

/// Parts of clearing accounts, of what they [held](CLEARING_HELD) and with the same parameters.
const CLEARING: &str = "
objects AS (
    SELECT h.provider, h.currency, h.held, m.kind, m.object, min(m.revision) AS revision,
           sum(m.amount) AS amount
    FROM held h JOIN read.provider_movements m
      ON m.ledger = $1 AND m.provider = h.provider AND m.currency = h.currency
     AND m.revision <= $2
    WHERE h.held <> 0
    GROUP BY h.provider, h.currency, h.held, m.kind, m.object,
             CASE m.object WHEN '' THEN m.revision END
    HAVING sign(sum(m.amount)) = sign(h.held)
), summed AS (
    SELECT o.*, sum(abs(o.amount)) OVER (PARTITION BY o.provider, o.currency
                    ORDER BY o.revision DESC, o.kind DESC, o.object DESC
                    ROWS UNBOUNDED PRECEDING) AS newer
    FROM objects o
), parts AS (
    SELECT s.provider, s.currency, s.kind, s.object, s.revision, e.type, e.recorded_at,
           NULL::uuid AS payin, NULL::uuid AS withdrawal,
           sign(s.held) * least(abs(s.amount), abs(s.held) - (s.newer - abs(s.amount))) AS open
    FROM summed s JOIN read.events e ON e.ledger = $1 AND e.revision = s.revision
    WHERE s.newer - abs(s.amount) < abs(s.held)
)";

/// Parts of suspense accounts: `$1` the ledger, `$2` the last revision.
const SUSPENSE: &str = "
items AS (
    SELECT b.provider, b.currency, b.object,
           b.held - coalesce((
               SELECT sum(m.amount) FROM read.suspense_movements m
               WHERE m.ledger = $1 AND m.provider = b.provider AND m.object = b.object
                 AND m.currency = b.currency AND m.revision > $2), 0) AS held
    FROM read.suspense_held b WHERE b.ledger = $1
), held AS (
    SELECT provider, currency, sum(held) AS held FROM items GROUP BY provider, currency
), summed AS (
    SELECT i.*, m.revision, m.amount,
           sum(abs(m.amount)) OVER (PARTITION BY i.provider, i.currency, i.object
               ORDER BY m.revision DESC ROWS UNBOUNDED PRECEDING) AS newer
    FROM items i JOIN read.suspense_movements m
      ON m.ledger = $1 AND m.provider = i.provider AND m.object = i.object
     AND m.currency = i.currency AND m.revision <= $2 AND sign(m.amount) = sign(i.held)
    WHERE i.held <> 0
), parts AS (
    SELECT s.provider, s.currency, coalesce(t.reason, 'other') AS kind, s.object, s.revision,
           e.type, e.recorded_at, t.payin, t.withdrawal,
           sign(s.held) * least(abs(s.amount), abs(s.held) - (s.newer - abs(s.amount))) AS open
    FROM summed s JOIN read.events e ON e.ledger = $1 AND e.revision = s.revision
    LEFT JOIN read.suspense_items t ON t.ledger = $1 AND t.created_revision = s.revision
    WHERE s.newer - abs(s.amount) < abs(s.held)
)";

impl OpenOf {
    /// The kind of its accounts: `clearing` of `clearing:{provider}`.
    #[must_use]
    pub const fn account(self) -> &'static str {
        match self {
            Self::Clearing => "clearing",
            Self::Suspense => "suspense",
        }
    }

    /// The beginning of a query: `held`, what each account holds, and `parts`.
    fn parts(self) -> String {
        match self {
            Self::Clearing => format!("WITH held AS ({CLEARING_HELD}), {CLEARING}"),
            Self::Suspense => format!("WITH {SUSPENSE}"),
        }
    }
}

impl Snapshot {
    /// Every such account that was ever used, in each currency, and how old its parts are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ages(&mut self, of: OpenOf, aging: Aging) -> Result<Vec<AgedRow>, sqlx::Error> {
        let sql = format!(
            "{}, aged AS (
                SELECT p.*, extract(epoch FROM $3::timestamptz - p.recorded_at) / 86400 AS days
                FROM parts p
             )
             SELECT h.provider, h.currency, h.held AS balance, count(a.open) AS parts,
                    coalesce(sum(a.open) FILTER (WHERE a.days <= 1), 0) AS day,
                    coalesce(sum(a.open) FILTER (WHERE a.days > 1 AND a.days <= 3), 0)
                        AS three_days,
                    coalesce(sum(a.open) FILTER (WHERE a.days > 3 AND a.days <= 7), 0) AS week,
                    coalesce(sum(a.open) FILTER (WHERE a.days > 7 AND a.days <= 30), 0) AS month,
                    coalesce(sum(a.open) FILTER (WHERE a.days > 30), 0) AS older,
                    min(a.recorded_at) AS oldest_at
             FROM held h LEFT JOIN aged a ON a.provider = h.provider AND a.currency = h.currency
             GROUP BY h.provider, h.currency, h.held ORDER BY h.provider, h.currency",
            of.parts()
        );
        // Made of constants alone: every value is a parameter.
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(&self.ledger)
            .bind(aging.revision)
            .bind(aging.at)
            .fetch_all(&mut *self.transaction)
            .await
    }

    /// The parts of such accounts, the oldest first: at most so many of each account and currency;
    /// of all providers, or of one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn aged_parts(
        &mut self,
        of: OpenOf,
        revision: i64,
        provider: Option<&str>,
        most: u32,
    ) -> Result<Vec<AgedPartRow>, sqlx::Error> {
        let sql = format!(
            "{}
             SELECT provider, currency, kind, object, open, revision, type, recorded_at, payin,
                    withdrawal
             FROM (SELECT p.*, row_number() OVER (PARTITION BY p.provider, p.currency
                               ORDER BY p.revision, p.kind, p.object) AS place
                   FROM parts p WHERE $3::text IS NULL OR p.provider = $3) AS placed
             WHERE place <= $4 ORDER BY provider, currency, place",
            of.parts()
        );
        // Made of constants alone: every value is a parameter.
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(&self.ledger)
            .bind(revision)
            .bind(provider)
            .bind(i64::from(most))
            .fetch_all(&mut *self.transaction)
            .await
    }

    /// When the event of a revision was recorded; `None` where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recorded_at(
        &mut self,
        revision: i64,
    ) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT recorded_at FROM read.events WHERE ledger = $1 AND revision = $2",
        )
        .bind(&self.ledger)
        .bind(revision)
        .fetch_optional(&mut *self.transaction)
        .await
    }
}
