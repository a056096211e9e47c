//! A digest of each table: equal rows give equal digests, however and wherever they were built.

use std::collections::BTreeMap;

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::generation::{Generation, TABLES};

/// SHA-256 over every table's rows as text, in order, in hex; by the table's name. All at one
/// moment. It gathers a table's text in memory: for tests and for checks of small ledgers.
///
/// # Errors
/// When the database fails.
pub async fn digests(
    pool: &PgPool,
    generation: Generation,
) -> Result<BTreeMap<&'static str, String>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    transaction
        .execute(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
             SET LOCAL timezone TO 'UTC'",
        )
        .await?;
    let mut digests = BTreeMap::new();
    for table in TABLES {
        let sql = format!(
            "SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n'
                               ORDER BY line COLLATE \"C\"), ''), 'UTF8')), 'hex')
             FROM (SELECT t::text AS line FROM {}.{table} t) AS rows",
            generation.schema()
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *transaction).await?;
        digests.insert(*table, row.get(0));
    }
    Ok(digests)
}
