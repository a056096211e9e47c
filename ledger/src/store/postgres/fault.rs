//! What an error of the database means for what was asked of it.

use crate::store::StoreFault;

/// How something that was asked ended, when it did not end well.
#[derive(Debug)]
pub(super) enum Failed {
    /// Nothing was done, and it may go better later, perhaps elsewhere: ask again.
    NotNow(sqlx::Error),
    /// It was sent, and nobody said how it ended.
    Unknown(sqlx::Error),
    /// Nothing was done, and asking again would not help.
    Never(sqlx::Error),
}

impl Failed {
    /// What an error means that came back instead of an answer.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of an error that is not known here, nobody knows what it means"
    )]
    pub(super) fn of(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(told) => {
                // The server ends the connection: it may have committed before.
                if severity(told.as_ref()) {
                    return Self::Unknown(error);
                }
                match told.code().as_deref().unwrap_or_default() {
                    // Deadlock, serialisation, lock and statement time-outs, a server that has
                    // become a standby, or that has no room for now: it rolled back.
                    "40001" | "40P01" | "55P03" | "57014" | "25006" => Self::NotNow(error),
                    code if code.starts_with("53") => Self::NotNow(error),
                    _ => Self::Never(error),
                }
            }
            // Nothing was sent.
            sqlx::Error::PoolTimedOut => Self::NotNow(error),
            sqlx::Error::PoolClosed
            | sqlx::Error::Configuration(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::InvalidArgument(_) => Self::Never(error),
            _ => Self::Unknown(error),
        }
    }

    /// The error itself.
    pub(super) fn into_error(self) -> sqlx::Error {
        match self {
            Self::NotNow(error) | Self::Unknown(error) | Self::Never(error) => error,
        }
    }
}

/// Whether the server ended the connection with this.
fn severity(told: &dyn sqlx::error::DatabaseError) -> bool {
    use sqlx::postgres::{PgDatabaseError, PgSeverity};
    let told = told.downcast_ref::<PgDatabaseError>();
    matches!(told.severity(), PgSeverity::Fatal | PgSeverity::Panic)
}

/// A fault with the database's own error as its cause.
pub(super) fn fault(what: impl Into<String>, error: sqlx::Error) -> StoreFault {
    StoreFault::caused(what, error)
}
