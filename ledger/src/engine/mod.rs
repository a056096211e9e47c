//! The engine: one writer per ledger, group commit, every command applied once.
//!
//! Commands that wait together are judged together and made durable together, so the cost of the
//! disk is shared by all who wait. The next batch is judged while the last is made durable.
//!
//! Invariant: nothing outside ever sees tentative state. Refusals, replays and looks at the state
//! that were made on a tentative batch wait for it too, and are made again after a conflict.
//!
//! What it costs: two threads per ledger, the state in memory, and 40 bytes for every command that
//! was ever applied (that is what makes "once" hold for ever).

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
mod request;
mod writer;

pub use request::{Answer, AskError, EngineFault, ReadAt, Request};

use batch::{Look, Pending};
use committer::Committer;
use writer::{Message, Snapshots, Writer};

use crate::edge::{Clock, TestClock};
use crate::log::{self, LogError};
use crate::snapshot;
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

        let clock: Arc<dyn Clock> = if options.test_clock {
            Arc::new(TestClock::over(clock, start.fold.last_at))
        } else {
            clock
        };
        let (inbox, mut messages) = mpsc::unbounded_channel();
        let (head_sender, head) = watch::channel(opened.head);
        let waiting = Arc::new(AtomicUsize::new(0));
        let (to_committer, batches) = std::sync::mpsc::channel();
        let shared = Arc::new(Shared {
            ledger: ledger.clone(),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            inbox: inbox.clone(),
            waiting: Arc::clone(&waiting),
            queue: options.queue,
            head,
            fault: OnceLock::new(),
            closed: AtomicBool::new(false),
            opened,
        });
        let committer = Committer {
            ledger: ledger.clone(),
            store: Arc::clone(&store),
            head: head_sender.clone(),
            waiting: Arc::clone(&waiting),
            runtime: Handle::current(),
            writer: inbox.downgrade(),
        };
        let mut writer = Writer {
            ledger: ledger.clone(),
            store,
            clock,
            runtime: Handle::current(),
            fold: start.fold,
            head: head_sender,
            waiting,
            batch_max: options.batch_max.max(1),
            snapshots: options.snapshots.map(|folder| Snapshots {
                folder,
                every: options.snapshot_every.max(1),
                since_last: opened.replayed,
                running: Arc::default(),
            }),
            committer: to_committer,
            open: std::collections::VecDeque::new(),
            in_flight: None,
            closing: None,
        };
        thread::Builder::new()
            .name(format!("commit-{ledger}"))
            .spawn(move || committer.run(&batches))
            .map_err(OpenError::Thread)?;
        let weak = Arc::downgrade(&shared);
        thread::Builder::new()
            .name(format!("write-{ledger}"))
            .spawn(move || {
                let ended = Ending { shared: weak };
                let result = writer.run(&mut messages);
                ended.tell(writer, messages, result);
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

/// Says how the writer ended, also when it panicked: a broken invariant must not look like peace.
struct Ending {
    shared: std::sync::Weak<Shared>,
}

impl Ending {
    fn tell(
        self,
        mut writer: Writer,
        mut inbox: mpsc::UnboundedReceiver<Message>,
        result: Result<(), EngineFault>,
    ) {
        let error = match result {
            Ok(()) => AskError::Closed,
            Err(fault) => {
                let fault = Arc::new(fault);
                tracing::error!(ledger = %writer.ledger, fault = ?fault, "the ledger has stopped");
                if let Some(shared) = self.shared.upgrade() {
                    let _ = shared.fault.set(Arc::clone(&fault));
                }
                AskError::Unavailable(fault)
            }
        };
        inbox.close();
        let open = writer.open.drain(..).flat_map(|batch| batch.waiting);
        open.for_each(|waiting| waiting.fail(error.clone()));
        while let Ok(message) = inbox.try_recv() {
            match message {
                Message::Ask(pending) => drop(pending.reply.send(Err(error.clone()))),
                Message::Look(look) => look.fail(error.clone()),
                Message::Close(done) => drop(done.send(())),
                Message::Committed(_) => {}
            }
        }
        if let Some(done) = writer.closing.take() {
            let _ = done.send(());
        }
        std::mem::forget(self);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // Only a panic gets here.
        if let Some(shared) = self.shared.upgrade() {
            let _ = shared.fault.set(Arc::new(EngineFault::Ended { part: "writer" }));
            tracing::error!(ledger = %shared.ledger, "the writer panicked; the ledger has stopped");
        }
    }
}
