//! How far a ledger is applied to a generation, as the database knows it.

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgPool};

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::Head;

use crate::generation::Generation;

/// The last event that is applied, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) head: Head,
    /// In hex; empty before the first.
    pub(crate) hash: String,
}

impl Checkpoint {
    /// Where a ledger stands, from now on if not yet; `None` when the generation is retired.
    pub(crate) async fn load(
        pool: &PgPool,
        generation: Generation,
        ledger: &LedgerId,
    ) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query(
            "INSERT INTO cauri.checkpoint (generation, ledger, revision, hash)
             SELECT id, $2, -1, '' FROM cauri.generation WHERE id = $1 AND status <> 'retired'
             ON CONFLICT DO NOTHING",
        )
        .bind(generation.0)
        .bind(ledger.as_str())
        .execute(pool)
        .await?;
        let row = sqlx::query(
            "SELECT c.revision, c.hash FROM cauri.checkpoint c
             JOIN cauri.generation g ON g.id = c.generation
             WHERE c.generation = $1 AND c.ledger = $2 AND g.status <> 'retired'",
        )
        .bind(generation.0)
        .bind(ledger.as_str())
        .fetch_optional(pool)
        .await?;
        Ok(row.map(|row| Self { head: head(row.get(0)), hash: row.get(1) }))
    }

    /// What is covered of a ledger by what is served, and why not more if that has stopped; `None`
    /// where nothing was ever applied. Only looks: another process may keep the tables.
    pub(crate) async fn served(
        pool: &PgPool,
        ledger: &LedgerId,
    ) -> Result<Option<(Head, Option<String>)>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT c.revision, c.failure FROM cauri.checkpoint c
             JOIN cauri.generation g ON g.id = c.generation
             WHERE g.status = 'live' AND c.ledger = $1",
        )
        .bind(ledger.as_str())
        .fetch_optional(pool)
        .await?;
        Ok(row.map(|row| (head(row.get(0)), row.get(1))))
    }

    /// Moves it from exactly `from` to `to`; false when it is not there, or when nobody is served
    /// by this generation any more.
    pub(crate) async fn advance(
        connection: &mut PgConnection,
        generation: Generation,
        ledger: &LedgerId,
        from: Head,
        to: &Self,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(
            "UPDATE cauri.checkpoint SET revision = $4, hash = $5, failure = NULL
             WHERE generation = $1 AND ledger = $2 AND revision = $3
               AND EXISTS (SELECT FROM cauri.generation WHERE id = $1 AND status <> 'retired')",
        )
        .bind(generation.0)
        .bind(ledger.as_str())
        .bind(number(from))
        .bind(number(to.head))
        .bind(&to.hash)
        .execute(connection)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Writes down why it does not move any more.
    pub(crate) async fn note_failure(
        pool: &PgPool,
        generation: Generation,
        ledger: &LedgerId,
        failure: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE cauri.checkpoint SET failure = $3 WHERE generation = $1 AND ledger = $2",
        )
        .bind(generation.0)
        .bind(ledger.as_str())
        .bind(failure)
        .execute(pool)
        .await
        .map(drop)
    }
}

/// Revisions as Postgres keeps them: -1 before the first.
pub(crate) fn number(head: Head) -> i64 {
    match head {
        Head::Empty => -1,
        Head::At(revision) => i64::try_from(revision.0).unwrap_or(i64::MAX),
    }
}

/// A revision as Postgres keeps it, read back.
pub(crate) fn head(number: i64) -> Head {
    u64::try_from(number).map_or(Head::Empty, |revision| Head::At(Revision(revision)))
}
