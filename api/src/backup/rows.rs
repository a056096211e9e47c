//! Rows of tables, out of Postgres and into it, as its COPY writes them.

use std::io::Read as _;

use anyhow::{Context as _, ensure};
use futures::TryStreamExt as _;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor as _, Row as _};

use super::files::{BackedUpFile, Folder};
use super::manifest::{BackedUpDatabase, BackedUpTable};

/// Texts that mean the same to every server, whatever its settings.
const PLAIN: &str = "SET LOCAL timezone TO 'UTC'; SET LOCAL datestyle TO 'ISO';
    SET LOCAL intervalstyle TO 'iso_8601'; SET LOCAL bytea_output TO 'hex';
    SET LOCAL client_encoding TO 'UTF8'; SET LOCAL search_path TO pg_catalog";

/// The folder of one backup's rows.
pub(super) fn folder(number: u64) -> String {
    format!("database/{number}")
}

/// Rows on their way out.
#[derive(Debug)]
pub(super) struct Out<'a> {
    folder: &'a Folder,
    number: u64,
    written: Vec<BackedUpTable>,
}

impl<'a> Out<'a> {
    pub(super) fn new(folder: &'a Folder, number: u64) -> Self {
        Self { folder, number, written: Vec::new() }
    }

    pub(super) fn written(self) -> Vec<BackedUpTable> {
        self.written
    }

    /// All rows of these tables, at one moment.
    pub(super) async fn all(&mut self, pool: &PgPool, tables: &[&str]) -> anyhow::Result<()> {
        let mut look = pool.begin().await?;
        look.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        look.execute(PLAIN).await?;
        for table in tables {
            let written = self.table(&mut look, table).await;
            self.written.push(written.with_context(|| (*table).to_owned())?);
        }
        Ok(look.rollback().await?)
    }

    async fn table(&self, look: &mut PgConnection, table: &str) -> anyhow::Result<BackedUpTable> {
        let sql = "SELECT attname::text FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
        let rows = sqlx::query(sql).bind(table).fetch_all(&mut *look).await?;
        let columns: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let mut file = self.folder.write(format!("{}/{table}", folder(self.number)))?;
        let mut rows = 0;
        let sql = format!("COPY {table} ({}) TO STDOUT", list(&columns));
        let mut lines = look.copy_out_raw(&sql).await?;
        while let Some(bytes) = lines.try_next().await? {
            // A line feed within a value is written as \n.
            rows += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            file.write(&bytes)?;
        }
        Ok(BackedUpTable { table: table.to_owned(), columns, rows, file: file.finish()? })
    }
}

/// Fills tables that have what the backup's had, in a transaction.
pub(super) async fn fill(
    connection: &mut PgConnection,
    folder: &Folder,
    database: &BackedUpDatabase,
) -> anyhow::Result<()> {
    connection.execute(PLAIN).await?;
    for BackedUpTable { table, columns, rows, file } in &database.tables {
        let filled = copy_in(connection, folder, table, columns, file);
        let filled = filled.await.with_context(|| format!("{table} could not be filled"))?;
        ensure!(filled == *rows, "{table} has {filled} rows, and should have {rows}");
        count_on(connection, table).await?;
    }
    Ok(())
}

async fn copy_in(
    connection: &mut PgConnection,
    folder: &Folder,
    table: &str,
    columns: &[String],
    file: &BackedUpFile,
) -> anyhow::Result<u64> {
    let mut source = folder.read(&file.file)?;
    let sql = format!("COPY {table} ({}) FROM STDIN", list(columns));
    let mut filling = connection.copy_in_raw(&sql).await?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            return Ok(filling.finish().await?);
        }
        filling.send(&buffer[..count]).await?;
    }
}

/// Numbers that Postgres gives out go on after those that were given out.
async fn count_on(connection: &mut PgConnection, table: &str) -> anyhow::Result<()> {
    let sql = "SELECT attname::text FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND attidentity <> ''";
    for row in sqlx::query(sql).bind(table).fetch_all(&mut *connection).await? {
        let column: String = row.get(0);
        // Names of our own migrations.
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'),
                (SELECT coalesce(max({}), 0) + 1 FROM {table}), false)",
            list(std::slice::from_ref(&column))
        );
        connection.execute(sqlx::AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

fn list(columns: &[String]) -> String {
    let quoted: Vec<_> =
        columns.iter().map(|it| format!("\"{}\"", it.replace('"', "\"\""))).collect();
    quoted.join(", ")
}
