//! Keeps a ledger's tree up with its log, and answers from it while it does.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt as _;
use tokio::sync::{Notify, watch};

use cauri_domain::{LedgerId, Revision};

use super::error::TransparencyError;
use super::receipt::Receipt;
use super::signer::{Signed, Signer};
use super::tree::Tree;
use crate::chain::Hash;
use crate::store::{EventStore, Head};

/// The tree of a ledger, kept up with its log. Cheap to clone.
#[derive(Clone)]
pub struct Follower {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn EventStore>,
    ledger: LedgerId,
    signer: Signer,
    tree: Mutex<Tree>,
    /// How far the tree is; `None` once it follows no more.
    size: watch::Sender<Option<u64>>,
    reset: Notify,
    /// Whether the tree was made again because it seemed not to be of the log that was signed.
    doubted: AtomicBool,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("ledger", &self.shared.ledger).finish_non_exhaustive()
    }
}

impl Follower {
    /// Opens the tree in `folder`. It grows while [`Follower::run`] runs.
    ///
    /// # Errors
    /// When the files or the log cannot be read.
    pub async fn open(
        store: Arc<dyn EventStore>,
        ledger: LedgerId,
        folder: &Path,
        signer: Signer,
    ) -> Result<Self, TransparencyError> {
        let tree = Tree::open(&*store, ledger.clone(), folder).await?;
        let size = watch::Sender::new(Some(tree.size()));
        let (tree, reset) = (Mutex::new(tree), Notify::new());
        let doubted = AtomicBool::new(false);
        let shared = Shared { store, ledger, signer, tree, size, reset, doubted };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Which ledger.
    #[must_use]
    pub fn ledger(&self) -> &LedgerId {
        &self.shared.ledger
    }

    /// What others check its checkpoints with.
    #[must_use]
    pub fn public(&self) -> super::note::NoteKey {
        self.shared.signer.public()
    }

    /// Follows the log until the store is closed.
    ///
    /// # Errors
    /// When the log cannot be read or does not hold together, or a file cannot be written.
    pub async fn run(&self) -> Result<(), TransparencyError> {
        let ended = self.follow().await;
        self.shared.size.send_replace(None);
        ended
    }

    async fn follow(&self) -> Result<(), TransparencyError> {
        let Shared { store, ledger, size, reset, .. } = &*self.shared;
        loop {
            let mut next = {
                // Told under the lock: told after it, it could come after what a reset tells.
                let tree = self.tree();
                size.send_replace(Some(tree.size()));
                tree.size()
            };
            let mut chunks = store.follow(ledger, Head::before(Revision(next)));
            loop {
                let chunk = tokio::select! {
                    chunk = chunks.next() => chunk,
                    // Its files were damaged: from the beginning.
                    () = reset.notified() => break,
                };
                let Some(chunk) = chunk else { return self.tree().settle() };
                let mut tree = self.tree();
                if tree.size() != next {
                    break;
                }
                tree.append(&chunk?)?;
                next = tree.size();
                size.send_replace(Some(next));
            }
        }
    }

    /// Signs a checkpoint of all that is durable now.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub async fn checkpoint(&self) -> Result<Signed, TransparencyError> {
        self.signed(0).await
    }

    /// The last checkpoint if it covers so many events, more than 0; else one that is signed now.
    async fn signed(&self, size: u64) -> Result<Signed, TransparencyError> {
        let Shared { signer, doubted, .. } = &*self.shared;
        let sign = |tree: &mut Tree| match size {
            0 => signer.sign(tree),
            size => signer.covering(tree, size),
        };
        self.caught_up().await?;
        let signed = sign(&mut self.tree());
        match signed {
            // That is a grave thing to say: first make sure that it is not the files of the tree.
            Err(TransparencyError::Rewritten { .. }) if !doubted.swap(true, Ordering::Relaxed) => {
                self.begin_anew()?;
                self.caught_up().await?;
                sign(&mut self.tree())
            }
            signed => signed,
        }
    }

    /// The proof that the event of `revision` is among the first `size`; among all, when not given.
    /// Also the size.
    ///
    /// # Errors
    /// As [`Tree::inclusion`].
    pub async fn inclusion(
        &self,
        revision: Revision,
        size: Option<u64>,
    ) -> Result<(u64, Vec<Hash>), TransparencyError> {
        self.caught_up().await?;
        self.ask(|tree| {
            let size = size.unwrap_or(tree.size());
            Ok((size, tree.inclusion(revision, size)?))
        })
    }

    /// The proof that the first `from` events are the beginning of the first `to`.
    ///
    /// # Errors
    /// As [`Tree::consistency`].
    pub async fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, TransparencyError> {
        self.caught_up().await?;
        self.ask(|tree| tree.consistency(from, to))
    }

    /// A receipt for these events, under the last checkpoint if that covers them, else under one that
    /// is signed now.
    ///
    /// # Errors
    /// When one of them is not there, and as [`Signer::sign`].
    pub async fn receipt(&self, revisions: &[Revision]) -> Result<Receipt, TransparencyError> {
        let Shared { store, ledger, .. } = &*self.shared;
        let events = Receipt::events(&**store, ledger, revisions).await?;
        let size = revisions.iter().max().map_or(0, |last| last.next().0);
        let signed = self.signed(size).await?;
        self.ask(|tree| Receipt::new(tree, &signed, &events))
    }

    /// Waits until the tree has all that is durable now.
    async fn caught_up(&self) -> Result<(), TransparencyError> {
        let head = self.shared.store.head(&self.shared.ledger).await?.next().0;
        let mut size = self.shared.size.subscribe();
        let reached = size.wait_for(|size| size.is_none_or(|size| size >= head)).await;
        match reached.as_deref() {
            Ok(Some(_)) => Ok(()),
            Ok(None) | Err(_) => Err(TransparencyError::Stopped),
        }
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&Tree) -> Result<T, TransparencyError>,
    ) -> Result<T, TransparencyError> {
        let answer = question(&self.tree());
        if let Err(TransparencyError::Damaged { what }) = &answer {
            tracing::error!(ledger = %self.shared.ledger, what, "the tree is made again from the log");
            self.begin_anew()?;
        }
        answer
    }

    fn begin_anew(&self) -> Result<(), TransparencyError> {
        let mut tree = self.tree();
        tree.reset()?;
        self.shared.size.send_replace(Some(0));
        drop(tree);
        self.shared.reset.notify_one();
        Ok(())
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        // A panic amid an append leaves a tree whose next append is refused, not a wrong one.
        self.shared.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
