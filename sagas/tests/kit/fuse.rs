//! Counts steps, and lets something go wrong at one of them.

use std::sync::Mutex;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::memory::{MemoryStore, NextAppend};
use cauri_ledger::store::{AppendError, Chunks, EventStore, Head, RawEvent, ReadError, StoreFault};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::watch;

/// What goes wrong at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not done, and its answer is lost; so are the two steps after it.
    LostBefore,
    /// It is done, and its answer is lost.
    LostAfter,
    /// The process managers are killed before it is done.
    KilledBefore,
    /// The process managers are killed after it is done, before they hear of it.
    KilledAfter,
}

#[derive(Debug, Default)]
pub struct Fuse {
    planned: Mutex<Option<(usize, Fault)>>,
    steps: Mutex<Option<usize>>,
    blown: watch::Sender<bool>,
    mended: watch::Sender<bool>,
}

impl Fuse {
    /// Counts from now on, and lets this fault happen.
    pub fn arm(&self, planned: Option<(usize, Fault)>) {
        *self.planned.lock().unwrap() = planned;
        *self.steps.lock().unwrap() = Some(0);
    }

    /// Counts no more.
    pub fn disarm(&self) {
        *self.steps.lock().unwrap() = None;
    }

    /// Which fault this step has.
    pub fn step(&self) -> Option<Fault> {
        let mut steps = self.steps.lock().unwrap();
        let number = (*steps)?;
        *steps = Some(number + 1);
        let (at, fault) = (*self.planned.lock().unwrap())?;
        let length = if fault == Fault::LostBefore { 3 } else { 1 };
        (at..at + length).contains(&number).then(|| {
            self.blown.send_replace(true);
            fault
        })
    }

    pub fn is_blown(&self) -> bool {
        *self.blown.borrow()
    }

    /// The killed process managers are gone: what waits for that may go on.
    pub fn mend(&self) {
        self.mended.send_replace(true);
    }

    pub async fn wait_for_mending(&self) {
        let mut mended = self.mended.subscribe();
        mended.wait_for(|mended| *mended).await.unwrap();
    }
}

/// A store in memory whose appends are steps.
#[derive(Debug)]
pub struct FusedStore {
    inner: MemoryStore,
    fuse: std::sync::Arc<Fuse>,
    followed: Mutex<Vec<Head>>,
}

impl FusedStore {
    pub fn new(fuse: std::sync::Arc<Fuse>) -> Self {
        Self { inner: MemoryStore::new(), fuse, followed: Mutex::default() }
    }

    pub fn events(&self) -> Vec<RawEvent> {
        self.inner.events(&LedgerId::main())
    }

    /// From where on the log was followed, in order of asking.
    pub fn followed(&self) -> Vec<Head> {
        self.followed.lock().unwrap().clone()
    }
}

impl EventStore for FusedStore {
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        async move {
            match self.fuse.step() {
                Some(Fault::LostBefore) => self.inner.inject(NextAppend::NotWrittenUnknown),
                Some(Fault::LostAfter) => self.inner.inject(NextAppend::WrittenUnknown),
                Some(Fault::KilledBefore) => self.fuse.wait_for_mending().await,
                Some(Fault::KilledAfter) => {
                    let result = self.inner.append(ledger, expected, batch).await;
                    self.fuse.wait_for_mending().await;
                    return result;
                }
                None => {}
            }
            self.inner.append(ledger, expected, batch).await
        }
        .boxed()
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        self.inner.read(ledger, from)
    }

    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        self.followed.lock().unwrap().push(after);
        self.inner.follow(ledger, after)
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        self.inner.head(ledger)
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        self.inner.ledgers()
    }
}
