//! The transparency logs of a server's ledgers, and of its audit trail: kept up, signed on a schedule, published elsewhere.
//!
//! What a checkpoint is and what it shows: `docs/audit.md`. The tree and the signatures are the ledger
//! crate's; here is when it is signed, with which key, and where the checkpoints go.

mod key;
mod options;
mod publish;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::{JoinHandle, JoinSet};

use cauri_domain::LedgerId;
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::EventStore;
use cauri_ledger::transparency::{Follower, Signer};

pub use key::{AuditKey, AuditKeyError, KEY_FILE_VARIABLE, KEY_VARIABLE};
pub use options::{AuditOptions, Origin};
use publish::Publisher;

/// Where in the data folder the trees are, a folder for each ledger. They can be made again.
#[must_use]
pub fn folder(data_dir: &Path, ledger: &LedgerId) -> PathBuf {
    data_dir.join("transparency").join(ledger.as_str())
}

/// The transparency logs of the ledgers that are open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Audit {
    followers: Arc<RwLock<BTreeMap<LedgerId, Follower>>>,
}

/// Everything that is needed to begin with a ledger.
struct Keeper {
    data_dir: PathBuf,
    key: AuditKey,
    options: AuditOptions,
    publisher: Publisher,
    audit: Audit,
}

/// What runs, until it is dropped.
#[derive(Debug)]
pub struct AuditTasks(JoinHandle<()>);

impl Drop for AuditTasks {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Audit {
    /// Begins to keep the transparency log of every ledger that is open, of every one that will be,
    /// and of the audit trail, which is in `store`.
    ///
    /// # Errors
    /// When the key cannot be had, or the tree of an open ledger cannot be opened.
    pub async fn start(
        ledgers: &Ledgers,
        store: Arc<dyn EventStore>,
        data_dir: &Path,
        options: AuditOptions,
        is_dev: bool,
    ) -> anyhow::Result<(Self, AuditTasks)> {
        let key = AuditKey::open(data_dir, is_dev).context("checkpoints cannot be signed")?;
        let audit = Self { followers: Arc::default() };
        let (data_dir, publisher) = (data_dir.to_owned(), Publisher::try_new(&options)?);
        let keeper = Keeper { data_dir, key, options, publisher, audit: audit.clone() };
        let keeper = Arc::new(keeper);
        let mut tasks = JoinSet::new();
        keeper.begin(LedgerId::trail(), store, &mut tasks).await?;
        // Before those that are open are looked at: one that is opened meanwhile is seen.
        let mut opened = ledgers.watch();
        for engine in ledgers.engines() {
            keeper.begin(engine.ledger().clone(), engine.store(), &mut tasks).await?;
        }
        let watching = tokio::spawn(async move {
            while opened.changed().await.is_ok() {
                let engines: Vec<_> = opened.borrow_and_update().values().cloned().collect();
                for engine in engines {
                    let ledger = engine.ledger();
                    let begun = keeper.begin(ledger.clone(), engine.store(), &mut tasks).await;
                    if let Err(error) = begun {
                        tracing::error!(%ledger, "its transparency log was not opened: {error:#}");
                    }
                }
            }
        });
        Ok((audit, AuditTasks(watching)))
    }

    /// The transparency log of a ledger that is open.
    #[must_use]
    pub fn follower(&self, ledger: &LedgerId) -> Option<Follower> {
        let followers = self.followers.read().unwrap_or_else(PoisonError::into_inner);
        followers.get(ledger).cloned()
    }
}

impl Keeper {
    /// Begins with a ledger, unless that was done.
    async fn begin(
        self: &Arc<Self>,
        ledger: LedgerId,
        store: Arc<dyn EventStore>,
        tasks: &mut JoinSet<()>,
    ) -> anyhow::Result<()> {
        if self.audit.follower(&ledger).is_some() {
            return Ok(());
        }
        let folder = folder(&self.data_dir, &ledger);
        let signer = self.signer(&ledger)?;
        let follower = Follower::open(store, ledger.clone(), &folder, signer)
            .await
            .with_context(|| format!("the transparency log of {ledger} cannot be opened"))?;
        tracing::info!(%ledger, key = %follower.public(), "checkpoints are signed");
        let followers = &self.audit.followers;
        let mut followers = followers.write().unwrap_or_else(PoisonError::into_inner);
        followers.insert(ledger, follower.clone());
        drop(followers);
        let running = follower.clone();
        tasks.spawn(async move {
            if let Err(error) = running.run().await {
                let ledger = running.ledger();
                tracing::error!(%ledger, error = ?error, "the transparency log has stopped");
            }
        });
        if let Some(every) = self.options.every() {
            let keeper = Arc::clone(self);
            tasks.spawn(async move { keeper.sign_every(every, &follower).await });
        }
        Ok(())
    }

    fn signer(&self, ledger: &LedgerId) -> anyhow::Result<Signer> {
        self.key.signer(&self.options.origin, ledger)
    }

    /// Signs what is new from time to time, and publishes it. Failing, it says so and goes on.
    async fn sign_every(&self, every: Duration, follower: &Follower) {
        let ledger = follower.ledger();
        let mut published = None;
        loop {
            tokio::time::sleep(every).await;
            let signed = match follower.checkpoint().await {
                Ok(signed) => signed,
                Err(error) => {
                    tracing::error!(%ledger, error = ?error, "no checkpoint was signed");
                    continue;
                }
            };
            let size = signed.checkpoint.size;
            if published == Some(size) {
                continue;
            }
            match self.publisher.publish(ledger, &signed).await {
                Ok(()) => published = Some(size),
                Err(error) => {
                    tracing::warn!(%ledger, size, "a checkpoint was not published: {error:#}");
                }
            }
        }
    }
}
