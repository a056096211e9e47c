//! Starting and stopping the process managers of a ledger, and how they stand.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use cauri_domain::LedgerId;
use cauri_ledger::engine::Engine;

use crate::backoff::Chance;
use crate::destinations::{Destinations, ProvidersOwn};
use crate::gateways::Gateways;
use crate::lanes::ProviderStatus;
use crate::runner::Runner;

/// How process managers run.
#[derive(Debug, Clone)]
pub struct SagaOptions {
    /// The folder for agendas; without one, every start folds the whole log.
    pub agendas: Option<PathBuf>,
    /// After how many events the agenda is sealed again; a larger one after as many as there is on it.
    pub save_every: u64,
    /// How many commands are asked at once: after a long stop, much may be due.
    pub commands_at_once: usize,
    /// How many payments are asked for at once, of each provider.
    pub payouts_at_once: usize,
    /// By what chance tries are spread over time.
    pub chance: Chance,
    /// For how long after the start a provider that does not know a payment is not believed: where
    /// another process has asked until lately, what it sent may still be on its way.
    pub doubt: Duration,
    /// What knows where payouts go.
    pub destinations: Arc<dyn Destinations>,
}

impl Default for SagaOptions {
    fn default() -> Self {
        Self {
            agendas: None,
            save_every: 50_000,
            commands_at_once: 256,
            payouts_at_once: 8,
            chance: Chance::default(),
            doubt: Duration::ZERO,
            destinations: Arc::new(ProvidersOwn),
        }
    }
}

/// How the process managers of a ledger stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SagaStatus {
    /// Which ledger.
    pub ledger: LedgerId,
    /// How many events they have seen: the next revision.
    pub next_revision: u64,
    /// How many events they have not seen yet.
    pub lag: u64,
    /// Whether they have read what happened before their start, and began to act.
    pub is_live: bool,
    /// How many timers are set.
    pub timers: usize,
    /// When the earliest is due.
    pub next_due: Option<DateTime<Utc>>,
    /// How many payouts are submitted and have no outcome yet.
    pub open_payouts: usize,
    /// Since when the oldest of them is open.
    pub oldest_payout: Option<DateTime<Utc>>,
    /// How many payments wait because no provider is there to make them: withdrawals, and captures
    /// and refunds of what came through a provider that is not asked.
    pub without_provider: usize,
    /// How many approved withdrawals wait until a provider that may pay them answers again.
    pub waiting_for_provider: usize,
    /// How each provider stands.
    pub providers: Vec<ProviderStatus>,
    /// How many of their commands the ledger refuses: they wait for a person, or for a change.
    pub refused: usize,
    /// Why they stopped, if they did.
    pub failure: Option<String>,
}

/// The process managers of a ledger.
#[derive(Debug, Clone, Copy)]
pub struct Sagas;

/// A handle on a ledger's process managers. Dropping it stops them at once, as a crash would.
#[derive(Debug)]
pub struct SagaHandle {
    status: Arc<Mutex<SagaStatus>>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Sagas {
    /// Starts the process managers of a ledger.
    #[must_use]
    pub fn spawn(engine: Engine, gateways: Gateways, options: SagaOptions) -> SagaHandle {
        let status = Arc::new(Mutex::new(SagaStatus {
            ledger: engine.ledger().clone(),
            next_revision: 0,
            lag: engine.head().next().0,
            is_live: false,
            timers: 0,
            next_due: None,
            open_payouts: 0,
            oldest_payout: None,
            without_provider: 0,
            waiting_for_provider: 0,
            providers: Vec::new(),
            refused: 0,
            failure: None,
        }));
        let (stop, stopped) = oneshot::channel();
        let runner = Runner::new(engine, gateways, options, Arc::clone(&status));
        SagaHandle { status, stop: Some(stop), task: tokio::spawn(runner.run(stopped)) }
    }
}

impl SagaHandle {
    /// How they stand.
    #[must_use]
    pub fn status(&self) -> SagaStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops them. What is due and what is open is left to the next start.
    pub async fn close(mut self) {
        if let Some(stop) = self.stop.take() {
            // An error, here and below, says that the task has ended already.
            let _ = stop.send(());
            let _ = (&mut self.task).await;
        }
    }
}

impl Drop for SagaHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}
