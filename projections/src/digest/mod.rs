//! A digest of each table: equal rows give equal digests, however and wherever they were built.
//!
//! A table's digest is SHA-256 over its rows in the order of their primary key, each as the text of
//! Postgres' `to_jsonb` in UTC with a line feed after it. So it does not depend on where rows lie,
//! on the order of columns or on the database's locale, and two machines with the same log at the
//! same revision have the same. The digest of them all is SHA-256 over the lines `table digest`.
//!
//! Nothing is left out: no column of a read model holds anything but what events say.

use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use std::collections::BTreeMap;

use cauri_domain::LedgerId;
use cauri_ledger::store::Head;

use crate::checkpoint;
use crate::generation::{Generation, TABLES};

mod difference;
mod keys;

pub(crate) use difference::{first_difference, rows_of_others};
use keys::Keys;

/// The digest of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDigest {
    /// Which.
    pub table: &'static str,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// The digests of a ledger's rows in every table, at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerDigests {
    /// Whose rows.
    pub ledger: LedgerId,
    /// The last event that they cover.
    pub covers: Head,
    /// Its hash in the log's chain, in hex; empty before the first.
    pub hash: String,
    /// Every table.
    pub tables: Vec<TableDigest>,
}

impl LedgerDigests {
    /// SHA-256 of all tables' names and digests, in hex: one line to compare with another machine's.
    #[must_use]
    pub fn of_all(&self) -> String {
        let mut hasher = Sha256::new();
        for TableDigest { table, sha256, .. } in &self.tables {
            hasher.update(format!("{table} {sha256}\n"));
        }
        hex::encode(hasher.finalize())
    }
}

/// Begins to look: all at one moment, in words that do not depend on the database's settings.
pub(crate) const LOOK: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL timezone TO 'UTC'; SET LOCAL extra_float_digits TO 1";

/// The digests of one ledger's read models that are served, or of all ledgers'. All at one moment.
///
/// # Errors
/// When the database fails, or serves nothing.
pub async fn live_digests(
    pool: &PgPool,
    ledger: Option<&LedgerId>,
) -> Result<Vec<LedgerDigests>, sqlx::Error> {
    let mut look = pool.begin().await?;
    look.execute(LOOK).await?;
    let generation = sqlx::query("SELECT id FROM cauri.generation WHERE status = 'live'");
    let generation = Generation(look.fetch_one(generation).await?.get(0));
    let mut found = Vec::new();
    for (of, covers, hash) in covered(&mut look, generation).await? {
        if ledger.is_some_and(|ledger| *ledger != of) {
            continue;
        }
        let tables = of_tables(&mut look, generation, Some(&of)).await?;
        found.push(LedgerDigests { ledger: of, covers, hash, tables });
    }
    Ok(found)
}

/// Which ledgers a generation covers, up to which event, and its hash.
pub(crate) async fn covered(
    look: &mut PgConnection,
    generation: Generation,
) -> Result<Vec<(LedgerId, Head, String)>, sqlx::Error> {
    let sql = "SELECT ledger, revision, hash FROM cauri.checkpoint WHERE generation = $1
               ORDER BY ledger COLLATE \"C\"";
    let rows = sqlx::query(sql).bind(generation.0).fetch_all(look).await?;
    let of_row = |row: &sqlx::postgres::PgRow| {
        let ledger = row.get::<&str, _>(0).parse().map_err(|error| sqlx::Error::ColumnDecode {
            index: "ledger".to_owned(),
            source: Box::new(error),
        })?;
        Ok((ledger, checkpoint::head(row.get(1)), row.get(2)))
    };
    rows.iter().map(of_row).collect()
}

/// The digest of every table of a generation, of all ledgers together; by the table's name. All at
/// one moment.
///
/// # Errors
/// When the database fails.
pub async fn digests(
    pool: &PgPool,
    generation: Generation,
) -> Result<BTreeMap<&'static str, String>, sqlx::Error> {
    let mut look = pool.begin().await?;
    look.execute(LOOK).await?;
    let tables = of_tables(&mut look, generation, None).await?;
    Ok(tables.into_iter().map(|table| (table.table, table.sha256)).collect())
}

/// The digest of every table, of one ledger's rows or of all, as the transaction sees them.
pub(crate) async fn of_tables(
    look: &mut PgConnection,
    generation: Generation,
    ledger: Option<&LedgerId>,
) -> Result<Vec<TableDigest>, sqlx::Error> {
    let mut digests = Vec::with_capacity(TABLES.len());
    for &table in TABLES {
        digests.push(of_table(look, generation, table, ledger).await?);
    }
    Ok(digests)
}

async fn of_table(
    look: &mut PgConnection,
    generation: Generation,
    table: &'static str,
    ledger: Option<&LedgerId>,
) -> Result<TableDigest, sqlx::Error> {
    let keys = Keys::of(look, generation, table).await?;
    let sql = format!(
        "SELECT to_jsonb(t)::text FROM {}.{table} t WHERE $1::text IS NULL OR ledger = $1
         ORDER BY {}",
        generation.schema(),
        keys.order("t")
    );
    let mut hasher = Sha256::new();
    let mut count = 0;
    {
        let query = sqlx::query(AssertSqlSafe(sql)).bind(ledger.map(LedgerId::as_str));
        let mut rows = query.fetch(look);
        while let Some(row) = rows.try_next().await? {
            hasher.update(row.try_get::<&str, _>(0)?);
            hasher.update(b"\n");
            count += 1;
        }
    }
    Ok(TableDigest { table, rows: count, sha256: hex::encode(hasher.finalize()) })
}
