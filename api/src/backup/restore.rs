//! A backup put in place: first the log, then in one transaction what Postgres holds.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor as _};

use cauri_domain::LedgerId;
use cauri_ledger::codec;
use cauri_ledger::copy::{Copied, CopyOptions, Progress, Until, copy};
use cauri_ledger::log::event_at;
use cauri_ledger::store::{EventStore, Head};

use super::check::Checked;
use super::log_in::LogIn;
use super::mend::{self, Mended};
use super::{TABLES, rows, tables, unfinished};

/// Where a backup is put.
pub struct Target<'a> {
    /// The data folder.
    pub data_dir: &'a Path,
    /// The store.
    pub store: Arc<dyn EventStore>,
    /// The database.
    pub pool: PgPool,
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

/// What came of a restore.
#[derive(Debug)]
pub struct Restored {
    /// Every ledger, and where it ends now.
    pub ledgers: Vec<(LedgerId, Copied)>,
    /// What Postgres held of events that are not in the log.
    pub mended: Mended,
}

/// Where a ledger ends, and when that was.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) head: Head,
    pub(super) at: Option<DateTime<Utc>>,
}

/// Refuses a data folder that holds something else than the beginning of this very restore.
///
/// # Errors
/// When it does.
pub fn refuse_full(checked: &Checked, until: Until, data_dir: &Path) -> anyhow::Result<()> {
    unfinished::refuse_full(data_dir, &name(checked, until)?)
}

/// What tells this restore from others.
fn name(checked: &Checked, until: Until) -> anyhow::Result<String> {
    Ok(format!("{} {until:?}", checked.manifest.digest()?))
}

/// Puts a backup in place, up to `until`. Cut off, it goes on when it is run again; until it has ended
/// no server starts on the data folder.
///
/// # Errors
/// When something is there already, or cannot be written.
pub async fn restore(
    checked: &Checked,
    until: Until,
    target: &Target<'_>,
    mut say: impl FnMut(String),
) -> anyhow::Result<Restored> {
    let Target { data_dir, store, pool } = target;
    let Checked { folder, manifest } = checked;
    let name = name(checked, until)?;
    let was_begun = unfinished::was_begun(data_dir, &name)?;
    let is_filled = is_filled(pool, &name).await?;
    if !was_begun {
        let there = store.ledgers().await.context("the store cannot be read")?;
        ensure!(there.is_empty(), "the store holds ledger {} already", there[0]);
        unfinished::begin(data_dir, &name)?;
    }
    let from = Arc::new(LogIn::new(folder, manifest.ledgers.clone()));
    let (mut ledgers, mut ends) = (Vec::new(), Vec::new());
    for of in &manifest.ledgers {
        let ledger = &of.ledger;
        // What people did, they did: the audit trail goes back to no point in time.
        let until = if ledger.is_trail() { Until::End } else { until };
        let options = CopyOptions { until, ..CopyOptions::default() };
        let mut told = std::time::Instant::now();
        let progress = |progress: Progress| {
            if let Progress::Copied(count) = progress
                && told.elapsed().as_secs() >= 1
            {
                told = std::time::Instant::now();
                say(format!("ledger {ledger}: {count} of {} events", of.events));
            }
        };
        let store_from = Arc::clone(&from) as Arc<dyn EventStore>;
        let copied = copy(store_from, &**store, ledger, options, progress).await;
        let copied = copied.with_context(|| format!("ledger {ledger}"))?;
        let is_whole = (copied.head, copied.hash) == (of.head(), of.hash);
        ensure!(until != Until::End || is_whole, "ledger {ledger} ends in another hash");
        ends.push((ledger.clone(), end(&**store, ledger, copied.head).await?));
        ledgers.push((ledger.clone(), copied));
    }
    let mended = match is_filled {
        true => Mended::default(),
        false => fill(checked, pool, &name, &ends).await?,
    };
    // What newer software has beyond the backup's.
    cauri_projections::migrate(pool)
        .await
        .context("the database could not be brought up to date")?;
    pool.execute("DROP TABLE IF EXISTS cauri.restored").await?;
    unfinished::end(data_dir)?;
    Ok(Restored { ledgers, mended })
}

/// Whether this restore has filled the database already; refuses one that holds something else.
async fn is_filled(pool: &PgPool, name: &str) -> anyhow::Result<bool> {
    let there = "SELECT to_regclass('cauri.restored') IS NOT NULL";
    if sqlx::query_scalar::<_, bool>(there).fetch_one(pool).await? {
        let of: String =
            sqlx::query_scalar("SELECT of FROM cauri.restored").fetch_one(pool).await?;
        ensure!(of == name, "another backup was being restored into this database");
        return Ok(true);
    }
    for table in TABLES.iter().copied().flatten() {
        let there = "SELECT to_regclass($1) IS NOT NULL";
        if sqlx::query_scalar::<_, bool>(there).bind(table).fetch_one(pool).await? {
            let sql = AssertSqlSafe(format!("SELECT EXISTS (SELECT FROM {table})"));
            let is_full: bool = sqlx::query_scalar(sql).fetch_one(pool).await?;
            ensure!(!is_full, "the database holds rows of {table}: restore into an empty one");
        }
    }
    Ok(false)
}

/// The tables as they were when the backup was made, with its rows, put right for where the log ends.
async fn fill(
    checked: &Checked,
    pool: &PgPool,
    name: &str,
    ends: &[(LedgerId, End)],
) -> anyhow::Result<Mended> {
    let Checked { folder, manifest } = checked;
    let schema = manifest.database.schema;
    cauri_projections::migrate_to(pool, schema).await.with_context(|| {
        format!(
            "the database could not be made as it was ({schema}): is the backup of newer software?"
        )
    })?;
    let there = tables::schema_version(pool).await?;
    ensure!(
        there == schema,
        "the database's tables are newer ({there}) than the backup's ({schema}): restore into an empty one"
    );
    let mut transaction = pool.begin().await?;
    rows::fill(&mut transaction, folder, &manifest.database).await?;
    let mended = mend::mend(&mut transaction, ends).await?;
    transaction.execute("CREATE TABLE cauri.restored (of text NOT NULL)").await?;
    let sql = "INSERT INTO cauri.restored (of) VALUES ($1)";
    sqlx::query(sql).bind(name).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(mended)
}

async fn end(store: &dyn EventStore, ledger: &LedgerId, head: Head) -> anyhow::Result<End> {
    let Head::At(last) = head else { return Ok(End { head, at: None }) };
    let event = event_at(store, ledger, last).await?;
    let event = event.context("the last event cannot be read back")?;
    Ok(End { head, at: codec::place(&event)?.recorded_at() })
}
