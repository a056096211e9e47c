//! A digest of each table: equal rows give equal digests, however and wherever they were built.

use std::collections::BTreeMap;

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row as _};

use crate::generation::{Generation, TABLES};

/// SHA-256 over every table's rows as text, in order, in hex; by the table's name.
///
/// # Errors
/// When the database fails.
pub async fn digests(
    pool: &PgPool,
    generation: Generation,
) -> Result<BTreeMap<&'static str, String>, sqlx::Error> {
    let mut digests = BTreeMap::new();
    for table in TABLES {
        let sql = format!(
            "SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line), ''),
                                             'UTF8')), 'hex')
             FROM (SELECT t::text AS line FROM {}.{table} t) AS rows",
            generation.schema()
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await?;
        digests.insert(*table, row.get(0));
    }
    Ok(digests)
}
