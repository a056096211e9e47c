//! Read models in Postgres, built from the log, and the questions they answer.
//!
//! All tables are applied together: each batch of events is one transaction with its rows and its
//! checkpoint, so every answer covers exactly one revision. They are disposable: a rebuild stands
//! beside the live ones and takes their place when it has caught up.
//!
//! | to find | look in |
//! | --- | --- |
//! | the tables | `schema/` |
//! | events to rows | [`apply`] |
//! | sets of tables, and which one is served | [`generation`] |
//! | what tells two sets of tables apart | [`digest`], `read_models/compare.rs` |
//! | following a ledger | `runner.rs`, `batches.rs`, `checkpoint.rs`, `statistics.rs` |
//! | all of it for a server | [`ReadModels`] |
//! | questions | [`query`] |

pub mod apply;
mod batches;
mod checkpoint;
pub mod digest;
pub mod generation;
pub mod query;
mod read_models;
mod runner;
mod statistics;

pub use read_models::{
    Compared, Comparison, LedgerComparison, ReadModelOptions, ReadModels, ReadModelsError, Status,
    TableComparison, WaitError,
};

use sqlx::Executor as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPool;

/// The form of the tables and of what is put into them. Count it up when either changes: the next
/// start then builds a new generation beside the old one.
pub const READ_MODEL_VERSION: i32 = 13;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Makes the control tables, or brings them up to date.
///
/// # Errors
/// When the database cannot be reached, or holds what these migrations did not make.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    let last = MIGRATIONS.iter().map(|migration| migration.version).max();
    migrate_to(pool, last.unwrap_or_default()).await
}

/// The same, up to the version that a backup's tables had.
///
/// # Errors
/// As [`migrate`], or when there is no such version: newer software has made it.
pub async fn migrate_to(pool: &PgPool, version: i64) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?;
    // Where a user has the name of one of these schemas, "$user" comes first in the default path:
    // the list of migrations must be looked for where it was put.
    connection.execute("SET search_path TO public").await?;
    let migrated = match MIGRATIONS.version_exists(version) {
        true => MIGRATIONS.run_to(version, &mut *connection).await,
        false => Err(MigrateError::VersionNotPresent(version)),
    };
    connection.execute("RESET search_path").await?;
    migrated
}
