//! A whole backup, checked before anybody relies on it.

use std::path::Path;

use anyhow::{Context as _, ensure};

use super::files::Folder;
use super::log_in::LogIn;
use super::manifest::Manifest;

/// A backup that was found whole.
#[derive(Debug)]
pub struct Checked {
    pub(super) folder: Folder,
    /// What it holds.
    pub manifest: Manifest,
}

/// Checks that every file is there as it was written, and every chain of events from its first byte to
/// its last.
///
/// # Errors
/// The first file that is not as it was written, or event that does not follow the one before.
pub async fn check(folder: &Path) -> anyhow::Result<Checked> {
    let folder = Folder::existing(folder)?;
    let manifest = Manifest::read(&folder)?;
    let manifest =
        manifest.context("there is no backup.json: no backup was made, or to its end")?;
    files(&folder, &manifest)?;
    chains(&folder, &manifest).await?;
    Ok(Checked { folder, manifest })
}

/// Every file against its length and SHA-256.
pub(super) fn files(folder: &Folder, manifest: &Manifest) -> anyhow::Result<()> {
    for ledger in &manifest.ledgers {
        let mut next = 0;
        for file in &ledger.files {
            ensure!(file.first == next, "ledger {}: events from {next} on", ledger.ledger);
            next += file.events;
        }
        ensure!(next == ledger.events, "ledger {}: {next} events are there", ledger.ledger);
    }
    manifest.files().try_for_each(|file| folder.check(file))
}

/// Every chain, worked out anew from the bytes.
async fn chains(folder: &Folder, manifest: &Manifest) -> anyhow::Result<()> {
    let store = LogIn::new(folder, manifest.ledgers.clone());
    for of in &manifest.ledgers {
        let ledger = &of.ledger;
        let found = cauri_ledger::copy::check(&store, ledger, |_| {}).await;
        let found = found.with_context(|| format!("ledger {ledger}"))?;
        ensure!(found == (of.head(), of.hash), "ledger {ledger} ends in another hash");
    }
    Ok(())
}
