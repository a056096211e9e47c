//! Several ledgers in one process: an engine each.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use cauri_domain::LedgerId;

use crate::edge::Clock;
use crate::engine::{Engine, EngineOptions, OpenError};
use crate::store::EventStore;

/// All ledgers of a deployment. Cheap to clone.
#[derive(Clone)]
pub struct Ledgers {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    options: EngineOptions,
    /// Whether another process writes them.
    follows: bool,
    engines: watch::Sender<BTreeMap<LedgerId, Engine>>,
    opening: Mutex<()>,
}

impl std::fmt::Debug for Ledgers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.shared.engines.borrow().keys()).finish()
    }
}

impl Ledgers {
    /// Opens every ledger that the store holds.
    ///
    /// # Errors
    /// When one of them cannot be opened: a deployment with a broken ledger does not start.
    pub async fn open(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
    ) -> Result<Self, OpenError> {
        Self::opened(store, clock, options, false).await
    }

    /// Follows every ledger that the store holds and another process writes
    /// ([`Engine::open_following`]). What comes later is followed from the next
    /// [`Ledgers::keep_up`] on.
    ///
    /// # Errors
    /// When one of them cannot be followed.
    pub async fn open_following(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
    ) -> Result<Self, OpenError> {
        Self::opened(store, clock, options, true).await
    }

    async fn opened(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
        follows: bool,
    ) -> Result<Self, OpenError> {
        let (engines, opening) = (watch::Sender::new(BTreeMap::new()), Mutex::new(()));
        let shared = Arc::new(Shared { store, clock, options, follows, engines, opening });
        let ledgers = Self { shared };
        ledgers.keep_up().await?;
        Ok(ledgers)
    }

    /// Opens what the store holds and is not open yet. Where ledgers are followed, also anew what
    /// could not be followed any further: its history may be another one now.
    ///
    /// # Errors
    /// When the store does not tell, or one of them cannot be opened.
    pub async fn keep_up(&self) -> Result<(), OpenError> {
        let held = self.shared.store.ledgers().await?;
        for ledger in held.into_iter().filter(|ledger| !ledger.is_trail()) {
            let has_stopped = |engine: Engine| engine.fault().is_some();
            if self.shared.follows && self.engine(&ledger).is_some_and(has_stopped) {
                self.shared.engines.send_modify(|open| drop(open.remove(&ledger)));
            }
            self.create(ledger).await?;
        }
        Ok(())
    }

    /// The engine of a ledger that is open.
    #[must_use]
    pub fn engine(&self, ledger: &LedgerId) -> Option<Engine> {
        self.shared.engines.borrow().get(ledger).cloned()
    }

    /// All engines, in order of name.
    #[must_use]
    pub fn engines(&self) -> Vec<Engine> {
        self.shared.engines.borrow().values().cloned().collect()
    }

    /// The engine of a ledger, opened if it is not: a new ledger begins empty.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn create(&self, ledger: LedgerId) -> Result<Engine, OpenError> {
        if ledger.is_trail() {
            return Err(OpenError::Reserved { ledger });
        }
        let _one_at_a_time = self.shared.opening.lock().await;
        if let Some(engine) = self.engine(&ledger) {
            return Ok(engine);
        }
        let Shared { store, clock, options, follows, engines, .. } = &*self.shared;
        let (store, clock, options) = (Arc::clone(store), Arc::clone(clock), options.clone());
        let engine = match follows {
            true => Engine::open_following(store, ledger.clone(), clock, options).await?,
            false => Engine::open(store, ledger.clone(), clock, options).await?,
        };
        engines.send_modify(|open| drop(open.insert(ledger, engine.clone())));
        Ok(engine)
    }

    /// The engines as ledgers are opened: for those who serve each of them.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<BTreeMap<LedgerId, Engine>> {
        self.shared.engines.subscribe()
    }

    /// Answers what waits and stops all engines.
    pub async fn close(&self) {
        for engine in self.engines() {
            engine.close().await;
        }
    }
}
