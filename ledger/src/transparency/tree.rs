//! The tree of one ledger: opened against its log, kept up with it, asked for proofs.

use std::fs::File;
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use serde::{Deserialize, Serialize};

use cauri_domain::{LedgerId, Revision};

use super::error::TransparencyError;
use super::levels::Levels;
use super::merkle;
use crate::chain::Hash;
use crate::log::{Checker, LogError};
use crate::sealed;
use crate::store::{EventStore, Head, RawEvent};

/// The form of [`Settled`] and of the files beside it.
const KIND: &str = "transparency 1";

/// After how many events the files are synced: so many are read again after a crash.
const SETTLE_EVERY: u64 = 65_536;

/// How far the files are on disk for certain, and of which log they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Settled {
    size: u64,
    root: Hash,
    /// The hash in the chain of the last event, which depends on every event before it.
    chain: Hash,
}

/// The tree of a ledger.
#[derive(Debug)]
pub struct Tree {
    folder: PathBuf,
    levels: Levels,
    checker: Checker,
    ledger: LedgerId,
    chain: Hash,
    settled: u64,
    /// Held by the one who writes the files; without it, nothing is written.
    lock: Option<File>,
}

impl Tree {
    /// Opens the files in `folder`, and begins anew when they are not of this log. When another
    /// process keeps them, they are read only, and what came since is kept in memory.
    ///
    /// # Errors
    /// When the files or the log cannot be read.
    pub async fn open(
        store: &dyn EventStore,
        ledger: LedgerId,
        folder: &Path,
    ) -> Result<Self, TransparencyError> {
        crate::folder::make(folder).map_err(TransparencyError::file(folder))?;
        let lock = lock(folder)?;
        let settled = sealed::load::<Settled>(&folder.join("state"), KIND);
        if let Some(settled) = settled
            && is_of_this_log(store, &ledger, settled).await?
        {
            let levels = Levels::open(folder, settled.size, lock.is_some());
            match levels.and_then(|it| merkle::root(&it, settled.size).map(|root| (it, root))) {
                Ok((levels, root)) if root == settled.root => {
                    return Ok(Self::at(folder, ledger, levels, settled, lock));
                }
                Ok(_) | Err(TransparencyError::Damaged { .. } | TransparencyError::File { .. }) => {
                    tracing::warn!(%ledger, "the files of the tree are damaged");
                }
                Err(error) => return Err(error),
            }
        }
        if settled.is_some() {
            tracing::warn!(%ledger, "the tree is made again from the log");
        }
        let nothing = Settled { size: 0, root: merkle::empty(), chain: Hash::ZERO };
        let levels = Levels::open(folder, 0, lock.is_some())?;
        Ok(Self::at(folder, ledger, levels, nothing, lock))
    }

    fn at(
        folder: &Path,
        ledger: LedgerId,
        levels: Levels,
        settled: Settled,
        lock: Option<File>,
    ) -> Self {
        let Settled { size, chain, .. } = settled;
        let after = Head::before(Revision(size));
        let checker = Checker::new(ledger.clone(), after, Some(chain));
        let folder = folder.to_owned();
        Self { folder, levels, checker, ledger, chain, settled: size, lock }
    }

    /// Which ledger it is of.
    #[must_use]
    pub const fn ledger(&self) -> &LedgerId {
        &self.ledger
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether another process keeps the files. Its newest events are seen here some moments late.
    #[must_use]
    pub const fn is_kept_elsewhere(&self) -> bool {
        self.lock.is_none()
    }

    /// How many events it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.levels.size()
    }

    /// Appends the next events of the log, which must go on where it ends and keep the hash chain.
    ///
    /// # Errors
    /// When they do not, or a file cannot be written.
    pub fn append(&mut self, events: &[RawEvent]) -> Result<(), TransparencyError> {
        for raw in events {
            self.checker.check(raw)?;
            self.levels.push(merkle::leaf(&raw.body))?;
            self.chain = raw.hash;
        }
        self.levels.flush()?;
        if self.size() - self.settled >= SETTLE_EVERY {
            self.settle()?;
        }
        Ok(())
    }

    /// Reads on to the end of the log.
    ///
    /// # Errors
    /// As [`Tree::append`], and when the log cannot be read.
    pub async fn catch_up(&mut self, store: &dyn EventStore) -> Result<(), TransparencyError> {
        let ledger = self.ledger.clone();
        let mut chunks = store.read(&ledger, Revision(self.size()));
        while let Some(chunk) = chunks.next().await {
            self.append(&chunk?)?;
        }
        Ok(())
    }

