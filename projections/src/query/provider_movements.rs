//! What was booked on a provider's clearing account.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;

use super::Snapshot;

/// What is booked of one object of a provider's in one currency.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BookedRow {
    /// payin, payout, refund or settlement.
    pub kind: String,
    /// The provider's own name of it; empty where nobody named one.
    pub object: String,
    /// The currency.
    pub currency: String,
    /// Into the clearing account in all, in major units; negative out of it.
    pub amount: Decimal,
    /// What of that was booked within the days asked for.
    pub within: Decimal,
    /// When it was first booked.
    pub first_at: DateTime<Utc>,
}

/// What is booked at a provider within some days in one currency, and what it holds in all.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "kinds of the table provider_movements, into the account")]
pub struct BookedSumRow {
    pub currency: String,
    pub payins: Decimal,
    pub payouts: Decimal,
    pub refunds: Decimal,
    pub chargebacks: Decimal,
    pub fees: Decimal,
    pub settlements: Decimal,
    pub others: Decimal,
    /// What the account holds, of all days.
    pub balance: Decimal,
}

/// What a provider has taken for one of its objects.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BookedFeeRow {
    /// Whether it is its payout to our bank, and not a payment or a payout.
    pub settlement: bool,
    /// The provider's own payment or payout.
    pub object: String,
    /// The currency.
    pub currency: String,
    /// How much, in major units.
    pub fee: Decimal,
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

impl Snapshot {
    /// What is booked of these objects, and of all that something was booked of within the days
    /// from `from` to before `until`, as they were first booked: `most` of them, and one more if
    /// there are more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn booked_at_provider(
        &mut self,
        provider: &str,
        (from, until): (NaiveDate, NaiveDate),
        objects: &[String],
        most: u32,
    ) -> Result<Vec<BookedRow>, sqlx::Error> {
        sqlx::query_as(
            "WITH named AS (
                SELECT kind, object FROM read.provider_movements
                WHERE ledger = $1 AND provider = $2 AND object = ANY($5)
                UNION
                SELECT m.kind, m.object FROM read.events e
                JOIN read.provider_movements m
                  ON m.ledger = e.ledger AND m.revision = e.revision AND m.provider = $2
                WHERE e.ledger = $1 AND e.recorded_at >= $3 AND e.recorded_at < $4
             )
             SELECT m.kind, m.object, m.currency, sum(m.amount) AS amount,
                    coalesce(sum(m.amount) FILTER (
                        WHERE e.recorded_at >= $3 AND e.recorded_at < $4), 0) AS within,
                    min(e.recorded_at) AS first_at
             FROM named n
             JOIN read.provider_movements m
               ON m.ledger = $1 AND m.provider = $2 AND m.kind = n.kind AND m.object = n.object
             JOIN read.events e ON e.ledger = m.ledger AND e.revision = m.revision
             WHERE m.kind IN ('payin', 'payout', 'refund', 'settlement')
             GROUP BY m.kind, m.object, m.currency
             ORDER BY min(m.revision), m.kind, m.object, m.currency LIMIT $6",
        )
        .bind(&self.ledger)
        .bind(provider)
        .bind(midnight(from))
        .bind(midnight(until))
        .bind(objects)
        .bind(i64::from(most) + 1)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What a provider has taken for these of its objects.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn booked_fees(
        &mut self,
        provider: &str,
        objects: &[String],
    ) -> Result<Vec<BookedFeeRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT kind = 'settlement_fee' AS settlement, object, currency, -sum(amount) AS fee
             FROM read.provider_movements
             WHERE ledger = $1 AND provider = $2 AND kind IN ('fee', 'settlement_fee')
               AND object = ANY($3)
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        )
        .bind(&self.ledger)
        .bind(provider)
        .bind(objects)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// The sums of a provider's clearing account over some days, and what it holds, by currency.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn booked_sums(
        &mut self,
        provider: &str,
        (from, until): (NaiveDate, NaiveDate),
    ) -> Result<Vec<BookedSumRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT b.currency, b.balance, s.*
             FROM read.balances b
             CROSS JOIN LATERAL (
                 SELECT coalesce(sum(m.amount) FILTER (WHERE m.kind = 'payin'), 0) AS payins,
                        coalesce(sum(m.amount) FILTER (WHERE m.kind = 'payout'), 0) AS payouts,
                        coalesce(sum(m.amount) FILTER (WHERE m.kind = 'refund'), 0) AS refunds,
                        coalesce(sum(m.amount) FILTER (WHERE m.kind = 'chargeback'), 0)
                            AS chargebacks,
                        coalesce(sum(m.amount)
                            FILTER (WHERE m.kind IN ('fee', 'settlement_fee')), 0) AS fees,
                        coalesce(sum(m.amount) FILTER (WHERE m.kind = 'settlement'), 0)
                            AS settlements,
                        coalesce(sum(m.amount) FILTER (WHERE m.kind = 'other'), 0) AS others
                 FROM read.provider_movements m
                 JOIN read.events e ON e.ledger = m.ledger AND e.revision = m.revision
                 WHERE m.ledger = b.ledger AND m.provider = $2 AND m.currency = b.currency
                   AND e.recorded_at >= $3 AND e.recorded_at < $4
             ) AS s
             WHERE b.ledger = $1 AND b.account = 'clearing:' || $2 ORDER BY b.currency",
        )
        .bind(&self.ledger)
        .bind(provider)
        .bind(midnight(from))
        .bind(midnight(until))
        .fetch_all(&mut *self.transaction)
        .await
    }
}
