//! Follows one ledger into one generation.
//!
//! Rows and checkpoint are one transaction, and the checkpoint moves only from exactly where this
//! runner left it. A database that fails is tried again, for ever, from the checkpoint it holds. An
//! event that cannot be applied stops the runner with its position and reason; the ledger goes on.

use std::time::{Duration, Instant};

use futures::{FutureExt as _, StreamExt as _};
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor as _, Row as _};
use tokio::sync::watch;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::engine::Engine;
use cauri_ledger::store::{EventStore, Head, ReadError};
use cauri_ledger::{Hash, Recorded};

use crate::apply::{ApplyError, apply};
use crate::generation::Generation;

/// The most events of one transaction.
const BATCH_MAX: usize = 2_000;

/// How a runner stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The last event that is applied.
    pub applied: Head,
    /// Why it stopped, if it did.
    pub failure: Option<String>,
}

/// How a runner ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It stopped at an event; [`Progress::failure`] says why.
    Failed,
    /// The tables are of another history than the log.
    OtherHistory,
    /// The log ended: its store was closed.
    Closed,
}

/// One ledger on its way into one generation.
#[derive(Debug)]
pub struct Runner {
    /// Where the tables are.
    pub pool: PgPool,
    /// Which tables.
    pub generation: Generation,
    /// Whose log.
    pub engine: Engine,
    /// Where progress is told.
    pub progress: watch::Sender<Progress>,
}

/// Why a run was interrupted.
enum Interruption {
    Database(sqlx::Error),
    Stop(Ended, Option<String>),
}

impl From<sqlx::Error> for Interruption {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl Runner {
    /// Runs until it ends by itself. Drop the future to stop it: what is not committed is not.
    pub async fn run(self) -> Ended {
        let mut wait = Duration::from_millis(50);
        loop {
            let began = Instant::now();
            match self.follow().await {
                Interruption::Stop(ended, failure) => {
                    if let Some(failure) = failure {
                        self.record(&failure).await;
                    }
                    return ended;
                }
                Interruption::Database(error) => {
                    let ledger = self.engine.ledger();
                    tracing::warn!(%ledger, %error, ?wait, "the read models' database failed; trying again");
                    if began.elapsed() > Duration::from_secs(10) {
                        wait = Duration::from_millis(50);
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(5));
                }
            }
        }
    }

    /// From the checkpoint on, as long as all goes well.
    async fn follow(&self) -> Interruption {
        match self.try_follow().await {
            Ok(never) => match never {},
            Err(interruption) => interruption,
        }
    }

    async fn try_follow(&self) -> Result<std::convert::Infallible, Interruption> {
        let (mut applied, hash) = self.checkpoint().await?;
        if !self.is_of_this_log(applied, &hash).await? {
            return Err(Interruption::Stop(Ended::OtherHistory, None));
        }
        self.tell(applied);
        let mut events = self.engine.follow(applied);
        let mut waiting = Vec::new();
        loop {
            let next = match waiting.pop() {
                Some(batch) => Some(Ok(batch)),
                None => events.next().await,
            };
            let mut batch = match next {
                Some(Ok(batch)) => batch,
                Some(Err(error)) => return Err(failed(&error)),
                None => return Err(Interruption::Stop(Ended::Closed, None)),
            };
            // What has come meanwhile goes into the same transaction.
            while waiting.is_empty() && batch.len() < BATCH_MAX {
                match events.next().now_or_never() {
                    Some(Some(Ok(more))) => batch.extend(more),
                    Some(Some(Err(error))) => return Err(failed(&error)),
                    Some(None) | None => break,
                }
            }
            while batch.len() > BATCH_MAX {
                let at = batch.len() - (batch.len() - 1) % BATCH_MAX - 1;
                waiting.push(batch.split_off(at));
            }
            applied = self.commit(applied, &batch).await?;
        }
    }

    async fn checkpoint(&self) -> Result<(Head, String), sqlx::Error> {
        sqlx::query(
            "INSERT INTO cauri.checkpoint (generation, ledger, revision, hash)
             VALUES ($1, $2, -1, '') ON CONFLICT DO NOTHING",
        )
        .bind(self.generation.0)
        .bind(self.engine.ledger().as_str())
        .execute(&self.pool)
        .await?;
        let row = sqlx::query(
            "SELECT revision, hash FROM cauri.checkpoint WHERE generation = $1 AND ledger = $2",
        )
        .bind(self.generation.0)
        .bind(self.engine.ledger().as_str())
        .fetch_one(&self.pool)
        .await?;
        Ok((head(row.get(0)), row.get(1)))
    }

    /// Whether the log has the checkpoint's event, with the checkpoint's hash.
    async fn is_of_this_log(&self, applied: Head, hash: &str) -> Result<bool, Interruption> {
        let Head::At(revision) = applied else { return Ok(true) };
        let found = hash_at(&*self.engine.store(), self.engine.ledger(), revision).await;
        let found = found.map_err(|error| failed(&error))?;
        Ok(found.is_some_and(|found| found.to_string() == hash))
    }

