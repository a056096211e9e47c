//! The read models of all ledgers: running, waited for, rebuilt.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPool;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use crate::READ_MODEL_VERSION;
use crate::generation::Generation;
use crate::runner::{Ended, Progress, Runner};

/// How the read models run.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadModelOptions {}

/// Why the read models could not be opened or rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelsError {
    /// The control tables could not be made.
    #[error("the read models' control tables could not be made")]
    Migrate(#[from] MigrateError),
    /// The database failed.
    #[error("the read models' database failed")]
    Database(#[from] sqlx::Error),
    /// A ledger could not be built anew.
    #[error("ledger {ledger} could not be rebuilt: {failure}")]
    Failed {
        /// Which.
        ledger: LedgerId,
        /// Where and why its runner stopped.
        failure: String,
    },
}

/// Why a revision is not covered yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// No read models of this ledger.
    #[error("there are no read models of this ledger")]
    Unknown,
    /// Not in time.
    #[error("the read models cover revision {applied} so far")]
    TimedOut {
        /// What they cover.
        applied: Head,
    },
    /// Never: they have stopped.
    #[error("the read models have stopped at revision {applied}: {failure}")]
    Stopped {
        /// What they cover.
        applied: Head,
        /// Why.
        failure: String,
    },
}

/// How the read models of one ledger stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Which ledger.
    pub ledger: LedgerId,
    /// The generation that is served.
    pub generation: i64,
    /// The last event that they cover.
    pub applied: Head,
    /// How many events are not covered yet.
    pub lag: u64,
    /// Why they stopped, if they did.
    pub failure: Option<String>,
}

/// The read models of all ledgers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ReadModels {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pool: PgPool,
    state: Mutex<State>,
    rebuilding: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    live: Generation,
    engines: BTreeMap<LedgerId, Engine>,
    runners: BTreeMap<(Generation, LedgerId), Running>,
}

#[derive(Debug)]
struct Running {
    progress: watch::Receiver<Progress>,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ReadModels {
    /// Opens the read models: makes the control tables, and a generation where none fits.
    ///
    /// A generation of another version stays until a new one has been built from the log; with
    /// views of its own it would be read wrongly, so the new one is served at once and catches up.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub async fn open(pool: PgPool, _options: ReadModelOptions) -> Result<Self, ReadModelsError> {
        crate::migrate(&pool).await?;
        let live = match Generation::live(&pool).await? {
            Some((generation, READ_MODEL_VERSION)) => generation,
            Some(_) | None => {
                let generation = Generation::create(&pool).await?;
                generation.make_live(&pool).await?;
                generation
            }
        };
        Generation::drop_others(&pool, None).await?;
        let state = State { live, engines: BTreeMap::new(), runners: BTreeMap::new() };
        let (state, rebuilding) = (Mutex::new(state), tokio::sync::Mutex::new(()));
        Ok(Self { shared: Arc::new(Shared { pool, state, rebuilding }) })
    }

    /// The pool of the database.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.shared.pool
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a ledger from now on.
    pub fn attach(&self, engine: Engine) {
        let mut state = self.state();
        let live = state.live;
        state.engines.insert(engine.ledger().clone(), engine.clone());
        self.run(&mut state, live, engine);
    }

    fn run(&self, state: &mut State, generation: Generation, engine: Engine) {
        let ledger = engine.ledger().clone();
        let progress = Progress { applied: Head::Empty, failure: None };
        let (sender, progress) = watch::channel(progress);
        let pool = self.shared.pool.clone();
        let runner = Runner { pool, generation, engine, progress: sender };
        let shared = Arc::downgrade(&self.shared);
        let task = tokio::spawn(async move {
            let engine = runner.engine.clone();
            if runner.run().await == Ended::OtherHistory
                && let Some(shared) = shared.upgrade()
            {
                let read_models = Self { shared };
                tokio::spawn(async move { read_models.start_over(generation, engine).await });
            }
        });
        state.runners.insert((generation, ledger), Running { progress, task });
    }

