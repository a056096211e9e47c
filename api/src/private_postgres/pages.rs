//! Pages that Postgres has handed to the system and not synced yet go to the disk as they come.
//!
//! A table grows by pages that no process of Postgres's sends to the disk: the system does, all that
//! have become thirty seconds old, in one go. At some thousand rows a second these are hundreds of
//! megabytes, and every commit behind them waits for a third of a second. Once a second there are few.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use cauri_ledger::aside;
use rustix::fs::syncfs;

const EVERY: Duration = Duration::from_secs(1);

/// Sees to it until it is dropped.
#[derive(Debug)]
pub(super) struct Pages {
    _until: Sender<()>,
}

impl Pages {
    /// Of the file system that this folder is on. Where that cannot be done, nothing is lost but time.
    pub(super) fn keep_few(folder: &Path) -> Self {
        let (until, over) = channel();
        match File::open(folder) {
            Ok(folder) => aside::spawn("postgres-pages", move || {
                while over.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    if let Err(error) = syncfs(&folder) {
                        tracing::warn!(%error, "Postgres's pages are left to the system");
                        return;
                    }
                }
            }),
            Err(error) => tracing::warn!(%error, "Postgres's pages are left to the system"),
        }
        Self { _until: until }
    }
}
