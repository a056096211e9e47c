//! Events in memory, for tests: the contract without a disk, and its rare endings at will.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use cauri_domain::{LedgerId, Revision};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use tokio::sync::watch;

use crate::store::{AppendError, Chunks, EventStore, Head, RawEvent, ReadError, StoreFault};

/// How many events are given out at once.
const CHUNK_EVENTS: usize = 1024;

/// What the next append shall end in, whatever it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextAppend {
    /// Another writer comes first with these events, which follow the head; the append then finds
    /// that the ledger does not end where its caller thought.
    Overtaken(Vec<RawEvent>),
    /// It is written, but its caller is not told.
    WrittenUnknown,
    /// It is not written, and its caller is not told.
    NotWrittenUnknown,
    /// It is not written, and nothing ever will be.
    Fatal,
}

/// A store that forgets everything when its last clone goes. Clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    /// Wakes followers: the number of appends that wrote something.
    appends: watch::Sender<u64>,
    held: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    ledgers: BTreeMap<LedgerId, Vec<RawEvent>>,
    next: VecDeque<NextAppend>,
    has_failed: bool,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides the next append that was not decided yet.
    pub fn inject(&self, next: NextAppend) {
        self.state().next.push_back(next);
    }

    /// Lets appends wait, as a slow disk does, until [`MemoryStore::release_appends`].
    pub fn hold_appends(&self) {
        self.inner.held.send_replace(true);
    }

    /// Lets appends go on.
    pub fn release_appends(&self) {
        self.inner.held.send_replace(false);
    }

    /// Everything in a ledger.
    #[must_use]
    pub fn events(&self, ledger: &LedgerId) -> Vec<RawEvent> {
        self.state().ledgers.get(ledger).cloned().unwrap_or_default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().expect("nothing panics while holding the state")
    }

    fn append_now(
        &self,
        ledger: &LedgerId,
        expected: Head,
        batch: &[RawEvent],
    ) -> Result<(), AppendError> {
        check_follows(expected, batch);
        self.limits().check(batch)?;
        let mut state = self.state();
        let injected = state.next.pop_front();
        state.has_failed |= injected == Some(NextAppend::Fatal);
        if let Some(NextAppend::Overtaken(foreign)) = &injected {
            check_follows(state.head(ledger), foreign);
            state.write(ledger, foreign);
        }
        let actual = state.head(ledger);
        if state.has_failed {
            let cause = StoreFault::new("the store was made to fail");
            return Err(AppendError::Fatal { at: actual, cause });
        }
        let result = if actual != expected {
            Err(AppendError::Conflict { expected, actual })
        } else {
            if injected != Some(NextAppend::NotWrittenUnknown) {
                state.write(ledger, batch);
            }
            match injected {
                Some(NextAppend::WrittenUnknown | NextAppend::NotWrittenUnknown) => {
                    Err(AppendError::Unknown(StoreFault::new("the answer was lost")))
                }
                Some(NextAppend::Overtaken(_) | NextAppend::Fatal) | None => Ok(()),
            }
        };
        drop(state);
        self.inner.appends.send_modify(|count| *count += 1);
        result
    }

    /// At most a chunk from `from` on.
    fn chunk(&self, ledger: &LedgerId, from: u64) -> Vec<RawEvent> {
        let state = self.state();
        let events = state.ledgers.get(ledger).map_or(&[][..], Vec::as_slice);
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(events.len());
        events[from..].iter().take(CHUNK_EVENTS).cloned().collect()
    }
}

impl State {
    fn head(&self, ledger: &LedgerId) -> Head {
        let count = self.ledgers.get(ledger).map_or(0, Vec::len);
        Head::before(Revision(count as u64))
    }

    fn write(&mut self, ledger: &LedgerId, batch: &[RawEvent]) {
        self.ledgers.entry(ledger.clone()).or_default().extend_from_slice(batch);
    }
}

fn check_follows(expected: Head, batch: &[RawEvent]) {
    assert!(!batch.is_empty(), "a batch has at least one event");
    for (event, next) in batch.iter().zip(expected.next().0..) {
        assert_eq!(event.revision, Revision(next), "revisions follow one another without a gap");
    }
}