    /// The database is of another history than the log: nothing of it may be served any more.
    async fn start_over(&self, wrong: Generation, engine: Engine) {
        let _one_at_a_time = self.shared.rebuilding.lock().await;
        if self.state().live != wrong {
            return;
        }
        let ledger = engine.ledger();
        tracing::warn!(%ledger, "the read models are of another history; building them anew");
        loop {
            match self.serve_empty().await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%ledger, %error, "no new generation could be made; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn serve_empty(&self) -> Result<(), sqlx::Error> {
        let generation = Generation::create(&self.shared.pool).await?;
        generation.make_live(&self.shared.pool).await?;
        self.switch_to(generation, true);
        Generation::drop_others(&self.shared.pool, None).await
    }

    /// Makes `generation` the one that is waited for, and ends the runners of the others.
    fn switch_to(&self, generation: Generation, run: bool) {
        let mut state = self.state();
        state.live = generation;
        state.runners.retain(|(of, _), _| *of == generation);
        if run {
            for engine in state.engines.values().cloned().collect::<Vec<_>>() {
                self.run(&mut state, generation, engine);
            }
        }
    }

    /// Builds all read models anew from the log, beside the live ones, and then serves the new.
    ///
    /// Queries are answered by the old ones meanwhile.
    ///
    /// # Errors
    /// When the database fails, or an event cannot be applied: the old ones stay.
    pub async fn rebuild(&self) -> Result<Generation, ReadModelsError> {
        let _one_at_a_time = self.shared.rebuilding.lock().await;
        let generation = Generation::create(&self.shared.pool).await?;
        let engines: Vec<Engine> = {
            let mut state = self.state();
            let engines: Vec<Engine> = state.engines.values().cloned().collect();
            for engine in &engines {
                self.run(&mut state, generation, engine.clone());
            }
            engines
        };
        let built = self.caught_up(generation, &engines).await;
        if let Err(error) = built {
            self.state().runners.retain(|(of, _), _| *of != generation);
            Generation::drop_others(&self.shared.pool, None).await?;
            return Err(error);
        }
        generation.make_live(&self.shared.pool).await?;
        self.switch_to(generation, false);
        Generation::drop_others(&self.shared.pool, None).await?;
        Ok(generation)
    }

    /// Waits until a generation covers what the live one covers.
    async fn caught_up(
        &self,
        generation: Generation,
        engines: &[Engine],
    ) -> Result<(), ReadModelsError> {
        for engine in engines {
            let ledger = engine.ledger();
            let Some(mut progress) = self.progress(generation, ledger) else { continue };
            loop {
                let now = progress.borrow_and_update().clone();
                if let Some(failure) = now.failure {
                    return Err(ReadModelsError::Failed { ledger: ledger.clone(), failure });
                }
                let served = self.applied(ledger).unwrap_or(Head::Empty);
                if now.applied >= served.max(engine.opened().head) {
                    break;
                }
                let moved = tokio::time::timeout(Duration::from_millis(100), progress.changed());
                if let Ok(Err(_)) = moved.await {
                    let failure = "its runner ended".to_owned();
                    return Err(ReadModelsError::Failed { ledger: ledger.clone(), failure });
                }
            }
        }
        Ok(())
    }

    fn progress(
        &self,
        generation: Generation,
        ledger: &LedgerId,
    ) -> Option<watch::Receiver<Progress>> {
        let state = self.state();
        state.runners.get(&(generation, ledger.clone())).map(|running| running.progress.clone())
    }

    /// What the live read models of a ledger cover.
    #[must_use]
    pub fn applied(&self, ledger: &LedgerId) -> Option<Head> {
        let live = self.state().live;
        self.progress(live, ledger).map(|progress| progress.borrow().applied)
    }

    /// Waits until the read models cover `revision`.
    ///
    /// # Errors
    /// [`WaitError`]: not in time, or never.
    pub async fn wait_for(
        &self,
        ledger: &LedgerId,
        revision: Revision,
        timeout: Duration,
    ) -> Result<(), WaitError> {
        let live = self.state().live;
        let mut progress = self.progress(live, ledger).ok_or(WaitError::Unknown)?;
        let covered = |progress: &Progress| {
            progress.applied >= Head::At(revision) || progress.failure.is_some()
        };
        // In time or not, what counts is how it stands then.
        let _ = tokio::time::timeout(timeout, progress.wait_for(covered))
            .await
            .map(|now| now.map(drop));
        let now = progress.borrow().clone();
        let applied = now.applied;
        match now.failure {
            _ if applied >= Head::At(revision) => Ok(()),
            Some(failure) => Err(WaitError::Stopped { applied, failure }),
            None => Err(WaitError::TimedOut { applied }),
        }
    }

    /// How each ledger's read models stand.
    #[must_use]
    pub fn status(&self) -> Vec<Status> {
        let state = self.state();
        let live = state.live;
        let of_ledger = |(ledger, engine): (&LedgerId, &Engine)| {
            let running = state.runners.get(&(live, ledger.clone()))?;
            let progress = running.progress.borrow().clone();
            let lag = engine.head().next().0.saturating_sub(progress.applied.next().0);
            Some(Status {
                ledger: ledger.clone(),
                generation: live.0,
                applied: progress.applied,
                lag,
                failure: progress.failure,
            })
        };
        state.engines.iter().filter_map(of_ledger).collect()
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.shared.pool).await.is_ok()
    }

    /// Stops following and closes the pool.
    pub async fn close(&self) {
        self.state().runners.clear();
        self.shared.pool.close().await;
    }
}
