//! The read models of all ledgers: running, waited for, rebuilt.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPool;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use cauri_domain::LedgerId;
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use crate::READ_MODEL_VERSION;
use crate::checkpoint::Checkpoint;
use crate::generation::Generation;
use crate::runner::{Limit, Progress, Runner};

mod compare;
mod comparison;
mod kept_elsewhere;
mod rebuild;
mod wait;

pub use comparison::{Compared, Comparison, LedgerComparison, TableComparison};
pub use wait::WaitError;

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
    /// There is nothing to compare with: other software made what is served.
    #[error("what is served is of another version of the read models: it cannot be compared")]
    OtherVersion,
    /// No moment was found at which both cover the same events.
    #[error("the new read models did not catch up with the live ones")]
    NeverLevel,
    /// Another process keeps them: it is for that one to build.
    #[error("these read models are kept by another process")]
    KeptElsewhere,
}

/// How the read models of one ledger stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Which ledger.
    pub ledger: LedgerId,
    /// The generation that is served, or, while that is of another version, the one being built.
    pub generation: i64,
    /// The last event that it covers.
    pub applied: Head,
    /// How many events it does not cover yet.
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
    /// Whether another process applies what happens; this one only asks.
    is_kept_elsewhere: bool,
    served: watch::Sender<Generation>,
    state: Mutex<State>,
    rebuilding: tokio::sync::Mutex<()>,
    /// How the last comparison stands.
    compared: watch::Sender<Option<Compared>>,
}

#[derive(Debug)]
struct State {
    /// Whether what is served is of another version than this software: it stays as it is.
    is_outdated: bool,
    building: Option<Generation>,
    /// Why no generation of this version could be built.
    failure: Option<String>,
    engines: BTreeMap<LedgerId, Engine>,
    runners: BTreeMap<(Generation, LedgerId), Running>,
    /// How far the runners of each generation may go.
    limits: BTreeMap<Generation, watch::Sender<Limit>>,
}

impl State {
    fn limit(&mut self, generation: Generation) -> &watch::Sender<Limit> {
        self.limits.entry(generation).or_insert_with(|| watch::Sender::new(None))
    }
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
    /// In an empty database it is served at once. Where one of another version is served, that
    /// goes on until a new one has been built from the log beside it; until then, [`Self::ready`]
    /// is false.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub async fn open(pool: PgPool, _options: ReadModelOptions) -> Result<Self, ReadModelsError> {
        crate::migrate(&pool).await?;
        let (served, version) = match Generation::live(&pool).await? {
            Some(live) => live,
            None => {
                let generation = Generation::create(&pool).await?;
                generation.make_live(&pool).await?;
                (generation, READ_MODEL_VERSION)
            }
        };
        Generation::drop_others(&pool).await?;
        let is_outdated = version != READ_MODEL_VERSION;
        let read_models = Self::over(pool, served, is_outdated, false);
        if is_outdated {
            tracing::warn!(version, "the read models are of another version; building them anew");
            tokio::spawn(read_models.clone().replace_outdated());
        }
        Ok(read_models)
    }

    fn over(pool: PgPool, served: Generation, is_outdated: bool, is_kept_elsewhere: bool) -> Self {
        let state = State {
            is_outdated,
            building: None,
            failure: None,
            engines: BTreeMap::new(),
            runners: BTreeMap::new(),
            limits: BTreeMap::new(),
        };
        Self {
            shared: Arc::new(Shared {
                pool,
                is_kept_elsewhere,
                served: watch::Sender::new(served),
                state: Mutex::new(state),
                rebuilding: tokio::sync::Mutex::new(()),
                compared: watch::Sender::new(None),
            }),
        }
    }

    /// The pool of the database.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.shared.pool
    }

    /// The generation that is served.
    #[must_use]
    pub fn served(&self) -> Generation {
        *self.shared.served.borrow()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a ledger from now on. Not where another process keeps them: that one does.
    pub fn attach(&self, engine: Engine) {
        if self.shared.is_kept_elsewhere {
            return;
        }
        let mut state = self.state();
        state.engines.insert(engine.ledger().clone(), engine.clone());
        if !state.is_outdated {
            self.run(&mut state, self.served(), engine.clone());
        }
        if let Some(building) = state.building {
            self.run(&mut state, building, engine);
        }
    }

    fn run(&self, state: &mut State, generation: Generation, engine: Engine) {
        let ledger = engine.ledger().clone();
        let (sender, progress) = watch::channel(Progress { applied: Head::Empty, failure: None });
        let runner = Runner {
            pool: self.shared.pool.clone(),
            generation,
            engine,
            progress: sender,
            served: self.shared.served.subscribe(),
            limit: state.limit(generation).subscribe(),
        };
        let shared = Arc::downgrade(&self.shared);
        let task = tokio::spawn(async move {
            let ended = runner.run().await;
            if let Some(shared) = shared.upgrade() {
                // On a task of its own: what comes next may end this one.
                tokio::spawn(Self { shared }.after_end(ended, runner));
            }
        });
        state.runners.insert((generation, ledger), Running { progress, task });
    }

    fn progress(
        &self,
        generation: Generation,
        ledger: &LedgerId,
    ) -> Option<watch::Receiver<Progress>> {
        let state = self.state();
        state.runners.get(&(generation, ledger.clone())).map(|running| running.progress.clone())
    }

    /// What the read models of a ledger cover that are served.
    #[must_use]
    pub fn applied(&self, ledger: &LedgerId) -> Option<Head> {
        self.progress(self.served(), ledger).map(|progress| progress.borrow().applied)
    }

    /// The same, whoever keeps them.
    ///
    /// # Errors
    /// When it has to be looked up and the database fails.
    pub async fn covered(&self, ledger: &LedgerId) -> Result<Option<Head>, sqlx::Error> {
        if !self.shared.is_kept_elsewhere {
            return Ok(self.applied(ledger));
        }
        let served = Checkpoint::served(&self.shared.pool, ledger).await?;
        Ok(served.map(|(covered, _)| covered))
    }

    /// How each ledger's read models stand.
    #[must_use]
    pub fn status(&self) -> Vec<Status> {
        let state = self.state();
        let generation = match state.building {
            Some(building) if state.is_outdated => building,
            Some(_) | None => self.served(),
        };
        let of_ledger = |(ledger, engine): (&LedgerId, &Engine)| {
            let running = state.runners.get(&(generation, ledger.clone()));
            let progress = running.map(|running| running.progress.borrow().clone());
            let Progress { applied, failure } =
                progress.unwrap_or(Progress { applied: Head::Empty, failure: None });
            Status {
                ledger: ledger.clone(),
                generation: generation.0,
                applied,
                lag: engine.head().next().0.saturating_sub(applied.next().0),
                failure: failure.or_else(|| state.failure.clone()),
            }
        };
        state.engines.iter().map(of_ledger).collect()
    }

    /// Whether the database answers, and what is served is of this version.
    pub async fn ready(&self) -> bool {
        if self.shared.is_kept_elsewhere {
            return self.is_of_this_version().await;
        }
        let is_outdated = self.state().is_outdated;
        !is_outdated && sqlx::query("SELECT 1").execute(&self.shared.pool).await.is_ok()
    }

    /// Stops following and closes the pool.
    pub async fn close(&self) {
        self.state().runners.clear();
        self.shared.pool.close().await;
    }
}
