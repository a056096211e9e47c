//! What every ledger has beside its engine: read models and process managers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cauri_domain::LedgerId;
use cauri_ledger::engine::Engine;
use cauri_ledger::ledgers::Ledgers;
use cauri_projections::ReadModels;
use cauri_sagas::{Destinations, Gateways, SagaHandle, SagaOptions, SagaStatus, Sagas};
use tokio::task::JoinHandle;

/// Serves every ledger that is open, and every one that will be.
#[derive(Debug, Clone)]
pub struct Services {
    sagas: Arc<Mutex<BTreeMap<LedgerId, SagaHandle>>>,
    watching: Arc<JoinHandle<()>>,
}

impl Services {
    /// Starts serving.
    #[must_use]
    pub fn start(
        ledgers: &Ledgers,
        read_models: ReadModels,
        gateways: Gateways,
        agendas: PathBuf,
        destinations: Arc<dyn Destinations>,
    ) -> Self {
        let sagas = Arc::<Mutex<BTreeMap<LedgerId, SagaHandle>>>::default();
        let mut opened = ledgers.watch();
        let running = Arc::clone(&sagas);
        let watching = tokio::spawn(async move {
            loop {
                let engines: Vec<Engine> = opened.borrow_and_update().values().cloned().collect();
                for engine in engines {
                    let ledger = engine.ledger().clone();
                    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Entry::Vacant(place) = running.entry(ledger) {
                        read_models.attach(engine.clone());
                        let options = SagaOptions {
                            agendas: Some(agendas.clone()),
                            destinations: Arc::clone(&destinations),
                            ..SagaOptions::default()
                        };
                        place.insert(Sagas::spawn(engine, gateways.clone(), options));
                    }
                }
                if opened.changed().await.is_err() {
                    return;
                }
            }
        });
        Self { sagas, watching: Arc::new(watching) }
    }

    /// How each ledger's process managers stand.
    #[must_use]
    pub fn status(&self) -> Vec<SagaStatus> {
        let sagas = self.sagas.lock().unwrap_or_else(PoisonError::into_inner);
        sagas.values().map(SagaHandle::status).collect()
    }

    /// Stops the process managers, leaving what is due to the next start.
    pub async fn stop(&self) {
        self.watching.abort();
        let sagas = std::mem::take(&mut *self.sagas.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, handle) in sagas {
            handle.close().await;
        }
    }
}
