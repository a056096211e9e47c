//! The tables of the log, and that they are as they should be.

use sqlx::PgConnection;

use super::fault::fault;
use crate::store::StoreFault;

/// Every migration, in order; the first is version 1. What was released is never changed.
const MIGRATIONS: [&str; 1] = [include_str!("schema/0001_log.sql")];

/// Two servers that start at the same time wait for one another.
const LOCK: i64 = 0x6361_7572_695f_6c6f;

/// The version that this program needs.
fn needed() -> i32 {
    i32::try_from(MIGRATIONS.len()).expect("there is a handful")
}

/// Makes the tables, or brings them up to what this program needs. Changes nothing, and needs no
/// right to, where they are.
pub(super) async fn ensure(connection: &mut PgConnection) -> Result<(), StoreFault> {
    if version(connection).await? == Some(needed()) {
        return Ok(());
    }
    let what = || "the tables of the log could not be made".to_owned();
    let mut transaction =
        sqlx::Connection::begin(connection).await.map_err(|error| fault(what(), error))?;
    let run = async {
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(LOCK)
            .execute(&mut *transaction)
            .await?;
        sqlx::raw_sql(
            "CREATE SCHEMA IF NOT EXISTS cauri_log;
             CREATE TABLE IF NOT EXISTS cauri_log.version (
                 version integer PRIMARY KEY,
                 at timestamptz NOT NULL DEFAULT now()
             );",
        )
        .execute(&mut *transaction)
        .await?;
        let made: i32 =
            sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM cauri_log.version")
                .fetch_one(&mut *transaction)
                .await?;
        for (migration, version) in MIGRATIONS.iter().zip(1..).filter(|(_, it)| *it > made) {
            sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
            sqlx::query("INSERT INTO cauri_log.version (version) VALUES ($1)")
                .bind(version)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(made)
    };
    let made = run.await.map_err(|error: sqlx::Error| fault(what(), error))?;
    check_version(made.max(needed()))?;
    transaction.commit().await.map_err(|error| fault(what(), error))
}

/// That there is a log that this program can read.
pub(super) async fn check(connection: &mut PgConnection) -> Result<(), StoreFault> {
    match version(connection).await? {
        Some(version) => check_version(version),
        None => Err(StoreFault::new("this database holds no log")),
    }
}

fn check_version(version: i32) -> Result<(), StoreFault> {
    let needed = needed();
    if version == needed {
        return Ok(());
    }
    Err(StoreFault::new(format!(
        "the tables of the log have version {version}, this program needs {needed}"
    )))
}

async fn version(connection: &mut PgConnection) -> Result<Option<i32>, StoreFault> {
    let what = || "the version of the log's tables could not be read".to_owned();
    let there: bool = sqlx::query_scalar("SELECT to_regclass('cauri_log.version') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| fault(what(), error))?;
    if !there {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM cauri_log.version")
        .fetch_one(connection)
        .await
        .map_err(|error| fault(what(), error))
}

/// That every ledger ends where its head says, with that hash: somebody who went past the triggers
/// does not pass unseen. (That the events in between are what they were is for `cauri verify`.)
pub(super) async fn check_heads(connection: &mut PgConnection) -> Result<(), StoreFault> {
    let wrong: Option<String> = sqlx::query_scalar(
        "SELECT head.ledger FROM cauri_log.heads AS head
         LEFT JOIN LATERAL (
             SELECT revision, hash FROM cauri_log.events AS event
             WHERE event.ledger = head.ledger ORDER BY revision DESC LIMIT 1
         ) AS last ON true
         WHERE last.revision IS DISTINCT FROM head.revision OR last.hash IS DISTINCT FROM head.hash
         ORDER BY head.ledger LIMIT 1",
    )
    .fetch_optional(connection)
    .await
    .map_err(|error| fault("where ledgers end could not be checked", error))?;
    match wrong {
        None => Ok(()),
        Some(ledger) => Err(StoreFault::new(format!(
            "ledger {ledger} does not end where cauri_log.heads says that it does: its events were \
             changed by somebody else"
        ))),
    }
}
