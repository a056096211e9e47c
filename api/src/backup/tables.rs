//! Which tables of Postgres are durable, and which are not worth a backup.

use sqlx::postgres::PgPool;

/// How far endpoints were told. Read before the log: what was told is then in it.
pub(super) const BEFORE_LOG: &[&str] =
    &["outgoing.ledger", "outgoing.endpoint", "outgoing.delivery"];

/// What the log refers to, and what was delivered. Read after the log, at one moment: what the log
/// refers to is then there. A table comes after those that it refers to.
pub(super) const AFTER_LOG: &[&str] = &[
    "vault.subject_key",
    "vault.item",
    "vault.command",
    "vault.erasures_done",
    "outgoing.secret",
    "inbox.delivery",
    "inbox.body",
    "inbox.last_delivery",
];

/// Every table of a backup, in the order in which they are filled.
pub const TABLES: &[&[&str]] = &[BEFORE_LOG, AFTER_LOG];

/// Tables that no backup holds, and why not.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("public._sqlx_migrations", "made by the migrations"),
    ("cauri.generation", "of the read models, which are built from the log"),
    ("cauri.checkpoint", "of the read models, which are built from the log"),
];

/// The last migration that the database had; 0 for none.
pub(super) async fn schema_version(pool: &PgPool) -> Result<i64, sqlx::Error> {
    let there = "SELECT to_regclass('public._sqlx_migrations') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(there).fetch_one(pool).await? {
        return Ok(0);
    }
    let last = "SELECT coalesce(max(version), 0) FROM public._sqlx_migrations WHERE success";
    sqlx::query_scalar(last).fetch_one(pool).await
}

/// How far each ledger's endpoints were told.
pub(super) async fn told(pool: &PgPool) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT ledger, scanned FROM outgoing.ledger").fetch_all(pool).await
}
