//! What Postgres knows of tables that have just begun to fill.
//!
//! Of a table that was never analysed it takes a ledger for one of two hundred, and so reads all of it for
//! a row of a key that begins with the ledger. It looks by itself once a minute, which at some thousand
//! events a second is late. How values are spread hardly changes with the number of rows: so it is told
//! to look when there are few, and the few times more that it costs nothing.

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::generation::{Generation, TABLES};

/// After so many events of a run.
const WHEN: [usize; 3] = [1_000, 10_000, 100_000];

/// How much a run has applied.
#[derive(Debug, Default)]
pub(crate) struct Growth(usize);

impl Growth {
    /// Counts events; whether it is time to look.
    pub(crate) fn by(&mut self, events: usize) -> bool {
        let before = self.0;
        self.0 += events;
        WHEN.iter().any(|when| (before + 1..=self.0).contains(when))
    }
}

/// Looks at all tables of a generation, beside whoever writes them. Without it statements take longer.
pub(crate) async fn gather(pool: PgPool, generation: Generation) {
    let tables: Vec<_> =
        TABLES.iter().map(|table| format!("{}.{table}", generation.schema())).collect();
    if let Err(error) = analyse(&pool, &tables.join(", ")).await {
        tracing::debug!(%error, "the read models' tables were not analysed");
    }
}

async fn analyse(pool: &PgPool, tables: &str) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    connection.execute(AssertSqlSafe(format!("ANALYZE {tables}"))).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_once_for_each_size() {
        let mut growth = Growth::default();
        let looked = (0..300).filter(|_| growth.by(700)).count();
        assert_eq!(looked, 3);
        assert!(Growth::default().by(1_000) && !Growth::default().by(999));
    }
}
