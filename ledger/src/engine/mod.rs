//! The engine: one writer per ledger, group commit, every command applied once.
//!
//! Commands that wait together are judged together and made durable together, so the cost of the
//! disk is shared by all who wait. The next batch is judged while the last is made durable.
//!
//! Invariant: nothing outside ever sees tentative state. Refusals, replays and looks at the state
//! that were made on a tentative batch wait for it too, and are made again after a conflict.
//!
//! In another process the same ledger may be followed: an engine then folds what the store has, shows
//! the same state, and judges nothing ([`Engine::open_following`]).
//!
//! What it costs: two threads per ledger, the state in memory, and 40 bytes for every command that
//! was ever applied (that is what makes "once" hold for ever).

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use cauri_domain::{LedgerId, LedgerState, Revision};

mod batch;
mod committer;
mod ending;
mod follower;
mod request;
mod writer;

pub use request::{Answer, AskError, EngineFault, ReadAt, Request};

use batch::{Look, Pending};
use committer::Committer;
use ending::Ending;
use writer::{Message, Snapshots, Writer};

use crate::edge::{Clock, TestClock};
use crate::log::{self, LogError};
use crate::snapshot::{self, Start};
use crate::store::{EventStore, Head};

/// How an engine runs.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The folder for snapshots; without one, every start reads the whole log.
    pub snapshots: Option<PathBuf>,
    /// After how many events another snapshot is made.
    pub snapshot_every: u64,
    /// How many commands may wait before more are refused as [`AskError::Busy`].
    pub queue: usize,
    /// How many commands are judged into one batch at most.
    pub batch_max: usize,
    /// Whether the ledger has a clock of its own that can be set forward: never in production.
    pub test_clock: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            snapshots: None,
            snapshot_every: 100_000,
            queue: 65_536,
            batch_max: 8_192,
            test_clock: false,
        }
    }
}

/// How a start went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The last revision that a snapshot covered, if one was used.
    pub snapshot: Option<Revision>,
    /// How many events were read from the log after it.
    pub replayed: u64,
    /// Where the ledger ended.
    pub head: Head,
}

/// Why a ledger could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its log cannot be read, or does not fit together.
    #[error("ledger {ledger} cannot be opened")]
    Log {
        /// Which.
        ledger: LedgerId,
        /// What was found.
        #[source]
        cause: LogError,
    },
    /// The name is that of the audit trail.
    #[error("no ledger can be called {ledger}: it is the audit trail's name")]
    Reserved {
        /// The name.
        ledger: LedgerId,
    },
    /// The store cannot say which ledgers it holds.
    #[error("the store cannot be opened")]
    Store(#[from] crate::store::StoreFault),
    /// The operating system gave no thread.
    #[error("no thread could be started")]
    Thread(#[source] std::io::Error),
}

/// A handle on a ledger's engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    ledger: LedgerId,
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    inbox: mpsc::UnboundedSender<Message>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
    head: watch::Receiver<Head>,
    fault: OnceLock<Arc<EngineFault>>,
    closed: AtomicBool,
    opened: Opened,
}

