//! Marks: what became of deliveries, written in batches.
//!
//! A mark may be lost: then the delivery is applied again, which changes nothing but its mark. So
//! marks do not wait for the disk, and when too many wait they are dropped.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::own::Own;
use super::rows::{self, State};

/// How many may wait to be written.
const QUEUE: usize = 65_536;
/// How many are written at once.
const MOST_ROWS: usize = 4_096;
/// How long the first of a batch waits for others.
const GATHER: Duration = Duration::from_millis(100);

/// Why a delivery was not applied. Nothing personal: a code, a field's name, a sentence of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// A stable code.
    pub code: String,
    /// The field at fault, where there is one.
    pub field: Option<String>,
    /// For people.
    pub message: String,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The delivery.
    pub id: Uuid,
    /// Where it stands now.
    pub state: State,
    /// The revision that it led to, if any.
    pub revision: Option<u64>,
    /// Why it was not applied.
    pub error: Option<Trouble>,
    /// When it is tried again, while it waits.
    pub next_try_at: Option<DateTime<Utc>>,
}

/// The way to the task that marks.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    sender: mpsc::Sender<Mark>,
    pool: PgPool,
}

impl Marks {
    pub(super) fn start(pool: &PgPool) -> (Self, JoinHandle<()>) {
        let (sender, marks) = mpsc::channel(QUEUE);
        let task = tokio::spawn(write(Own::looking_up(pool), marks));
        (Self { sender, pool: pool.clone() }, task)
    }

    /// Writes it soon.
    pub(super) fn later(&self, mark: Mark) {
        if self.sender.try_send(mark).is_err() {
            metrics::counter!("cauri_inbox_marks_lost_total").increment(1);
        }
    }

    /// Writes it now.
    pub(super) async fn now(&self, marks: &[Mark]) -> Result<(), sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        rows::mark(&mut connection, marks).await
    }
}

async fn write(mut own: Own, mut marks: mpsc::Receiver<Mark>) {
    let mut waiting = Vec::with_capacity(MOST_ROWS);
    loop {
        if marks.recv_many(&mut waiting, MOST_ROWS).await == 0 {
            return;
        }
        if waiting.len() < MOST_ROWS {
            tokio::time::sleep(GATHER).await;
            while waiting.len() < MOST_ROWS {
                let Ok(mark) = marks.try_recv() else { break };
                waiting.push(mark);
            }
        }
        let batch = one_each(&mut waiting);
        let written = own.run(async |connection| rows::mark(connection, &batch).await).await;
        if let Err(error) = written {
            tracing::warn!(%error, marks = batch.len(), "marks of deliveries are lost: they are applied again");
            metrics::counter!("cauri_inbox_marks_lost_total").increment(batch.len() as u64);
        }
    }
}

/// The last mark of each delivery, unless it was done before: a statement takes one for each row.
fn one_each(waiting: &mut Vec<Mark>) -> Vec<Mark> {
    let mut last: HashMap<Uuid, Mark> = HashMap::with_capacity(waiting.len());
    for mark in waiting.drain(..) {
        let done_before = last.get(&mark.id).is_some_and(|before| before.state.is_done());
        if !done_before || mark.state == State::Applied {
            last.insert(mark.id, mark);
        }
    }
    last.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_marks_what_is_done_stays_done() {
        let id = Uuid::from_u128(1);
        let mark = |state| Mark { id, state, revision: None, error: None, next_try_at: None };
        let last = |states: &[State]| {
            let mut marks: Vec<_> = states.iter().copied().map(mark).collect();
            one_each(&mut marks).pop().unwrap().state
        };
        assert_eq!(last(&[State::Waiting, State::Dead]), State::Dead);
        assert_eq!(last(&[State::Applied, State::Waiting]), State::Applied);
        assert_eq!(last(&[State::NoEffect, State::Applied]), State::Applied);
        assert_eq!(last(&[State::Applied, State::NoEffect]), State::Applied);
    }
}
