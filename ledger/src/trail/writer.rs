//! Writing the trail: one thread appends what waits, in groups.
//!
//! Two ways in. [`Trail::record`] answers when the entry is durable: for acts that must not happen
//! unseen. [`Trail::note`] queues and never waits: for what must not be slowed down. The queue is
//! bounded; what does not fit is counted, and the count is an entry.
//!
//! Where the store can no longer be written, the trail stops for good: `record` fails, and so does
//! whatever asked for it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use cauri_domain::{LedgerId, Revision};

use super::codec;
use super::entry::{Entry, Kind, What, Word};
use super::tail::{self, Tail};
use crate::chain;
use crate::edge::Clock;
use crate::log::LogError;
use crate::store::{AppendError, EventStore, Head, RawEvent};

/// How many entries may wait.
const QUEUE: usize = 8_192;

/// How many are appended at once, at most.
const GROUP: usize = 1_024;

/// How long entries that nobody waits for may wait for others: a sync costs the ledgers' disk too.
const LINGER: Duration = Duration::from_millis(100);

/// How often an append is tried whose outcome is not known, or that another writer came before.
const TRIES: u32 = 8;

/// How long is waited between two tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Why an entry was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TrailError {
    /// The trail can no longer be written. Nothing that must be on record may happen.
    #[error("the audit trail has stopped")]
    Stopped(#[source] Arc<TrailFault>),
    /// The server is stopping.
    #[error("the audit trail is closed")]
    Closed,
}

/// What stopped the trail.
#[derive(Debug, thiserror::Error)]
pub enum TrailFault {
    /// It cannot be read, or does not fit together.
    #[error("the audit trail cannot be read")]
    Log(#[from] LogError),
    /// It cannot be written.
    #[error("the audit trail cannot be written")]
    Append(#[source] AppendError),
    /// The operating system gave no thread.
    #[error("no thread could be started")]
    Thread(#[source] std::io::Error),
    /// Its writer ended by itself: a defect.
    #[error("the writer of the audit trail has ended")]
    Ended,
}

/// The audit trail, to write to and to read. Cheap to clone.
#[derive(Clone)]
pub struct Trail {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn EventStore>,
    waiting: mpsc::Sender<Job>,
    dropped: Arc<AtomicU64>,
    fault: Arc<OnceLock<Arc<TrailFault>>>,
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail").field("fault", &self.shared.fault.get()).finish_non_exhaustive()
    }
}

type Reply = oneshot::Sender<Result<Revision, TrailError>>;

enum Job {
    Keep(Box<Entry>, Option<Reply>),
    Close(oneshot::Sender<()>),
}

impl Trail {
    /// Opens the trail of a store and starts its writer.
    ///
    /// # Errors
    /// When its end cannot be read, or does not fit together.
    pub async fn open(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TrailFault> {
        let tail = Tail::read(&*store).await?;
        tracing::info!(head = %tail.head, "audit trail opened");
        let (waiting, jobs) = mpsc::channel(QUEUE);
        let (dropped, fault) = (Arc::<AtomicU64>::default(), Arc::<OnceLock<_>>::default());
        let shared = Shared {
            store: Arc::clone(&store),
            waiting,
            dropped: Arc::clone(&dropped),
            fault: Arc::clone(&fault),
        };
        let writer = Writer { store, clock, tail, dropped, fault };
        let runtime = Handle::current();
        // A store of files blocks while it syncs: so it has a thread of its own, as ledgers have.
        thread::Builder::new()
            .name("audit-trail".to_owned())
            .spawn(move || runtime.block_on(writer.run(jobs)))
            .map_err(TrailFault::Thread)?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Keeps an entry, and answers its revision when it is durable.
    ///
    /// # Errors
    /// When it is not: then what it tells of must not happen, or not be answered.
    pub async fn record(&self, entry: Entry) -> Result<Revision, TrailError> {
        let (reply, kept) = oneshot::channel();
        let job = Job::Keep(Box::new(entry), Some(reply));
        self.shared.waiting.send(job).await.map_err(|_| self.gone())?;
        kept.await.unwrap_or_else(|_| Err(self.gone()))
    }

    /// Keeps an entry soon, without waiting; counts it where too many wait already.
    pub fn note(&self, entry: Entry) {
        if self.shared.waiting.try_send(Job::Keep(Box::new(entry), None)).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("cauri_trail_dropped_total").increment(1);
        }
    }

    /// Why nothing can be written any more, if that is so.
    #[must_use]
    pub fn fault(&self) -> Option<Arc<TrailFault>> {
        self.shared.fault.get().cloned()
    }

    /// Whether entries can be kept. An act that cannot be taken back asks before it happens.
    ///
    /// # Errors
    /// When they cannot.
    pub fn ready(&self) -> Result<(), TrailError> {
        if self.shared.fault.get().is_some() || self.shared.waiting.is_closed() {
            return Err(self.gone());
        }
        Ok(())
    }

    /// The store that it is in.
    #[must_use]
    pub fn store(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.shared.store)
    }

    /// Writes what waits, and ends.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.shared.waiting.send(Job::Close(reply)).await.is_ok() {
            // A writer that ended has written what it could.
            let _ = closed.await;
        }
    }

