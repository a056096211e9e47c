//! Snapshots: a quick start, and nothing more. They can be thrown away at any time.
//!
//! One [sealed] file a ledger, `{ledger}.snapshot`, of kind `snapshot F S`: F is the
//! form of [`Fold`], S the domain's state version. A snapshot whose versions are unknown, that is
//! damaged, or whose hash is not that of the log at its revision is ignored: the log is the truth.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt as _;

use cauri_domain::{LedgerId, STATE_VERSION};

use crate::aside;
use crate::engine::Opened;
use crate::fold::Fold;
use crate::log::{self, Checker, LogError};
use crate::sealed;
use crate::store::{EventStore, Head};

/// The form of [`Fold`]. Count it up whenever it changes.
const FORM: u32 = 1;

/// Why no snapshot was made. The ledger goes on without.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The log could not be read.
    #[error("the log could not be folded")]
    Log(#[from] LogError),
    /// The file could not be written.
    #[error("{path} could not be written")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// A folded log, and how it was folded.
#[derive(Debug)]
pub struct Start {
    /// What the log comes to.
    pub fold: Fold,
    /// From what.
    pub opened: Opened,
}

/// Folds a ledger's log, from its snapshot on where there is a good one.
///
/// # Errors
/// When the log cannot be read or does not fit together.
pub async fn start(
    store: &Arc<dyn EventStore>,
    ledger: &LedgerId,
    folder: Option<&Path>,
) -> Result<Start, LogError> {
    let snapshot = match folder.and_then(|folder| sealed::load(&path(folder, ledger), &kind())) {
        Some(fold) if is_of_this_log(store, ledger, &fold).await? => Some(fold),
        Some(_) => {
            tracing::warn!(%ledger, "the snapshot is not of this log; reading the whole log");
            None
        }
        None => None,
    };
    let covered = snapshot.as_ref().map(Fold::head);
    let mut fold = snapshot.unwrap_or_default();
    let replayed = fold_on(store, ledger, &mut fold).await?;
    let snapshot = match covered {
        Some(Head::At(revision)) => Some(revision),
        Some(Head::Empty) | None => None,
    };
    let opened = Opened { snapshot, replayed, head: fold.head() };
    Ok(Start { fold, opened })
}

/// Makes a snapshot of what is durable now, starting from the one before.
///
/// # Errors
/// When the log cannot be read or the file not be written.
pub async fn advance(
    store: &Arc<dyn EventStore>,
    ledger: &LedgerId,
    folder: &Path,
) -> Result<(), SnapshotError> {
    let Start { fold, opened } = start(store, ledger, Some(folder)).await?;
    if opened.replayed > 0 {
        let path = path(folder, ledger);
        sealed::save(&path, &kind(), &fold)
            .map_err(|cause| SnapshotError::Write { path, cause })?;
    }
    Ok(())
}

fn path(folder: &Path, ledger: &LedgerId) -> PathBuf {
    folder.join(format!("{ledger}.snapshot"))
}

async fn fold_on(
    store: &Arc<dyn EventStore>,
    ledger: &LedgerId,
    fold: &mut Fold,
) -> Result<u64, LogError> {
    let mut checker = Checker::new(ledger.clone(), fold.head(), Some(fold.hash));
    let mut chunks = store.read(ledger, fold.head().next());
    let mut replayed = 0;
    while let Some(chunk) = chunks.next().await {
        for raw in chunk? {
            fold.apply(&checker.decode(&raw)?);
            replayed += 1;
            aside::breathe();
        }
    }
    Ok(replayed)
}

async fn is_of_this_log(
    store: &Arc<dyn EventStore>,
    ledger: &LedgerId,
    fold: &Fold,
) -> Result<bool, LogError> {
    let Head::At(revision) = fold.head() else { return Ok(true) };
    if store.head(ledger).await? < Head::At(revision) {
        return Ok(false);
    }
    let last = log::event_at(&**store, ledger, revision).await?;
    Ok(last.is_some_and(|raw| raw.hash == fold.hash))
}

fn kind() -> String {
    format!("snapshot {FORM} {STATE_VERSION}")
}
