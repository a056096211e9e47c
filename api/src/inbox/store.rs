//! Group commit: what comes together is written by one statement and one commit, so that the cost
//! of the disk is shared by all who wait.

use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::own::Own;
use super::rows::{self, Arrival, Known};
use super::sealed::SealError;
use crate::vault::Sealed;

/// How many may wait to be written; more are told to come again.
const QUEUE: usize = 8_192;
/// How many are written at once. Enough that a statement costs little beside its rows, and few enough that
/// the next are proved and the last are booked meanwhile: were all that wait written at once, all would
/// then wait for the same next step.
const MOST_ROWS: usize = 128;
/// How many bytes of bodies are written at once, at most one body more.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// How long a delivery may wait to be durable.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why a delivery is not known to be kept. It is to be sent again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too many wait.
    #[error("too many deliveries wait to be stored")]
    Busy,
    /// The database did not take it, or not in time.
    #[error("the delivery could not be stored")]
    Unavailable,
    /// It could not be encrypted.
    #[error(transparent)]
    Seal(#[from] SealError),
}

struct Pending {
    arrival: Arrival,
    sealed: Sealed,
    reply: oneshot::Sender<Result<Known, StoreError>>,
}

/// The way to the task that writes.
#[derive(Debug, Clone)]
pub(super) struct Store(mpsc::Sender<Pending>);

impl Store {
    pub(super) fn start(pool: &PgPool) -> (Self, JoinHandle<()>) {
        let (sender, arrivals) = mpsc::channel(QUEUE);
        let task = tokio::spawn(write(Own::durable(pool), arrivals));
        (Self(sender), task)
    }

    pub(super) async fn store(
        &self,
        arrival: Arrival,
        sealed: Sealed,
    ) -> Result<Known, StoreError> {
        let (reply, answer) = oneshot::channel();
        let pending = Pending { arrival, sealed, reply };
        self.0.try_send(pending).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Unavailable,
        })?;
        let answered = tokio::time::timeout(PATIENCE, answer).await;
        answered.map_err(|_| StoreError::Unavailable)?.map_err(|_| StoreError::Unavailable)?
    }
}

async fn write(mut own: Own, mut arrivals: mpsc::Receiver<Pending>) {
    let mut waiting = Vec::with_capacity(MOST_ROWS);
    while arrivals.recv_many(&mut waiting, MOST_ROWS).await > 0 {
        let (began, count) = (Instant::now(), waiting.len());
        while !waiting.is_empty() {
            let rest = waiting.split_off(fitting(&waiting));
            write_batch(&mut own, std::mem::replace(&mut waiting, rest)).await;
        }
        tokio::time::sleep(rest(count, began.elapsed())).await;
    }
}

/// How long more arrivals are waited for after some: while many come, a statement, a commit and all that
/// wakes of it for each few costs the processors more than the rows do. One alone waits for nothing, nor
/// does anybody when as many wait as are written at once.
fn rest(count: usize, took: Duration) -> Duration {
    const FEW: usize = 8;
    const GATHER: Duration = Duration::from_millis(10);
    if (FEW..MOST_ROWS).contains(&count) { GATHER.saturating_sub(took) } else { Duration::ZERO }
}

/// How many of those that wait are written together.
fn fitting(waiting: &[Pending]) -> usize {
    let mut bytes = 0;
    let longer = waiting.iter().position(|pending| {
        bytes += pending.sealed.ciphertext.len();
        bytes > MOST_BYTES
    });
    longer.map_or(waiting.len(), |at| at.max(1))
}

async fn write_batch(own: &mut Own, batch: Vec<Pending>) {
    metrics::histogram!("cauri_inbox_batch_rows").record(batch.len() as f64);
    let (mut rows, mut replies) =
        (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
    for Pending { arrival, sealed, reply } in batch {
        rows.push((arrival, sealed));
        replies.push(reply);
    }
    let mut written = try_write(own, &rows).await;
    if written.as_ref().is_err_and(was_cut_off) {
        // Nobody knows whether it was written. The same rows again: their ids tell.
        written = try_write(own, &rows).await;
    }
    match written {
        Ok(known) => {
            for (reply, known) in replies.into_iter().zip(known) {
                // Whoever does not wait any more has been told to send it again.
                let _ = reply.send(Ok(known));
            }
        }
        Err(error) => {
            tracing::error!(%error, deliveries = replies.len(), "deliveries could not be stored");
            for reply in replies {
                let _ = reply.send(Err(StoreError::Unavailable));
            }
        }
    }
}

async fn try_write(own: &mut Own, rows: &[(Arrival, Sealed)]) -> Result<Vec<Known>, sqlx::Error> {
    own.run(async |connection| rows::insert(connection, rows).await).await
}

/// Whether the connection broke, which says nothing of what came before.
fn was_cut_off(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_))
        || error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("57P01"))
}