    /// Makes the files durable, so that the next start goes on from here.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn settle(&mut self) -> Result<(), TransparencyError> {
        if self.lock.is_none() || self.settled == self.size() {
            return Ok(());
        }
        self.levels.sync()?;
        let (size, chain) = (self.size(), self.chain);
        let settled = Settled { size, root: self.root(size)?, chain };
        let path = self.folder.join("state");
        sealed::save(&path, KIND, &settled).map_err(TransparencyError::file(path))?;
        self.settled = size;
        Ok(())
    }

    /// Throws the files away and begins anew, where they may be written.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn reset(&mut self) -> Result<(), TransparencyError> {
        let path = self.folder.join("state");
        if self.lock.is_some() && path.exists() {
            std::fs::remove_file(&path).map_err(TransparencyError::file(path))?;
        }
        self.levels = Levels::open(&self.folder, 0, self.lock.is_some())?;
        self.checker = Checker::new(self.ledger.clone(), Head::Empty, None);
        (self.chain, self.settled) = (Hash::ZERO, 0);
        Ok(())
    }

    /// The root of the first `size` events.
    ///
    /// # Errors
    /// When there are not so many, or a file cannot be read.
    pub fn root(&self, size: u64) -> Result<Hash, TransparencyError> {
        self.holds(size)?;
        merkle::root(&self.levels, size)
    }

    /// The proof that the event of `revision` is among the first `size`, checked before it is given.
    ///
    /// # Errors
    /// When it is not among them, there are not so many, or the files are damaged.
    pub fn inclusion(&self, revision: Revision, size: u64) -> Result<Vec<Hash>, TransparencyError> {
        use merkle::Nodes as _;
        self.holds(size)?;
        if revision.0 >= size {
            let what = format!("revision {revision} is not among the first {size} events");
            return Err(TransparencyError::NoProof { what });
        }
        let proof = merkle::inclusion(&self.levels, revision.0, size)?;
        let leaf = self.levels.full(0, revision.0)?;
        if merkle::includes(leaf, revision.0, size, &proof, self.root(size)?) {
            return Ok(proof);
        }
        Err(TransparencyError::Damaged { what: format!("revision {revision}") })
    }

    /// The proof that the first `from` events are the beginning of the first `to`, checked before it
    /// is given. Empty when `from` is 0 or `to`.
    ///
    /// # Errors
    /// When `from` is beyond `to`, there are not so many, or the files are damaged.
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, TransparencyError> {
        self.holds(to)?;
        if from > to {
            let what = format!("a log of {from} events is not the beginning of one of {to}");
            return Err(TransparencyError::NoProof { what });
        }
        if from == 0 {
            return Ok(Vec::new());
        }
        let proof = merkle::consistency(&self.levels, from, to)?;
        if merkle::extends(from, self.root(from)?, to, self.root(to)?, &proof) {
            return Ok(proof);
        }
        Err(TransparencyError::Damaged { what: format!("the first {from} of {to} events") })
    }

    fn holds(&self, size: u64) -> Result<(), TransparencyError> {
        if size <= self.size() {
            return Ok(());
        }
        let what = format!("{size} events were asked about and the tree has {}", self.size());
        Err(TransparencyError::NoProof { what })
    }
}

/// The right to write the files; `None` when another process has it.
fn lock(folder: &Path) -> Result<Option<File>, TransparencyError> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(TransparencyError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(cause)) => Err(TransparencyError::File { path, cause }),
    }
}

/// Whether the log has, at the end of what is settled, the event that was there then.
async fn is_of_this_log(
    store: &dyn EventStore,
    ledger: &LedgerId,
    settled: Settled,
) -> Result<bool, TransparencyError> {
    let Some(last) = settled.size.checked_sub(1).map(Revision) else { return Ok(true) };
    let chunk = chunk(store, ledger, last).await?;
    Ok(chunk.first().is_some_and(|raw| raw.revision == last && raw.hash == settled.chain))
}

/// The events from a revision on, as many as are read at once; none if the log does not go so far.
///
/// # Errors
/// When the log cannot be read.
pub(super) async fn chunk(
    store: &dyn EventStore,
    ledger: &LedgerId,
    from: Revision,
) -> Result<Vec<RawEvent>, LogError> {
    if store.head(ledger).await? < Head::At(from) {
        return Ok(Vec::new());
    }
    Ok(store.read(ledger, from).next().await.transpose()?.unwrap_or_default())
}
