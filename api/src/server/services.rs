//! What every ledger has beside its engine: read models, process managers, erasures.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cauri_domain::LedgerId;
use cauri_ledger::engine::Engine;
use cauri_ledger::ledgers::Ledgers;
use cauri_projections::ReadModels;
use cauri_sagas::{Gateways, SagaHandle, SagaOptions, SagaStatus, Sagas};
use tokio::task::JoinHandle;

use crate::vault::Vault;

/// What serves one ledger.
#[derive(Debug)]
struct Running {
    sagas: SagaHandle,
    /// Erases what the ledger's log says is to be erased.
    eraser: JoinHandle<()>,
}

/// Serves every ledger that is open, and every one that will be.
#[derive(Debug, Clone)]
pub struct Services {
    sagas: Arc<Mutex<BTreeMap<LedgerId, Running>>>,
    watching: Arc<JoinHandle<()>>,
}

impl Services {
    /// Starts serving. For as long as `doubt`, what a provider does not know of may still be on its
    /// way to it.
    #[must_use]
    pub fn start(
        ledgers: &Ledgers,
        read_models: ReadModels,
        gateways: Gateways,
        agendas: PathBuf,
        vault: &Vault,
        doubt: Duration,
    ) -> Self {
        let vault = vault.clone();
        let sagas = Arc::<Mutex<BTreeMap<LedgerId, Running>>>::default();
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
                            destinations: Arc::new(vault.clone()),
                            doubt,
                            ..SagaOptions::default()
                        };
                        let eraser = tokio::spawn(vault.clone().follow_erasures(engine.clone()));
                        let sagas = Sagas::spawn(engine, gateways.clone(), options);
                        place.insert(Running { sagas, eraser });
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
        sagas.values().map(|running| running.sagas.status()).collect()
    }

    /// How the process managers of one ledger stand.
    #[must_use]
    pub fn status_of(&self, ledger: &LedgerId) -> Option<SagaStatus> {
        let sagas = self.sagas.lock().unwrap_or_else(PoisonError::into_inner);
        sagas.get(ledger).map(|running| running.sagas.status())
    }

    /// Stops the process managers, leaving what is due to the next start.
    pub async fn stop(&self) {
        self.watching.abort();
        let sagas = std::mem::take(&mut *self.sagas.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, running) in sagas {
            running.eraser.abort();
            running.sagas.close().await;
        }
    }
}
