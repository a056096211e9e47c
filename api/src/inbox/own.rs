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
    /// One whose commits wait for the disk.
    ///
    /// Its lookups go by the index: a table that has grown since it was last counted looks small, and
    /// a plan that reads all of it would be chosen.
    pub(super) fn durable(pool: &PgPool) -> Self {
        Self::with(pool, &[("synchronous_commit", "on")])
    }

    /// One whose commits do not wait for the disk, and which joins what it is given to rows by
    /// looking each of them up. Never for a join of two given lists: that would be each with each.
    pub(super) fn looking_up(pool: &PgPool) -> Self {
        let joins = [("enable_hashjoin", "off"), ("enable_mergejoin", "off")];
        Self::with(pool, &[&[("synchronous_commit", "off")], joins.as_slice()].concat())
    }

    fn with(pool: &PgPool, settings: &[(&str, &str)]) -> Self {
        let options = (*pool.connect_options())
            .clone()
            .options([("enable_seqscan", "off"), ("statement_timeout", "5s")]);
        Self { options: options.options(settings.iter().copied()), open: None }
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
