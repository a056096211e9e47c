//! A connection of one task's own, kept open: no pool tests it before and after each statement, and
//! no reader makes it wait.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::{ConnectOptions as _, Connection as _};

/// How long it may take to connect.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connection, made when it is first needed and again after it broke.
#[derive(Debug)]
pub(super) struct Own {
    options: PgConnectOptions,
    open: Option<PgConnection>,
}

impl Own {
    /// One to the pool's database, whose commits wait for the disk or do not.
    ///
    /// Its plans go by the index: a table that has grown since it was last counted looks small, and
    /// a plan that reads all of it would be chosen.
    pub(super) fn beside(pool: &PgPool, waits_for_disk: bool) -> Self {
        let options = (*pool.connect_options()).clone().options([
            ("synchronous_commit", if waits_for_disk { "on" } else { "off" }),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("statement_timeout", "5s"),
        ]);
        Self { options, open: None }
    }

    /// Runs `ask` on it. After an error the next one has a new connection.
    pub(super) async fn run<T>(
        &mut self,
        ask: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let connection = match &mut self.open {
            Some(connection) => connection,
            closed @ None => {
                let connecting = tokio::time::timeout(PATIENCE, self.options.connect()).await;
                closed.insert(connecting.map_err(|_| sqlx::Error::PoolTimedOut)??)
            }
        };
        let asked = ask(connection).await;
        if asked.is_err()
            && let Some(broken) = self.open.take()
        {
            // It may be broken or not: either way it is not used any more.
            drop(broken.close_hard().await);
        }
        asked
    }
}