impl EventStore for MemoryStore {
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        async move {
            let mut held = self.inner.held.subscribe();
            // The sender lives as long as this store does.
            let _ = held.wait_for(|held| !held).await;
            self.append_now(ledger, expected, batch)
        }
        .boxed()
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        stream::unfold((from.0, None), move |(next, until)| async move {
            let until = until.unwrap_or_else(|| self.state().head(ledger).next().0);
            let mut chunk = self.chunk(ledger, next);
            chunk.retain(|event| event.revision.0 < until);
            let after = next + chunk.len() as u64;
            (!chunk.is_empty()).then_some((Ok(chunk), (after, Some(until))))
        })
        .boxed()
    }

    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        let start = (after.next().0, self.inner.appends.subscribe());
        stream::unfold(start, move |(next, mut appends)| async move {
            loop {
                appends.borrow_and_update();
                let chunk = self.chunk(ledger, next);
                if !chunk.is_empty() {
                    let after = next + chunk.len() as u64;
                    return Some((Ok(chunk), (after, appends)));
                }
                appends.changed().await.ok()?;
            }
        })
        .boxed()
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        async move { Ok(self.state().head(ledger)) }.boxed()
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        async move { Ok(self.state().ledgers.keys().cloned().collect()) }.boxed()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use bytes::Bytes;
    use futures::executor::block_on;

    use super::*;
    use crate::chain::{Hash, link};

    fn event(revision: u64, body: &'static str) -> RawEvent {
        let hash = link(Hash::ZERO, body.as_bytes());
        RawEvent { revision: Revision(revision), hash, body: Bytes::from_static(body.as_bytes()) }
    }

    fn append(store: &MemoryStore, revision: u64, body: &'static str) -> Result<(), AppendError> {
        let expected = Head::before(Revision(revision));
        block_on(store.append(&LedgerId::main(), expected, &[event(revision, body)]))
    }

    #[test]
    fn another_writer_can_come_first() {
        let store = MemoryStore::new();
        store.inject(NextAppend::Overtaken(vec![event(0, "1"), event(1, "2")]));
        let refused = append(&store, 0, "3").unwrap_err();
        let actual = Head::At(Revision(1));
        assert!(matches!(refused, AppendError::Conflict { actual: a, .. } if a == actual));
        append(&store, 2, "3").unwrap();
        let bodies = [event(0, "1"), event(1, "2"), event(2, "3")];
        assert_eq!(store.events(&LedgerId::main()), bodies);
    }

    #[test]
    fn an_unknown_append_is_written_or_not() {
        let store = MemoryStore::new();
        store.inject(NextAppend::NotWrittenUnknown);
        store.inject(NextAppend::WrittenUnknown);
        assert!(matches!(append(&store, 0, "1"), Err(AppendError::Unknown(_))));
        assert!(store.events(&LedgerId::main()).is_empty());
        assert!(matches!(append(&store, 0, "1"), Err(AppendError::Unknown(_))));
        assert_eq!(store.events(&LedgerId::main()), [event(0, "1")]);
        append(&store, 1, "2").unwrap();
    }

    #[test]
    fn after_a_fatal_append_there_is_none() {
        let store = MemoryStore::new();
        append(&store, 0, "1").unwrap();
        store.inject(NextAppend::Fatal);
        for _ in 0..2 {
            let failed = append(&store, 1, "2").unwrap_err();
            assert!(matches!(failed, AppendError::Fatal { at: Head::At(Revision(0)), .. }));
        }
        assert_eq!(store.events(&LedgerId::main()), [event(0, "1")]);
    }

    #[tokio::test]
    async fn held_appends_wait() {
        let store = MemoryStore::new();
        store.hold_appends();
        let ledger = LedgerId::main();
        let batch = [event(0, "1")];
        let mut append = store.append(&ledger, Head::Empty, &batch);
        assert!((&mut append).now_or_never().is_none());
        assert!(store.events(&ledger).is_empty());
        store.release_appends();
        append.await.unwrap();
        assert_eq!(store.events(&ledger), batch);
    }
}
