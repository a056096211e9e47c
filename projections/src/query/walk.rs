//! How old what providers hold for us is, in steps: from the newest movement back, until the balance is
//! made up. The query [`ages`](super::Snapshot::ages) says the same in one statement, which on a large
//! ledger keeps a processor busy for a good while; who looks time and again goes in steps and rests.

use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, Row as _};

use super::Snapshot;
use super::ages::CLEARING_HELD;

/// A clearing account in one currency, and what of it has been walked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Whose account.
    pub provider: String,
    /// The currency.
    pub currency: String,
    /// How many parts its balance has, of those that were walked through.
    pub parts: i64,
    /// The event that put the oldest of them there.
    pub oldest: Option<i64>,
    /// As of this revision.
    revision: i64,
    /// In major units, as is what follows.
    held: Decimal,
    /// How much of the balance is not made up yet.
    left: Decimal,
    /// The movement that was looked at last.
    last: Option<(i64, String, String)>,
}

/// Movements before the last one, newest first, and of the object of each: its first revision and its
/// sum. Those without an object are each by themselves. The object's currency and revisions are no part
/// of how it is looked up (`||`, `+`): while nothing is known of a table that grows fast, all of an
/// account would be read for each.
const STEP: &str = "
SELECT m.revision, m.kind, m.object,
       m.revision = coalesce(o.first, m.revision) AS is_first, coalesce(o.amount, m.amount) AS amount
FROM (
    SELECT revision, kind, object, amount FROM read.provider_movements
    WHERE ledger = $1 AND provider = $2 AND currency = $3 AND revision <= $5
      AND ($6::text IS NULL OR (revision, kind, object) < ($5, $6, $7))
    ORDER BY revision DESC, kind DESC, object DESC LIMIT $8
) m LEFT JOIN LATERAL (
    SELECT min(x.revision) AS first, sum(x.amount) AS amount FROM read.provider_movements x
    WHERE x.ledger = $1 AND x.provider = $2 AND x.kind = m.kind AND x.object = m.object
      AND x.currency || '' = $3 AND x.revision + 0 <= $4
) o ON m.object <> ''
ORDER BY m.revision DESC, m.kind DESC, m.object DESC";

impl Snapshot {
    /// All clearing accounts that were ever used, as of `revision`, which it must cover: to be
    /// [walked through](Self::step), in other snapshots too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn walks(&mut self, revision: i64) -> Result<Vec<Walk>, sqlx::Error> {
        // Made of constants alone: every value is a parameter.
        let rows = sqlx::query(AssertSqlSafe(format!("{CLEARING_HELD} ORDER BY 1, 2")))
            .bind(&self.ledger)
            .bind(revision)
            .fetch_all(&mut *self.transaction)
            .await?;
        let walk = |row: &sqlx::postgres::PgRow| {
            let held: Decimal = row.try_get("held")?;
            Ok(Walk {
                provider: row.try_get("provider")?,
                currency: row.try_get("currency")?,
                parts: 0,
                oldest: None,
                revision,
                held,
                left: held.abs(),
                last: None,
            })
        };
        rows.iter().map(walk).collect()
    }

    /// Looks at `most` more movements; whether there is more to be looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn step(&mut self, walk: &mut Walk, most: i64) -> Result<bool, sqlx::Error> {
        if walk.left.is_zero() {
            return Ok(false);
        }
        let (below, kind, object) = match walk.last.take() {
            Some((revision, kind, object)) => (revision, Some(kind), Some(object)),
            None => (walk.revision, None, None),
        };
        // Planned each time, for the tables as they are now.
        let rows = sqlx::query(STEP)
            .persistent(false)
            .bind(&self.ledger)
            .bind(&walk.provider)
            .bind(&walk.currency)
            .bind(walk.revision)
            .bind(below)
            .bind(kind)
            .bind(object)
            .bind(most)
            .fetch_all(&mut *self.transaction)
            .await?;
        for row in &rows {
            let revision = row.try_get("revision")?;
            let (is_first, amount): (bool, Decimal) =
                (row.try_get("is_first")?, row.try_get("amount")?);
            let makes_it_up =
                !amount.is_zero() && amount.is_sign_negative() == walk.held.is_sign_negative();
            if is_first && makes_it_up {
                walk.parts += 1;
                walk.oldest = Some(revision);
                walk.left -= amount.abs().min(walk.left);
                if walk.left.is_zero() {
                    return Ok(false);
                }
            }
            walk.last = Some((revision, row.try_get("kind")?, row.try_get("object")?));
        }
        Ok(i64::try_from(rows.len()).is_ok_and(|count| count == most))
    }
}
