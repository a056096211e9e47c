//! A mark in a data folder while a backup is put in place: what is there is not to be served.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use cauri_ledger::sealed;

const NAME: &str = "restore-unfinished";

/// What a restore makes; it must not be there before.
const MADE: &[&str] = &["log", "snapshots", "sagas", "transparency", "reports"];

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// Refuses a data folder that holds something else than the beginning of the same restore.
pub(super) fn refuse_full(data_dir: &Path, what: &str) -> anyhow::Result<()> {
    if was_begun(data_dir, what)? {
        return Ok(());
    }
    for name in MADE {
        let path = data_dir.join(name);
        ensure!(!path.exists(), "{} is there already: restore into a new folder", path.display());
    }
    Ok(())
}

/// Whether the same restore was begun here before; refuses one that was begun otherwise.
pub(super) fn was_begun(data_dir: &Path, what: &str) -> anyhow::Result<bool> {
    let mark = file(data_dir);
    match fs::read_to_string(&mark) {
        Ok(there) => {
            ensure!(
                there == what,
                "{} was begun with another backup or another end: empty the folder, or go on with that",
                mark.display()
            );
            return Ok(true);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).context("the data folder cannot be read"),
    }
    Ok(false)
}

/// Begins. The mark is there whole or not at all: half of one would be that of another restore.
pub(super) fn begin(data_dir: &Path, what: &str) -> anyhow::Result<()> {
    let mark = file(data_dir);
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(data_dir)?;
        sealed::replace(&mark, &[what.as_bytes()])
    };
    write().with_context(|| format!("{} could not be written", mark.display()))
}

/// All is in place.
pub(super) fn end(data_dir: &Path) -> anyhow::Result<()> {
    let mark = file(data_dir);
    let remove = || -> std::io::Result<()> {
        fs::remove_file(&mark)?;
        File::open(data_dir)?.sync_all()
    };
    remove().with_context(|| format!("{} could not be removed", mark.display()))
}

/// Refuses to serve what a restore has not finished.
///
/// # Errors
/// When that is so.
pub(crate) fn refuse_unfinished(data_dir: &Path) -> anyhow::Result<()> {
    if file(data_dir).exists() {
        bail!(
            "a backup was being restored into {} and is not whole: run the same `cauri restore` again",
            data_dir.display()
        );
    }
    Ok(())
}
