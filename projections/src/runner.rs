//! Follows one ledger into one generation.
//!
//! Rows and checkpoint are one transaction, and the checkpoint moves only from exactly where this
//! runner left it. A database that fails is tried again, for ever, from the checkpoint it holds. An
//! event that cannot be applied stops the runner with its position and reason; the ledger goes on.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;
use tokio::sync::watch;

use cauri_domain::LedgerId;
use cauri_ledger::Recorded;
use cauri_ledger::crowd;
use cauri_ledger::engine::Engine;
use cauri_ledger::log::event_at;
use cauri_ledger::store::Head;

use crate::apply::{ApplyError, apply};
use crate::batches::{BATCH_MAX, Batches, End};
use crate::checkpoint::Checkpoint;
use crate::generation::Generation;
use crate::statistics::Statistics;

/// How a runner stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The last event that is applied.
    pub(crate) applied: Head,
    /// Why it stopped, if it did.
    pub(crate) failure: Option<String>,
}

/// How a runner ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It stopped at an event; [`Progress::failure`] says why.
    Failed,
    /// The tables are of another history than the log.
    OtherHistory,
    /// Its generation was replaced by somebody else.
    Retired,
    /// The log or the pool was closed.
    Closed,
}

/// One ledger on its way into one generation.
#[derive(Debug)]
pub(crate) struct Runner {
    /// Where the tables are.
    pub(crate) pool: PgPool,
    /// Which tables.
    pub(crate) generation: Generation,
    /// Whose log.
    pub(crate) engine: Engine,
    /// Where progress is told.
    pub(crate) progress: watch::Sender<Progress>,
    /// Which generation is served: its runners are those that are measured.
    pub(crate) served: watch::Receiver<Generation>,
    /// How far it may go.
    pub(crate) limit: watch::Receiver<Limit>,
}

/// How far the runners of a generation may go: as far as the log goes, when there is none.
pub(crate) type Limit = Option<Limits>;

/// Up to which event each ledger may go, which is the last of a unit; those that are not named wait
/// where they are.
pub(crate) type Limits = BTreeMap<LedgerId, Head>;

/// Why a run was interrupted.
#[derive(Debug)]
enum Interruption {
    /// To be tried again from the checkpoint.
    Database(sqlx::Error),
    /// Somebody else moved the checkpoint: to be read again.
    Moved,
    /// The end.
    Stop(Ended, Option<String>),
}

/// Why a batch is not applied.
enum Trouble {
    Database(sqlx::Error),
    Moved,
    /// Its rows do not fit.
    Rows(ApplyError),
}

