//! The one writer of a ledger: judges every command, in order, against the state in memory.
//!
//! It never waits for the disk. What it has judged is tentative until the committer says that it
//! is durable; only then does anybody outside hear of it. After a conflict it takes back what was
//! tentative, reads on, and judges the same commands again.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::StreamExt as _;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use cauri_domain::{Asked, CorrelationId, Decided, Event, LedgerId, Refusal, decide};

use super::batch::{Batch, Look, Pending, Waiting};
use super::committer::Committed;
use super::request::{Answer, AskError, EngineFault};
use crate::aside;
use crate::codec::BatchHeader;
use crate::edge::Clock;
use crate::envelope::{Cause, Unit};
use crate::fold::{Bound, Fold, FoldMark};
use crate::log::{Checker, LogError};
use crate::snapshot;
use crate::store::{AppendError, EventStore, Head, RawEvent, StoreFault, TooLarge};

/// What reaches the writer.
pub(super) enum Message {
    Ask(Pending),
    Look(Box<dyn Look>),
    Committed(Committed),
    Close(oneshot::Sender<()>),
}

pub(super) struct Writer {
    pub ledger: LedgerId,
    pub store: Arc<dyn EventStore>,
    pub clock: Arc<dyn Clock>,
    pub runtime: Handle,
    pub fold: Fold,
    pub head: watch::Sender<Head>,
    pub waiting: Arc<AtomicUsize>,
    pub batch_max: usize,
    pub snapshots: Option<Snapshots>,
    pub committer: std::sync::mpsc::Sender<Batch>,
    /// Judged, not yet with the committer; the oldest first.
    pub open: VecDeque<Batch>,
    /// Where the batch that is with the committer began.
    pub in_flight: Option<FoldMark>,
    pub closing: Option<oneshot::Sender<()>>,
    /// Received, not yet looked at. Here, so that what is left of it when the store fails is still waiting
    /// when the fault is known: who asked is told of it, and not that the ledger was closed.
    pub received: VecDeque<Message>,
}

/// When and where snapshots are made.
pub(super) struct Snapshots {
    pub folder: PathBuf,
    pub every: u64,
    pub since_last: u64,
    pub running: Arc<AtomicBool>,
}

