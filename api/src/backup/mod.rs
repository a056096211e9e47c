//! Backups of a whole deployment, and their way back.
//!
//! ```text
//! FOLDER/backup.json                          what there is, each file with its length and SHA-256
//! FOLDER/log/main/00000000000000000000.jsonl  the log: a line an event, {"h":"…","e":…}, as stored
//! FOLDER/log/main/00000000000000081234.jsonl  what came until the next backup into this folder
//! FOLDER/database/1/vault.item                rows as Postgres' COPY writes them
//! ```
//! Files of the log are never written again: the next backup into the folder adds what is new, and
//! replaces `backup.json` when all else is on disk. So a backup that was cut off leaves the one before.
//!
//! The server may go on meanwhile. What is read when makes it consistent, in this order:
//! 1. how far endpoints were told: then the log that is read after it has all that was told;
//! 2. the log;
//! 3. the vault and the inbox at one moment: then they hold all that the log refers to. What they say
//!    was applied after the log's end is put right when it is restored: it is applied again.
//!
//! Not in it: keys of any kind, read models (built from the log), report files, snapshots.
//!
//! | to find | look in |
//! | --- | --- |
//! | `backup.json` | `manifest.rs` |
//! | the log written, and read as a store | `log_out.rs`, `log_in.rs` |
//! | tables written and read | `tables.rs`, `rows.rs` |
//! | a whole backup checked | `check.rs` |
//! | a backup put in place | `restore.rs`, `unfinished.rs`, `mend.rs` |

mod check;
mod files;
mod log_in;
mod log_out;
mod manifest;
mod mend;
mod restore;
mod rows;
mod tables;
mod unfinished;

use std::path::Path;

use anyhow::{Context as _, ensure};
use chrono::Utc;
use sqlx::postgres::PgPool;

use crate::store::Source;
pub use check::{Checked, check};
use files::Folder;
pub use manifest::{BackedUpLedger, Manifest};
pub use restore::{Restored, Target, refuse_full, restore};
pub use tables::{LEFT_OUT, TABLES};
pub(crate) use unfinished::refuse_unfinished;

/// Makes a backup into a folder: a new one, or one that holds an older backup of the same ledgers.
/// `say` hears how far it is.
///
/// # Errors
/// When something cannot be read or written, or the folder holds another history. What was in the
/// folder stays a good backup.
pub async fn backup(
    source: &Source,
    pool: &PgPool,
    folder: &Path,
    mut say: impl FnMut(String),
) -> anyhow::Result<Manifest> {
    let folder = Folder::open(folder)?;
    let before = Manifest::read(&folder).context("what is there is no backup, or damaged")?;
    let schema = tables::schema_version(pool).await?;
    let number = before.as_ref().map_or(1, |it| it.database.number + 1);
    folder.make_anew(&rows::folder(number))?;

    let mut rows = rows::Out::new(&folder, number);
    rows.all(pool, tables::BEFORE_LOG).await.context("how far endpoints were told")?;
    log_out::reach(source, &tables::told(pool).await?).await;

    let mut ledgers = Vec::new();
    for ledger in source.store.ledgers().await.context("the ledgers cannot be listed")? {
        let old = before.iter().flat_map(|it| &it.ledgers).find(|it| it.ledger == ledger);
        let written = log_out::write(source, &folder, &ledger, old, &mut say).await;
        ledgers.push(written.with_context(|| format!("ledger {ledger}"))?);
    }
    for old in before.iter().flat_map(|it| &it.ledgers) {
        let is_there = ledgers.iter().any(|it| it.ledger == old.ledger);
        ensure!(is_there, "the backup holds ledger {}, and the store does not", old.ledger);
    }

    rows.all(pool, tables::AFTER_LOG).await.context("the vault and the inbox")?;
    let tables = rows.written();
    ensure!(
        schema == tables::schema_version(pool).await?,
        "the database was brought up to date meanwhile: make the backup once more"
    );
    let database = manifest::BackedUpDatabase { number, schema, tables };
    let made_at = Utc::now();
    let manifest = Manifest::new(made_at, ledgers, database);
    // From the disk, before anybody relies on it.
    check::files(&folder, &manifest).context("what was written cannot be read back")?;
    manifest.write(&folder)?;
    folder.remove_others("database", &number.to_string())?;
    Ok(manifest)
}
