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
        let held = store.ledgers().await?;
        let engines = watch::Sender::new(BTreeMap::new());
        let ledgers = Self {
            shared: Arc::new(Shared { store, clock, options, engines, opening: Mutex::new(()) }),
        };
        for ledger in held {
            ledgers.create(ledger).await?;
        }
        Ok(ledgers)
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
        let _one_at_a_time = self.shared.opening.lock().await;
        if let Some(engine) = self.engine(&ledger) {
            return Ok(engine);
        }
        let Shared { store, clock, options, engines, .. } = &*self.shared;
        let (store, clock) = (Arc::clone(store), Arc::clone(clock));
        let engine = Engine::open(store, ledger.clone(), clock, options.clone()).await?;
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
