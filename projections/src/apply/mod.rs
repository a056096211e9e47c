//! Events to rows. The same events give the same rows, in batches of any size.
//!
//! No clock, no sequence: a row holds only what events say. A batch is folded in memory and takes a
//! few statements, however many events it has.

mod books;
mod earnings;
mod envelopes;
mod lifecycles;
mod rows;

use sqlx::postgres::PgConnection;

use cauri_domain::Revision;
use cauri_ledger::Recorded;

/// Why events could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The database failed: to be tried again.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// An event cannot be applied: the runner stops before it.
    #[error("revision {at} cannot be applied: {what}")]
    Poisoned {
        /// Which.
        at: Revision,
        /// Why.
        what: String,
    },
}

/// Applies a batch of one ledger's events, in order, to the tables that unqualified names mean.
///
/// # Errors
/// [`ApplyError`]; the transaction must then be rolled back.
pub async fn apply(connection: &mut PgConnection, batch: &[Recorded]) -> Result<(), ApplyError> {
    envelopes::write(connection, batch).await?;
    books::write(connection, batch).await?;
    earnings::write(connection, batch).await?;
    lifecycles::write(connection, batch).await
}