impl Shared {
    /// What every engine begins with, whoever works for it: what its handles share, what comes through
    /// them, and where is told how far the ledger has come.
    fn begin(
        store: &Arc<dyn EventStore>,
        ledger: &LedgerId,
        clock: Arc<dyn Clock>,
        options: &EngineOptions,
        start: &Start,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Message>, watch::Sender<Head>) {
        let clock: Arc<dyn Clock> = match options.test_clock {
            true => Arc::new(TestClock::over(clock, start.fold.last_at)),
            false => clock,
        };
        let (inbox, messages) = mpsc::unbounded_channel();
        let (head_sender, head) = watch::channel(start.opened.head);
        let shared = Self {
            ledger: ledger.clone(),
            store: Arc::clone(store),
            clock,
            inbox,
            waiting: Arc::default(),
            queue: options.queue,
            head,
            fault: OnceLock::new(),
            closed: AtomicBool::new(false),
            opened: start.opened,
        };
        (Arc::new(shared), messages, head_sender)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("ledger", &self.shared.ledger).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens a ledger: reads its log, from a snapshot on where there is one, and starts its writer.
    ///
    /// # Errors
    /// When the log cannot be read or its hash chain does not hold.
    pub async fn open(
        store: Arc<dyn EventStore>,
        ledger: LedgerId,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
    ) -> Result<Self, OpenError> {
        let start = snapshot::start(&store, &ledger, options.snapshots.as_deref())
            .await
            .map_err(|cause| OpenError::Log { ledger: ledger.clone(), cause })?;
        let opened = start.opened;
        tracing::info!(%ledger, head = %opened.head, snapshot = ?opened.snapshot.map(|r| r.0),
            replayed = opened.replayed, "ledger opened");

        let (shared, mut messages, head) = Shared::begin(&store, &ledger, clock, &options, &start);
        let (to_committer, batches) = std::sync::mpsc::channel();
        let committer = Committer {
            ledger: ledger.clone(),
            store: Arc::clone(&store),
            head: head.clone(),
            waiting: Arc::clone(&shared.waiting),
            runtime: Handle::current(),
            writer: shared.inbox.downgrade(),
        };
        let mut writer = Writer {
            ledger: ledger.clone(),
            store,
            clock: Arc::clone(&shared.clock),
            runtime: Handle::current(),
            fold: start.fold,
            head,
            waiting: Arc::clone(&shared.waiting),
            batch_max: options.batch_max.max(1),
            snapshots: options.snapshots.map(|folder| Snapshots {
                folder,
                every: options.snapshot_every.max(1),
                since_last: opened.replayed,
                running: Arc::default(),
            }),
            committer: to_committer,
            open: VecDeque::new(),
            in_flight: None,
            closing: None,
            received: VecDeque::new(),
        };
        thread::Builder::new()
            .name(format!("commit-{ledger}"))
            .spawn(move || committer.run(&batches))
            .map_err(OpenError::Thread)?;
        let weak = Arc::downgrade(&shared);
        thread::Builder::new()
            .name(format!("write-{ledger}"))
            .spawn(move || {
                let ended = Ending { shared: weak, part: "writer" };
                let result = writer.run(&mut messages);
                let Writer { open, closing, .. } = writer;
                let waiting = open.into_iter().flat_map(|batch| batch.waiting).collect();
                ended.tell(waiting, closing, messages, result);
            })
            .map_err(OpenError::Thread)?;
        Ok(Self { shared })
    }

    /// Asks a command. The answer is durable.
    ///
    /// # Errors
    /// [`AskError`]: refused, or why nobody judged it.
    pub async fn ask(&self, request: Request) -> Result<Answer, AskError> {
        let (digest, key) = (request.digest(), request.key());
        let (reply, answer) = oneshot::channel();
        self.send(Message::Ask(Pending { request, digest, key, reply }))?;
        answer.await.unwrap_or_else(|_| Err(self.gone()))
    }

    /// Looks at the state: sees every command answered before, and nothing tentative.
    ///
    /// `look` runs on the writer's thread, so it must be quick; after a conflict it runs again.
    ///
    /// # Errors
    /// [`AskError`], except that nothing is refused.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnMut(&LedgerState) -> T + Send + 'static,
    ) -> Result<ReadAt<T>, AskError> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Look(Box::new(Looking { look, seen: None, reply })))?;
        answer.await.unwrap_or_else(|_| Err(self.gone()))
    }

    fn send(&self, message: Message) -> Result<(), AskError> {
        let shared = &self.shared;
        if let Some(fault) = shared.fault.get() {
            return Err(AskError::Unavailable(Arc::clone(fault)));
        }
        if shared.closed.load(Ordering::Acquire) {
            return Err(AskError::Closed);
        }
        if shared.waiting.fetch_add(1, Ordering::Relaxed) >= shared.queue {
            shared.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(AskError::Busy);
        }
        shared.inbox.send(message).map_err(|_| self.gone())
    }

    fn gone(&self) -> AskError {
        match self.shared.fault.get() {
            Some(fault) => AskError::Unavailable(Arc::clone(fault)),
            None => AskError::Closed,
        }
    }

    /// Which ledger it is.
    #[must_use]
    pub fn ledger(&self) -> &LedgerId {
        &self.shared.ledger
    }

    /// The last durable event.
    #[must_use]
    pub fn head(&self) -> Head {
        *self.shared.head.borrow()
    }

    /// Waits until it has come as far as `head`: what was appended by others, too.
    ///
    /// # Errors
    /// [`AskError::Unavailable`] or [`AskError::Closed`]: it never will.
    pub async fn reach(&self, head: Head) -> Result<(), AskError> {
        let mut here = self.shared.head.clone();
        let reached = here.wait_for(|here| *here >= head).await.map(drop);
        reached.map_err(|_| self.gone())
    }

    /// Where its events are kept.
    #[must_use]
    pub fn store(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.shared.store)
    }

    /// The clock it judges by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock)
    }

    /// What is durable after `after`, then what comes, decoded and checked.
    #[must_use]
    pub fn follow(&self, after: Head) -> log::Events {
        log::follow(self.store(), self.ledger().clone(), after)
    }

    /// Why it stopped, if it did.
    #[must_use]
    pub fn fault(&self) -> Option<Arc<EngineFault>> {
        self.shared.fault.get().cloned()
    }

    /// How its start went.
    #[must_use]
    pub fn opened(&self) -> Opened {
        self.shared.opened
    }

    /// Takes no more commands, answers those that wait, and stops.
    pub async fn close(self) {
        self.shared.closed.store(true, Ordering::Release);
        let (done, closed) = oneshot::channel();
        if self.shared.inbox.send(Message::Close(done)).is_ok() {
            // An error says that the writer is gone, which is what was asked for.
            let _ = closed.await;
        }
    }
}

struct Looking<F, T> {
    look: F,
    seen: Option<ReadAt<T>>,
    reply: oneshot::Sender<Result<ReadAt<T>, AskError>>,
}

impl<T: Send, F: FnMut(&LedgerState) -> T + Send> Look for Looking<F, T> {
    fn look(&mut self, state: &LedgerState, at: Head) {
        self.seen = Some(ReadAt { at, value: (self.look)(state) });
    }

    fn answer(self: Box<Self>) {
        if let Some(seen) = self.seen {
            drop(self.reply.send(Ok(seen)));
        }
    }

    fn fail(self: Box<Self>, error: AskError) {
        drop(self.reply.send(Err(error)));
    }
}