impl Writer {
    /// Runs until it is closed or the store fails.
    ///
    /// # Errors
    /// Why it had to stop.
    pub(super) fn run(
        &mut self,
        inbox: &mut mpsc::UnboundedReceiver<Message>,
    ) -> Result<(), EngineFault> {
        let mut messages = Vec::new();
        loop {
            if inbox.blocking_recv_many(&mut messages, self.batch_max) == 0 {
                return Ok(());
            }
            // The ledger's time never goes back, whatever the machine's clock does.
            let at = self.clock.now().max(self.fold.last_at);
            let mut header = BatchHeader::new(self.ledger.clone(), at);
            self.received.extend(messages.drain(..));
            while let Some(message) = self.received.pop_front() {
                match message {
                    Message::Ask(pending) => self.judge(pending, &header, at),
                    Message::Look(look) => self.look(look),
                    Message::Close(done) => self.closing = Some(done),
                    Message::Committed(committed) => {
                        if self.committed(committed)? {
                            // Others wrote meanwhile: their time counts too.
                            let at = at.max(self.fold.last_at);
                            header = BatchHeader::new(self.ledger.clone(), at);
                        }
                    }
                }
            }
            self.hand_over()?;
            if self.closing.is_some() && self.in_flight.is_none() && self.open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Gives the oldest open batch to the committer, if that is idle.
    fn hand_over(&mut self) -> Result<(), EngineFault> {
        if self.in_flight.is_none()
            && let Some(batch) = self.open.pop_front()
        {
            self.in_flight = Some(batch.start);
            self.committer.send(batch).map_err(|_| EngineFault::Ended { part: "committer" })?;
        }
        Ok(())
    }

    /// The batch that takes what is judged now.
    fn current(&mut self) -> &mut Batch {
        let full = self.open.back().is_none_or(|batch| batch.waiting.len() >= self.batch_max);
        if full {
            let batch = Batch::new(self.fold.mark());
            self.open.push_back(batch);
        }
        self.open.back_mut().expect("there is one now")
    }

    fn look(&mut self, mut look: Box<dyn Look>) {
        // A reader's mistake is the reader's: it sees only a shared reference to the state, and the
        // ledger goes on.
        let (state, head) = (&self.fold.state, self.fold.head());
        match catch_unwind(AssertUnwindSafe(|| look.look(state, head))) {
            Ok(()) => self.current().waiting.push(Waiting::Look(look)),
            Err(_) => {
                tracing::error!(ledger = %self.ledger, "a look at the state panicked");
                self.waiting.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    fn judge(&mut self, pending: Pending, header: &BatchHeader, at: chrono::DateTime<chrono::Utc>) {
        self.current();
        let outcome = self.outcome(&pending, header, at);
        self.current().waiting.push(Waiting::Command(pending, outcome));
    }

    fn outcome(
        &mut self,
        pending: &Pending,
        header: &BatchHeader,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<Answer, AskError> {
        let at = at.max(self.fold.last_at);
        let head = self.fold.head();
        if let Some(bound) = self.fold.bound.get(&pending.key) {
            let unit = bound.unit();
            return if bound.is_of(pending.digest) {
                Ok(Answer::Done { first: unit.first, last: unit.last(), replayed: true })
            } else {
                let refusal = Refusal::IdReused { field: "commandId" };
                Err(AskError::Refused { refusal, at: head })
            };
        }
        let request = &pending.request;
        let asked = Asked {
            id: request.id,
            at,
            actor: request.actor.clone(),
            command: request.command.clone(),
        };
        match decide(&mut self.fold.state, &asked) {
            Err(refusal) => Err(AskError::Refused { refusal, at: head }),
            Ok(Decided::Already) => Ok(Answer::Already { at: head }),
            Ok(Decided::Happened(events)) => {
                let unit = self
                    .record(pending, &events, header, at)
                    .map_err(|cause| AskError::TooLarge { cause, at: head })?;
                Ok(Answer::Done { first: unit.first, last: unit.last(), replayed: false })
            }
        }
    }

    /// Encodes, chains and applies the events of one command.
    ///
    /// A command is one piece in the store too. When its events do not fit behind the others of the
    /// batch they begin the next; when they fit nowhere nothing of it has happened.
    fn record(
        &mut self,
        pending: &Pending,
        events: &[Event],
        header: &BatchHeader,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<Unit, TooLarge> {
        let request = &pending.request;
        let cause = Cause {
            command: request.id,
            digest: pending.digest,
            correlation: request.correlation.unwrap_or(CorrelationId(request.id.0)),
            causation: request.causation,
            actor: request.actor.clone(),
            key: request.proved_by.clone(),
            labels: request.labels.clone(),
        };
        let count = u32::try_from(events.len()).expect("one command has a handful of events");
        let unit = Unit { first: self.fold.head().next(), count };
        let limits = self.store.limits();
        let Self { fold, open, .. } = self;
        let batch = open.back_mut().expect("judging opened it");
        let (start, others) = (fold.mark(), batch.len());
        for event in events {
            let revision = fold.head().next();
            let hash = batch.push(revision, fold.hash, |out| {
                header.encode(out, revision, unit, &cause, event);
            });
            fold.evolve(event, hash, at);
        }
        if let Err(too_large) = batch.check(others, &limits) {
            batch.split_off(others, start);
            fold.undo_to(&start);
            return Err(too_large);
        }
        if batch.check(0, &limits).is_err() {
            let next = batch.split_off(others, start);
            open.push_back(next);
        }
        fold.bind(pending.key, Bound::new(unit, pending.digest));
        Ok(unit)
    }

    /// Hears how an append ended; says whether the state was rebuilt.
    fn committed(&mut self, committed: Committed) -> Result<bool, EngineFault> {
        match committed {
            Committed::Done { events } => {
                self.settle();
                self.snapshot(events);
                Ok(false)
            }
            Committed::Lost => Err(EngineFault::Ended { part: "committer" }),
            Committed::Failed { batch, events, error } => match error {
                AppendError::Conflict { actual, .. } => {
                    self.read_on(batch, actual)?;
                    Ok(true)
                }
                AppendError::Unknown(fault) => self.read_back(batch, &events, fault),
                // Batches are made to fit, so this store takes less than it says.
                AppendError::TooLarge(cause) => {
                    self.fail(batch);
                    Err(EngineFault::Append(AppendError::TooLarge(cause)))
                }
                AppendError::Fatal { at, cause } => {
                    self.fail(batch);
                    Err(EngineFault::Append(AppendError::Fatal { at, cause }))
                }
            },
        }
    }

    /// Makes the batch that was in flight final.
    fn settle(&mut self) {
        self.in_flight = None;
        let settled = self.open.front().map_or_else(|| self.fold.mark(), |batch| batch.start);
        self.fold.settle(settled);
        for batch in &mut self.open {
            batch.start = batch.start.since(&settled);
        }
    }

    /// Another writer came first: undo, read on, judge everything again.
    fn read_on(&mut self, failed: Batch, actual: Head) -> Result<(), EngineFault> {
        tracing::warn!(ledger = %self.ledger, at = %actual, "another writer came first");
        metrics::counter!("cauri_conflicts_total", "ledger" => self.ledger.to_string())
            .increment(1);
        self.in_flight = None;
        self.fold.undo_to(&failed.start);
        let mut waiting = failed.waiting;
        waiting.extend(self.open.drain(..).flat_map(|batch| batch.waiting));
        if let Err(fault) = self.catch_up() {
            let mut batch = Batch::new(self.fold.mark());
            batch.waiting = waiting;
            self.open.push_back(batch);
            return Err(fault);
        }
        let at = self.clock.now().max(self.fold.last_at);
        let header = BatchHeader::new(self.ledger.clone(), at);
        for waiting in waiting {
            match waiting {
                Waiting::Command(pending, _) => self.judge(pending, &header, at),
                Waiting::Look(look) => self.look(look),
            }
        }
        Ok(())
    }

    /// Applies what others have appended.
    fn catch_up(&mut self) -> Result<(), EngineFault> {
        let Self { ledger, store, runtime, fold, head, .. } = self;
        let mut checker = Checker::new(ledger.clone(), fold.head(), Some(fold.hash));
        let mut chunks = store.read(ledger, fold.head().next());
        while let Some(chunk) = runtime.block_on(chunks.next()) {
            for raw in chunk.map_err(|error| EngineFault::ReadBack(error.into()))? {
                let recorded = checker.decode(&raw).map_err(EngineFault::ReadBack)?;
                fold.apply(&recorded);
            }
        }
        head.send_replace(fold.head());
        Ok(())
    }

    /// The store did not say whether it wrote: look.
    fn read_back(
        &mut self,
        batch: Batch,
        events: &[RawEvent],
        fault: StoreFault,
    ) -> Result<bool, EngineFault> {
        tracing::warn!(ledger = %self.ledger, %fault, "an append's outcome is not known; reading back");
        let found = match self.runtime.block_on(stored(&*self.store, &self.ledger, events)) {
            Ok(found) => found,
            Err(error) => {
                self.fail(batch);
                return Err(EngineFault::ReadBack(error));
            }
        };
        match found {
            Found::All => {
                if let Some(last) = events.last() {
                    self.head.send_replace(Head::At(last.revision));
                }
                let answered = batch.answer();
                self.waiting.fetch_sub(answered, Ordering::Relaxed);
                self.settle();
                Ok(false)
            }
            // Nothing of it is there: undo and judge again, as after a conflict.
            Found::Nothing { head } => self.read_on(batch, head).map(|()| true),
            Found::Part => {
                self.fail(batch);
                let what = "a batch is stored in part, though a batch is all or nothing";
                Err(EngineFault::Contradiction(StoreFault::new(what)))
            }
        }
    }

    /// Puts a batch back among the open ones, to be failed with them when the engine stops.
    fn fail(&mut self, batch: Batch) {
        self.open.push_front(batch);
    }

    /// Makes a snapshot, aside, once enough has happened since the last one.
    fn snapshot(&mut self, events: u64) {
        let Some(snapshots) = &mut self.snapshots else { return };
        snapshots.since_last += events;
        if snapshots.since_last < snapshots.every || snapshots.running.swap(true, Ordering::AcqRel)
        {
            return;
        }
        snapshots.since_last = 0;
        let (store, ledger) = (Arc::clone(&self.store), self.ledger.clone());
        let folder = snapshots.folder.clone();
        let running = Running(Arc::clone(&snapshots.running));
        let runtime = self.runtime.clone();
        aside::spawn("snapshot", move || {
            let _turn = aside::turn();
            let made = runtime.block_on(snapshot::advance(&store, &ledger, &folder));
            if let Err(error) = made {
                tracing::warn!(%ledger, error = ?error, "no snapshot was made; a start takes longer");
            }
            drop(running);
        });
    }
}

/// That a snapshot is being made; ends when dropped, however that comes about.
struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

enum Found {
    All,
    Part,
    Nothing { head: Head },
}

/// Whether `events` are what is stored at their revisions.
async fn stored(
    store: &dyn EventStore,
    ledger: &LedgerId,
    events: &[RawEvent],
) -> Result<Found, LogError> {
    let Some(first) = events.first() else { return Ok(Found::All) };
    let head = store.head(ledger).await?;
    let mut same = 0;
    let mut chunks = store.read(ledger, first.revision);
    while let Some(chunk) = chunks.next().await {
        for raw in chunk? {
            match events.get(same) {
                Some(ours) if *ours == raw => same += 1,
                Some(_) | None => break,
            }
        }
    }
    Ok(match same {
        0 => Found::Nothing { head },
        all if all == events.len() => Found::All,
        _ => Found::Part,
    })
}
