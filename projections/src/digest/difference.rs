//! Where two sets of tables differ.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::keys::Keys;
use cauri_domain::LedgerId;

use crate::generation::{Generation, TABLES};

/// The first row, in the order of the primary key, that two generations do not have alike, and what
/// is the matter with it.
pub(crate) async fn first_difference(
    look: &mut PgConnection,
    live: Generation,
    built: Generation,
    table: &str,
    ledger: &LedgerId,
) -> Result<Option<String>, sqlx::Error> {
    let keys = Keys::of(look, built, table).await?;
    let rows = |of: Generation| {
        format!(
            "(SELECT {}, to_jsonb(t) AS row FROM {}.{table} t WHERE ledger = $1)",
            keys.list(),
            of.schema()
        )
    };
    let sql = format!(
        "SELECT {}, a.row IS NULL, b.row IS NULL,
           (SELECT string_agg(c.key, ', ' ORDER BY c.key) FROM jsonb_each(b.row) c
            WHERE c.value::text IS DISTINCT FROM (a.row -> c.key)::text)
         FROM {} a FULL JOIN {} b USING ({}) CROSS JOIN LATERAL (SELECT {}) k
         WHERE a.row::text IS DISTINCT FROM b.row::text ORDER BY {} LIMIT 1",
        keys.words("k"),
        rows(live),
        rows(built),
        keys.list(),
        keys.list(),
        keys.order("k"),
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(ledger.as_str()).fetch_optional(look).await?;
    Ok(row.map(|row| {
        let key: String = row.get(0);
        match (row.get(1), row.get(2), row.get::<Option<String>, _>(3)) {
            (true, _, _) => format!("{key}: is missing in the live table"),
            (_, true, _) => format!("{key}: is in the live table, and not in the log"),
            (_, _, Some(columns)) => format!("{key}: other {columns}"),
            (_, _, None) => format!("{key}: other columns"),
        }
    }))
}

/// A row of no one of these ledgers, as the table and the ledger that it says it is of.
pub(crate) async fn rows_of_others(
    look: &mut PgConnection,
    generation: Generation,
    ledgers: &[String],
) -> Result<Option<(&'static str, String)>, sqlx::Error> {
    for &table in TABLES {
        let sql = format!(
            "SELECT ledger FROM {}.{table} WHERE ledger <> ALL ($1) LIMIT 1",
            generation.schema()
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(ledgers);
        if let Some(row) = query.fetch_optional(&mut *look).await? {
            return Ok(Some((table, row.get(0))));
        }
    }
    Ok(None)
}