impl From<sqlx::Error> for Interruption {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Runner {
    /// Runs until it ends by itself. Drop the future to stop it: what is not committed is not.
    pub(crate) async fn run(&self) -> Ended {
        let mut wait = Duration::from_millis(50);
        loop {
            let began = Instant::now();
            let interruption = match self.follow().await {
                Ok(never) => match never {},
                Err(interruption) => interruption,
            };
            let ledger = self.engine.ledger();
            match interruption {
                Interruption::Stop(ended, failure) => {
                    if let Some(failure) = failure {
                        self.stop(&failure).await;
                    }
                    return ended;
                }
                Interruption::Database(_) if self.pool.is_closed() => return Ended::Closed,
                Interruption::Database(error) => {
                    let error = chain(&error);
                    tracing::warn!(%ledger, error, ?wait, "the read models' database failed; trying again");
                }
                Interruption::Moved => {
                    tracing::warn!(%ledger, "somebody else applies these events; looking again");
                }
            }
            self.measure();
            if began.elapsed() > Duration::from_secs(10) {
                wait = Duration::from_millis(50);
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }

    /// From the checkpoint on, as long as all goes well.
    async fn follow(&self) -> Result<Infallible, Interruption> {
        let checkpoint = self.checkpoint().await?;
        if !self.is_of_this_log(&checkpoint).await? {
            return Err(Interruption::Stop(Ended::OtherHistory, None));
        }
        let mut applied = checkpoint.head;
        self.tell(applied);
        let mut batches = Batches::new(self.engine.follow(applied));
        let mut statistics = Statistics::new(self.pool.clone(), self.generation);
        loop {
            match batches.next().await {
                Ok(batch) => {
                    applied = self.apply_within_limit(applied, &batch).await?;
                    statistics.applied(batch.len());
                }
                Err(End::Closed) => return Err(Interruption::Stop(Ended::Closed, None)),
                Err(End::Failed(error)) => {
                    return Err(Interruption::Stop(Ended::Failed, Some(chain(&error))));
                }
            }
        }
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Interruption> {
        Checkpoint::load(&self.pool, self.generation, self.engine.ledger())
            .await?
            .ok_or(Interruption::Stop(Ended::Retired, None))
    }

    /// Whether the log has the checkpoint's event, with the checkpoint's hash.
    async fn is_of_this_log(&self, checkpoint: &Checkpoint) -> Result<bool, Interruption> {
        let Head::At(revision) = checkpoint.head else { return Ok(true) };
        let found = event_at(&*self.engine.store(), self.engine.ledger(), revision).await;
        match found {
            Ok(found) => Ok(found.is_some_and(|raw| raw.hash.to_string() == checkpoint.hash)),
            Err(error) => Err(Interruption::Stop(Ended::Failed, Some(chain(&error)))),
        }
    }

    /// Waits before what it may not apply yet.
    async fn apply_within_limit(
        &self,
        from: Head,
        batch: &[Recorded],
    ) -> Result<Head, Interruption> {
        let (mut applied, mut left) = (from, batch);
        let mut limit = self.limit.clone();
        loop {
            let allowed = match &*limit.borrow_and_update() {
                None => left.len(),
                Some(limits) => {
                    let last = limits.get(self.engine.ledger()).copied().unwrap_or(Head::Empty);
                    left.partition_point(|recorded| Head::At(recorded.revision) <= last)
                }
            };
            let (now, later) = left.split_at(allowed);
            if !now.is_empty() {
                let began = Instant::now();
                applied = self.apply(applied, now).await?;
                tokio::time::sleep(rest(now.len(), began.elapsed())).await;
                // Who is behind, or waited for by a comparison, goes on.
                if now.len() < BATCH_MAX && limit.borrow().is_none() {
                    crowd::give_way().await;
                }
            }
            left = later;
            if left.is_empty() {
                return Ok(applied);
            }
            if limit.changed().await.is_err() {
                // Who sets limits is gone, and with it what this was for.
                return Err(Interruption::Stop(Ended::Closed, None));
            }
        }
    }

    async fn apply(&self, from: Head, batch: &[Recorded]) -> Result<Head, Interruption> {
        match self.commit(from, batch).await {
            Ok(applied) => Ok(applied),
            Err(Trouble::Rows(_)) => self.apply_by_unit(from, batch).await,
            Err(Trouble::Database(error)) => Err(error.into()),
            Err(Trouble::Moved) => Err(Interruption::Moved),
        }
    }

    /// After a batch failed: one unit after the other, so that all before the bad one count and
    /// the bad one is named.
    async fn apply_by_unit(&self, from: Head, batch: &[Recorded]) -> Result<Head, Interruption> {
        let mut applied = from;
        for unit in batch.chunk_by(|a, b| a.unit == b.unit) {
            match self.commit(applied, unit).await {
                Ok(head) => applied = head,
                Err(Trouble::Rows(error)) => return Err(self.poisoned(unit, &error).await),
                Err(Trouble::Database(error)) => return Err(error.into()),
                Err(Trouble::Moved) => return Err(Interruption::Moved),
            }
        }
        Ok(applied)
    }

    async fn poisoned(&self, unit: &[Recorded], error: &ApplyError) -> Interruption {
        // Tables that somebody else has removed fit no event either.
        if let Err(interruption) = self.checkpoint().await {
            return interruption;
        }
        let failure = match (error, unit) {
            (ApplyError::Poisoned { .. }, _) | (_, []) => chain(error),
            (ApplyError::Database(_), [only]) => {
                format!("revision {} cannot be applied: {}", only.revision, chain(error))
            }
            (ApplyError::Database(_), [first, .., last]) => format!(
                "revisions {} to {} cannot be applied: {}",
                first.revision,
                last.revision,
                chain(error)
            ),
        };
        Interruption::Stop(Ended::Failed, Some(failure))
    }

    /// Moves the checkpoint and writes a batch's rows, in one transaction.
    async fn commit(&self, from: Head, batch: &[Recorded]) -> Result<Head, Trouble> {
        let Some(last) = batch.last() else { return Ok(from) };
        let began = Instant::now();
        let mut transaction = self.pool.begin().await?;
        self.generation.enter(&mut transaction).await?;
        let to = Checkpoint { head: Head::At(last.revision), hash: last.hash.to_string() };
        let ledger = self.engine.ledger();
        // First of all: whoever comes second waits here, and then finds it moved.
        if !Checkpoint::advance(&mut transaction, self.generation, ledger, from, &to).await? {
            return Err(Trouble::Moved);
        }
        match apply(&mut transaction, batch).await {
            Ok(()) => {}
            Err(ApplyError::Database(error)) if is_passing(&error) => return Err(error.into()),
            Err(error) => return Err(Trouble::Rows(error)),
        }
        transaction.commit().await?;
        self.tell(to.head);
        self.measure();
        metrics::histogram!("cauri_projection_batch_seconds", "ledger" => ledger.to_string())
            .record(began.elapsed());
        Ok(to.head)
    }

    async fn stop(&self, failure: &str) {
        let ledger = self.engine.ledger();
        tracing::error!(%ledger, failure, "the read models have stopped");
        self.progress.send_modify(|progress| progress.failure = Some(failure.to_owned()));
        self.measure();
        let noted = Checkpoint::note_failure(&self.pool, self.generation, ledger, failure).await;
        if let Err(error) = noted {
            tracing::warn!(%ledger, %error, "the reason could not be written down");
        }
    }

    fn tell(&self, applied: Head) {
        self.progress.send_replace(Progress { applied, failure: None });
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
    fn measure(&self) {
        if *self.served.borrow() != self.generation {
            return;
        }
        let ledger = self.engine.ledger().to_string();
        let applied = self.progress.borrow().applied.next().0;
        let lag = self.engine.head().next().0.saturating_sub(applied);
        metrics::gauge!("cauri_projection_lag_events", "ledger" => ledger.clone()).set(lag as f64);
        metrics::gauge!("cauri_projection_revision", "ledger" => ledger).set(applied as f64);
    }
}

/// How long more events are waited for after a batch: while many come, each transaction then carries
/// more of them, and the database has time for others. Few events, or a full batch, wait for nothing.
fn rest(events: usize, took: Duration) -> Duration {
    const FEW: usize = 16;
    const LONGEST: Duration = Duration::from_millis(60);
    if (FEW..BATCH_MAX).contains(&events) { (took * 2).min(LONGEST) } else { Duration::ZERO }
}

/// An error with its causes, for people.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Whether a database error says something of the connection or the load, not of the rows.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error.as_database_error().and_then(sqlx::error::DatabaseError::code) {
        // Connection, resources, operator intervention, rollback (deadlock), system error.
        // <https://www.postgresql.org/docs/current/errcodes-appendix.html>
        Some(code) => ["08", "40", "53", "55", "57", "58"].iter().any(|c| code.starts_with(c)),
        None => !matches!(error, sqlx::Error::Encode(_) | sqlx::Error::Decode(_)),
    }
}
