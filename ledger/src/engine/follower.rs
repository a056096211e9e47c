//! Who follows a ledger that another process writes: folds what the store has, and shows it.
//!
//! The hash chain is checked from the fold's own last hash on. Where another history takes the place
//! of what was folded, it stops; who wants to go on opens the ledger anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt as _;
use tokio::sync::{mpsc, oneshot, watch};

use cauri_domain::LedgerId;

use super::batch::Look;
use super::ending::Ending;
use super::request::{AskError, EngineFault};
use super::writer::Message;
use super::{Engine, EngineOptions, OpenError, Shared};
use crate::edge::Clock;
use crate::fold::Fold;
use crate::log::Checker;
use crate::snapshot;
use crate::store::{EventStore, Head, RawEvent};

impl Engine {
    /// Opens a ledger that another process writes: folds its log, from a snapshot on where there is
    /// one, and then what comes, on a task of the runtime. Every command is refused as
    /// [`AskError::Follows`]; a look sees the state as of [`Engine::head`].
    ///
    /// A test clock goes as far as the events say: where it was set forward and nothing happened
    /// since, only its own process knows.
    ///
    /// # Errors
    /// When the log cannot be read or its hash chain does not hold.
    pub async fn open_following(
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
            replayed = opened.replayed, "ledger followed");

        let (shared, messages, head) = Shared::begin(&store, &ledger, clock, &options, &start);
        let follower = Follower {
            ledger,
            store,
            test_clock: options.test_clock.then(|| Arc::clone(&shared.clock)),
            fold: start.fold,
            head,
            waiting: Arc::clone(&shared.waiting),
        };
        let ended = Ending { shared: Arc::downgrade(&shared), part: "follower" };
        // It ends with the last handle.
        drop(tokio::spawn(follower.run(messages, ended)));
        Ok(Self { shared })
    }
}

/// After so many events the runtime's thread is lent to others.
const AT_ONCE: usize = 256;

pub(super) struct Follower {
    pub ledger: LedgerId,
    pub store: Arc<dyn EventStore>,
    /// The ledger's own clock, where it has one that can be set.
    pub test_clock: Option<Arc<dyn Clock>>,
    pub fold: Fold,
    pub head: watch::Sender<Head>,
    pub waiting: Arc<AtomicUsize>,
}

impl Follower {
    /// Runs until it is closed, nobody has a handle any more, or the log cannot be followed.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>, ended: Ending) {
        let (closing, result) = match self.follow(&mut inbox).await {
            Ok(closing) => (closing, Ok(())),
            Err(fault) => (None, Err(fault)),
        };
        ended.tell(Vec::new(), closing, inbox, result);
    }

    /// Follows; who asked that it ends, if somebody did.
    async fn follow(
        &mut self,
        inbox: &mut mpsc::UnboundedReceiver<Message>,
    ) -> Result<Option<oneshot::Sender<()>>, EngineFault> {
        let (store, ledger) = (Arc::clone(&self.store), self.ledger.clone());
        let mut checker = Checker::new(ledger.clone(), self.fold.head(), Some(self.fold.hash));
        let mut chunks = store.follow(&ledger, self.fold.head());
        loop {
            tokio::select! {
                message = inbox.recv() => match message {
                    None => return Ok(None),
                    Some(Message::Close(done)) => return Ok(Some(done)),
                    Some(message) => self.answer(message),
                },
                chunk = chunks.next() => match chunk {
                    // The store was closed.
                    None => return Ok(None),
                    Some(chunk) => {
                        let chunk = chunk.map_err(|error| EngineFault::ReadBack(error.into()))?;
                        self.apply(&mut checker, &chunk).await?;
                    }
                },
            }
        }
    }

    async fn apply(
        &mut self,
        checker: &mut Checker,
        chunk: &[RawEvent],
    ) -> Result<(), EngineFault> {
        for some in chunk.chunks(AT_ONCE) {
            for raw in some {
                let recorded = checker.decode(raw).map_err(EngineFault::ReadBack)?;
                self.fold.apply(&recorded);
            }
            tokio::task::yield_now().await;
        }
        if let Some(clock) = &self.test_clock {
            // Only one that can be set is kept here.
            let _ = clock.advance_to(self.fold.last_at);
        }
        // Only now: a look that is asked for after this finds all of it folded.
        self.head.send_replace(self.fold.head());
        Ok(())
    }

    fn answer(&mut self, message: Message) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        match message {
            // A caller that went away does not want to know.
            Message::Ask(pending) => drop(pending.reply.send(Err(AskError::Follows))),
            Message::Look(look) => self.look(look),
            // Nothing is appended here; the end is heard of where messages are received.
            Message::Committed(_) | Message::Close(_) => {}
        }
    }

    fn look(&self, mut look: Box<dyn Look>) {
        let (state, head) = (&self.fold.state, self.fold.head());
        match catch_unwind(AssertUnwindSafe(|| look.look(state, head))) {
            Ok(()) => look.answer(),
            Err(_) => tracing::error!(ledger = %self.ledger, "a look at the state panicked"),
        }
    }
}
