//! What Postgres knows of tables that have just begun to fill.
//!
//! Of a table that was never analysed it takes a ledger for one of two hundred, and so reads all of it for
//! a row of a key that begins with the ledger. It looks by itself once a minute, which at some thousand
//! events a second is late: whoever applies these looks every now and then which tables have come to rows,
//! and has them analysed once. How values are spread hardly changes after that, and Postgres goes on by itself.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::task::JoinHandle;

use crate::generation::Generation;

/// How many rows a table has that is worth analysing.
const ROWS: i64 = 1_000;

/// How many events come between two looks, at the least: a table gets few rows of an event.
const EVENTS: usize = 1_000;

/// How much time is between them, at the least: Postgres counts rows once a second.
const BETWEEN: Duration = Duration::from_secs(1);

/// Looks after the tables of a generation while events are applied to it.
#[derive(Debug)]
pub(crate) struct Statistics {
    pool: PgPool,
    generation: Generation,
    /// Events since the last look.
    events: usize,
    looked: Instant,
    /// The last look.
    look: Option<JoinHandle<()>>,
}

impl Statistics {
    pub(crate) fn new(pool: PgPool, generation: Generation) -> Self {
        Self { pool, generation, events: 0, looked: Instant::now(), look: None }
    }

    /// To be told what was applied. Now and then it looks, beside whoever goes on: one look at a time,
    /// and only on a connection that nobody uses.
    pub(crate) fn applied(&mut self, events: usize) {
        self.events += events;
        let is_looking = self.look.as_ref().is_some_and(|look| !look.is_finished());
        if self.events < EVENTS || self.looked.elapsed() < BETWEEN || is_looking {
            return;
        }
        let Some(mut connection) = self.pool.try_acquire() else { return };
        (self.events, self.looked) = (0, Instant::now());
        let generation = self.generation;
        self.look = Some(tokio::spawn(async move {
            // Without it statements take longer, and that is all.
            if let Err(error) = analyse_new(&mut connection, generation).await {
                tracing::debug!(%error, "the read models' tables were not analysed");
            }
        }));
    }
}

/// Analyses the tables that have some rows and never were.
async fn analyse_new(
    connection: &mut PgConnection,
    generation: Generation,
) -> Result<(), sqlx::Error> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables
         WHERE schemaname = $1 AND n_live_tup >= $2
           AND last_analyze IS NULL AND last_autoanalyze IS NULL ORDER BY 1",
    )
    .bind(generation.schema())
    .bind(ROWS)
    .fetch_all(&mut *connection)
    .await?;
    for table in tables {
        // The name of a table cannot be a parameter; Postgres has quoted it.
        connection.execute(AssertSqlSafe(format!("ANALYZE {table}"))).await?;
    }
    Ok(())
}
