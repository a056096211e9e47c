//! Read models in Postgres, built from the log, and the questions they answer.
//!
//! All tables are applied together: each batch of events is one transaction with its rows and its
//! checkpoint, so every answer covers exactly one revision. They are disposable: a rebuild stands
//! beside the live ones and takes their place when it has caught up.
//!
//! | to find | look in |
//! | --- | --- |
//! | the tables | `schema.sql` |
//! | events to rows | [`apply`] |
//! | sets of tables, and which one is served | [`generation`] |
//! | following a ledger | [`runner`] |
//! | all of it for a server | [`ReadModels`] |
//! | questions | [`query`] |

pub mod apply;
pub mod digest;
pub mod generation;
pub mod query;
mod read_models;
pub mod runner;

pub use read_models::{ReadModelOptions, ReadModels, ReadModelsError, Status, WaitError};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPool;

/// The form of the tables and of what is put into them. Count it up when either changes: the next
/// start then builds a new generation beside the old one.
pub const READ_MODEL_VERSION: i32 = 1;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Makes the control tables, or brings them up to date.
///
/// # Errors
/// When the database cannot be reached, or holds what these migrations did not make.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATIONS.run(pool).await
}