    fn gone(&self) -> TrailError {
        self.shared.fault.get().cloned().map_or(TrailError::Closed, TrailError::Stopped)
    }
}

struct Writer {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    tail: Tail,
    dropped: Arc<AtomicU64>,
    fault: Arc<OnceLock<Arc<TrailFault>>>,
}

#[derive(Default)]
struct Group {
    entries: Vec<Entry>,
    /// Who waits, and for which of the entries.
    replies: Vec<(usize, Reply)>,
    closing: Option<oneshot::Sender<()>>,
}

impl Group {
    fn add(&mut self, job: Job) {
        match job {
            Job::Keep(entry, reply) => {
                self.replies.extend(reply.map(|reply| (self.entries.len(), reply)));
                self.entries.push(*entry);
            }
            Job::Close(closing) => self.closing = Some(closing),
        }
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= GROUP || self.closing.is_some()
    }

    async fn fill(&mut self, jobs: &mut mpsc::Receiver<Job>) {
        let until = Instant::now() + LINGER;
        while self.replies.is_empty() && !self.is_full() {
            match timeout_at(until, jobs.recv()).await {
                Ok(Some(job)) => self.add(job),
                Ok(None) | Err(_) => break,
            }
        }
        while !self.is_full()
            && let Ok(job) = jobs.try_recv()
        {
            self.add(job);
        }
    }
}

impl Writer {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let _said = SaysWhenLost(Arc::clone(&self.fault));
        while let Some(job) = jobs.recv().await {
            let mut group = Group::default();
            group.add(job);
            group.fill(&mut jobs).await;
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                let what = What { count: dropped, ..What::new(Word::known("audit-trail")) };
                group.entries.push(Entry { kind: Kind::Dropped, ledger: None, who: None, what });
            }
            let kept = self.keep(&group.entries).await;
            if let Err(fault) = &kept {
                tracing::error!(error = ?fault, "the audit trail has stopped");
                // The first fault is the one that stopped it.
                let _ = self.fault.set(Arc::clone(fault));
            }
            for (place, reply) in group.replies {
                let answer = match &kept {
                    Ok(first) => Ok(Revision(first.0 + place as u64)),
                    Err(fault) => Err(TrailError::Stopped(Arc::clone(fault))),
                };
                // Who no longer waits need not be told.
                let _ = reply.send(answer);
            }
            if let Some(closing) = group.closing {
                let _ = closing.send(());
                return;
            }
            if kept.is_err() {
                return;
            }
        }
    }

    /// Appends entries; answers the revision of the first.
    async fn keep(&mut self, entries: &[Entry]) -> Result<Revision, Arc<TrailFault>> {
        self.append(entries).await.map_err(Arc::new)
    }

    async fn append(&mut self, entries: &[Entry]) -> Result<Revision, TrailFault> {
        if entries.is_empty() {
            return Ok(self.tail.head.next());
        }
        let trail = LedgerId::trail();
        let mut tries = 0;
        loop {
            let (events, tail) = self.chained(entries);
            let first = self.tail.head.next();
            let began = std::time::Instant::now();
            let appended = self.store.append(&trail, self.tail.head, &events).await;
            metrics::histogram!("cauri_trail_append_seconds").record(began.elapsed());
            let error = match appended {
                Ok(()) => {
                    metrics::counter!("cauri_trail_entries_total").increment(events.len() as u64);
                    self.tail = tail;
                    return Ok(first);
                }
                Err(error) => error,
            };
            tries += 1;
            match error {
                AppendError::Fatal { .. } | AppendError::TooLarge(_) => {
                    return Err(TrailFault::Append(error));
                }
                AppendError::Conflict { .. } | AppendError::Unknown(_) if tries >= TRIES => {
                    return Err(TrailFault::Append(error));
                }
                AppendError::Conflict { .. } | AppendError::Unknown(_) => {
                    tokio::time::sleep(BETWEEN_TRIES * tries).await;
                    // Whatever is there is what counts: it may be this very group.
                    let found = match Tail::read(&*self.store).await {
                        Ok(found) => found,
                        Err(LogError::Read(_)) if tries < TRIES => continue,
                        Err(error) => return Err(error.into()),
                    };
                    let is_there = tail::holds(&*self.store, &tail).await?;
                    self.tail = found;
                    if is_there {
                        return Ok(first);
                    }
                }
            }
        }
    }

    /// The entries as events after the tail, and the tail after them.
    fn chained(&self, entries: &[Entry]) -> (Vec<RawEvent>, Tail) {
        let at = self.clock.now().max(self.tail.at);
        let mut tail = Tail { at, ..self.tail };
        let event = |entry: &Entry| {
            let revision = tail.head.next();
            let body = codec::encode(entry, revision, at);
            tail.hash = chain::link(tail.hash, &body);
            tail.head = Head::At(revision);
            RawEvent { revision, hash: tail.hash, body }
        };
        let events = entries.iter().map(event).collect();
        (events, tail)
    }
}

/// Without this, a panic would leave the trail looking well.
struct SaysWhenLost(Arc<OnceLock<Arc<TrailFault>>>);

impl Drop for SaysWhenLost {
    fn drop(&mut self) {
        if thread::panicking() {
            // Where a fault was said already, that is the one.
            let _ = self.0.set(Arc::new(TrailFault::Ended));
        }
    }
}