    async fn commit(&self, from: Head, batch: &[Recorded]) -> Result<Head, Interruption> {
        let Some(last) = batch.last() else { return Ok(from) };
        let began = Instant::now();
        let mut transaction = self.pool.begin().await?;
        // The log is the truth, and these rows and their checkpoint come and go together: losing
        // the last transaction in a power cut costs nothing but applying it again.
        transaction.execute("SET LOCAL synchronous_commit TO off").await?;
        self.generation.enter(&mut transaction).await?;
        match apply(&mut transaction, batch).await {
            Ok(()) => {}
            Err(ApplyError::Database(error)) if is_passing(&error) => return Err(error.into()),
            Err(error) => {
                drop(transaction);
                return Err(self.pinpoint(from, batch, error).await);
            }
        }
        if !self.advance(&mut transaction, from, last).await? {
            // Somebody else moved it: look again where it is.
            return Err(Interruption::Database(sqlx::Error::RowNotFound));
        }
        transaction.commit().await?;
        let applied = Head::At(last.revision);
        self.tell(applied);
        self.measure(applied, began);
        Ok(applied)
    }

    /// After a batch failed: applies it one by one, so that all before the bad event count and
    /// the bad one is named.
    async fn pinpoint(&self, from: Head, batch: &[Recorded], error: ApplyError) -> Interruption {
        if let [only] = batch {
            let failure = format!("revision {}: {}", only.revision, chain(&error));
            return Interruption::Stop(Ended::Failed, Some(failure));
        }
        let mut applied = from;
        for recorded in batch {
            match Box::pin(self.commit(applied, std::slice::from_ref(recorded))).await {
                Ok(head) => applied = head,
                Err(interruption) => return interruption,
            }
        }
        Interruption::Database(sqlx::Error::RowNotFound)
    }

    /// Moves the checkpoint from exactly `from` to `last`.
    async fn advance(
        &self,
        connection: &mut PgConnection,
        from: Head,
        last: &Recorded,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(
            "UPDATE cauri.checkpoint SET revision = $4, hash = $5, failure = NULL
             WHERE generation = $1 AND ledger = $2 AND revision = $3",
        )
        .bind(self.generation.0)
        .bind(self.engine.ledger().as_str())
        .bind(number(from))
        .bind(number(Head::At(last.revision)))
        .bind(last.hash.to_string())
        .execute(connection)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn record(&self, failure: &str) {
        let ledger = self.engine.ledger();
        tracing::error!(%ledger, failure, "the read models have stopped");
        self.progress.send_modify(|progress| progress.failure = Some(failure.to_owned()));
        let noted = sqlx::query(
            "UPDATE cauri.checkpoint SET failure = $3 WHERE generation = $1 AND ledger = $2",
        )
        .bind(self.generation.0)
        .bind(ledger.as_str())
        .bind(failure)
        .execute(&self.pool)
        .await;
        if let Err(error) = noted {
            tracing::warn!(%ledger, %error, "the reason could not be written down");
        }
    }

    fn tell(&self, applied: Head) {
        self.progress.send_replace(Progress { applied, failure: None });
    }

    fn measure(&self, applied: Head, began: Instant) {
        let ledger = self.engine.ledger().to_string();
        let lag = self.engine.head().next().0.saturating_sub(applied.next().0);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("cauri_projection_lag_events", "ledger" => ledger.clone()).set(lag as f64);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("cauri_projection_revision", "ledger" => ledger.clone())
            .set(applied.next().0 as f64);
        metrics::histogram!("cauri_projection_batch_seconds", "ledger" => ledger)
            .record(began.elapsed());
    }
}

/// The hash of the event at `revision`, if there is one.
async fn hash_at(
    store: &dyn EventStore,
    ledger: &LedgerId,
    revision: Revision,
) -> Result<Option<Hash>, ReadError> {
    let chunk = store.read(ledger, revision).next().await.transpose()?;
    let first = chunk.and_then(|chunk| chunk.into_iter().next());
    Ok(first.filter(|raw| raw.revision == revision).map(|raw| raw.hash))
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Interruption {
    Interruption::Stop(Ended::Failed, Some(chain(error)))
}

/// An error with its causes, for people.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Whether a database error says something of the connection or the load, not of the rows.
fn is_passing(error: &sqlx::Error) -> bool {
    match error.as_database_error().and_then(sqlx::error::DatabaseError::code) {
        // Connection, resources, operator intervention, rollback (deadlock), system error.
        // <https://www.postgresql.org/docs/current/errcodes-appendix.html>
        Some(code) => ["08", "40", "53", "55", "57", "58"].iter().any(|c| code.starts_with(c)),
        None => !matches!(error, sqlx::Error::Encode(_) | sqlx::Error::Decode(_)),
    }
}

/// Revisions as Postgres keeps them: -1 before the first.
fn number(head: Head) -> i64 {
    match head {
        Head::Empty => -1,
        Head::At(revision) => i64::try_from(revision.0).unwrap_or(i64::MAX),
    }
}

fn head(number: i64) -> Head {
    u64::try_from(number).map_or(Head::Empty, |revision| Head::At(Revision(revision)))
}
