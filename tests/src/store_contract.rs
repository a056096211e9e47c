//! What every event store must do, one clause a function, and a macro that gives a store one test
//! a clause, so that a failure reads `embedded::refuses_a_stale_writer`.
//!
//! A clause gets a [`Place`] and not a store, because some of them open it a second time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::chain::{Hash, link};
use cauri_ledger::store::{AppendError, EventStore, Head, RawEvent};
use futures::future::{BoxFuture, join_all};
use futures::stream::{StreamExt as _, TryStreamExt as _};

/// Where a store keeps its events: empty at first, and the same at every opening.
pub trait Place: Send + Sync {
    /// Opens it. The store opened before, if any, is gone by then.
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>>;
}

/// Longer than any clause takes, so that a follower that waits for ever is a failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// One `#[tokio::test]` a clause for the store that `$place` makes, in a module `$name`.
#[macro_export]
macro_rules! event_store_contract {
    ($name:ident, $place:expr) => {
        $crate::event_store_contract! { @clauses $name, $place,
            a_batch_is_all_or_nothing
            the_exact_bytes_come_back
            revisions_follow_without_a_gap_and_read_the_same_twice
            reads_from_every_revision
            a_read_ends_where_the_ledger_ended_when_it_began
            refuses_a_stale_writer
            revision_zero_is_not_the_empty_head
            one_of_sixteen_racing_writers_wins
            racing_writers_that_try_again_lose_nothing
            a_follower_goes_from_old_to_live_without_a_seam
            a_follower_resumes_after_each_checkpoint
            a_follower_waits_for_the_first_event
            a_follower_sees_nothing_of_what_was_refused
            what_was_acknowledged_is_there_after_reopening
            ledgers_do_not_see_each_other
            unknown_and_empty_ledgers_read_empty
            a_big_batch_is_one_batch
        }
    };
    (@clauses $name:ident, $place:expr, $($clause:ident)*) => {
        mod $name {
            #[allow(unused_imports, reason = "a place may be made of names from anywhere")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $clause() {
                    let place = $place;
                    let clause = $crate::store_contract::$clause(&place);
                    tokio::time::timeout($crate::store_contract::PATIENCE, clause)
                        .await
                        .expect("a clause ends in time");
                }
            )*
        }
    };
}

/// Events that follow one another from `first` on. Each has a hash of its own; a store keeps hashes
/// and does not check them.
pub fn events(first: u64, bodies: impl IntoIterator<Item = String>) -> Vec<RawEvent> {
    let events = bodies.into_iter().zip(first..).map(|(body, revision)| RawEvent {
        revision: Revision(revision),
        hash: link(Hash::ZERO, body.as_bytes()),
        body: Bytes::from(body),
    });
    events.collect()
}

fn numbered(first: u64, count: u64) -> Vec<RawEvent> {
    events(first, (first..first + count).map(|n| format!(r#"{{"n":{n}}}"#)))
}

fn ledger(name: &str) -> LedgerId {
    name.parse().expect("the name of a ledger")
}

async fn append(store: &dyn EventStore, ledger: &LedgerId, batch: &[RawEvent]) {
    let expected = Head::before(batch[0].revision);
    store.append(ledger, expected, batch).await.expect("it follows the head");
}

/// Everything from `from` on; no chunk is empty.
pub async fn read_all(store: &dyn EventStore, ledger: &LedgerId, from: u64) -> Vec<RawEvent> {
    let chunks: Vec<_> =
        store.read(ledger, Revision(from)).try_collect().await.expect("it can be read");
    assert!(chunks.iter().all(|chunk| !chunk.is_empty()), "a chunk is never empty");
    chunks.concat()
}

/// The next `count` events that a follower sees.
async fn follow(
    store: &dyn EventStore,
    ledger: &LedgerId,
    after: Head,
    count: usize,
) -> Vec<RawEvent> {
    let mut chunks = store.follow(ledger, after);
    let mut seen = Vec::new();
    while seen.len() < count {
        let chunk = chunks.next().await.expect("it does not end").expect("it can be read");
        assert!(!chunk.is_empty(), "a chunk is never empty");
        seen.extend(chunk);
    }
    seen
}

async fn head(store: &dyn EventStore, ledger: &LedgerId) -> Head {
    store.head(ledger).await.expect("the store can tell")
}

/// A batch is there whole, or not at all.
pub async fn a_batch_is_all_or_nothing(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &numbered(0, 3)).await;
    let stale = numbered(2, 50);
    let refused = store.append(&main, Head::At(Revision(1)), &stale).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })), "{refused:?}");
    assert_eq!(read_all(&*store, &main, 0).await, numbered(0, 3));
    let good = numbered(3, 50);
    append(&*store, &main, &good).await;
    assert_eq!(read_all(&*store, &main, 3).await, good);
}

/// Bodies and hashes come back as they were given, whatever they are.
pub async fn the_exact_bytes_come_back(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let bodies = [
        r#"{"e":"\u0000\"}\n{"}"#.to_owned(),
        r#"{ "spaces" : [ 1,  2 ] , "last":"first", "first":"last" }"#.to_owned(),
        r#"{"n":1.10,"m":1e400,"k":123456789012345678901234567890,"n":2}"#.to_owned(),
        r#"{"text":"Yaoundé, 東京, 🐚, \/"}"#.to_owned(),
        r#"{"h":"0000","e":{"batch":{"first":0,"count":1}}}"#.to_owned(),
        "0".to_owned(),
        format!(r#"{{"long":"{}"}}"#, "x".repeat(300_000)),
        "{}".to_owned(),
    ];
    let batch = events(0, bodies);
    append(&*store, &main, &batch).await;
    assert_eq!(read_all(&*store, &main, 0).await, batch);
}

/// Revisions have no gap, order is that of the appends, and reading twice gives the same.
pub async fn revisions_follow_without_a_gap_and_read_the_same_twice(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let mut first = 0;
    for count in (1..40).chain([200, 1, 1, 1500, 1]) {
        append(&*store, &main, &numbered(first, count)).await;
        first += count;
        assert_eq!(head(&*store, &main).await, Head::At(Revision(first - 1)));
    }
    let all = read_all(&*store, &main, 0).await;
    let revisions: Vec<_> = all.iter().map(|event| event.revision.0).collect();
    assert_eq!(revisions, (0..first).collect::<Vec<_>>());
    assert_eq!(all, read_all(&*store, &main, 0).await);
}

/// A read may begin at any event, also in the middle of a batch, and after the last.
pub async fn reads_from_every_revision(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    for batch in numbered(0, 60).chunks(7) {
        append(&*store, &main, batch).await;
    }
    let all = read_all(&*store, &main, 0).await;
    assert_eq!(all.len(), 60);
    for from in 0..60 {
        let from_there = read_all(&*store, &main, from).await;
        assert_eq!(from_there, all[usize::try_from(from).expect("small")..], "from {from}");
    }
    for from in [60, 61, u64::MAX] {
        assert_eq!(read_all(&*store, &main, from).await, [], "from {from}");
    }
}

/// A read does not run after what comes while it reads.
pub async fn a_read_ends_where_the_ledger_ended_when_it_began(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &numbered(0, 5000)).await;
    let mut chunks = store.read(&main, Revision::FIRST);
    let mut seen = chunks.next().await.expect("there are events").expect("they can be read");
    append(&*store, &main, &numbered(5000, 10)).await;
    while let Some(chunk) = chunks.next().await {
        seen.extend(chunk.expect("it can be read"));
    }
    assert_eq!(seen.len(), 5000);
}

/// Who appends after a head that has moved is refused, told the head, and changes nothing.
pub async fn refuses_a_stale_writer(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &numbered(0, 4)).await;
    let before = read_all(&*store, &main, 0).await;
    let actual = Head::At(Revision(3));
    for expected in [
        Head::Empty,
        Head::At(Revision(0)),
        Head::At(Revision(2)),
        Head::At(Revision(4)),
        Head::At(Revision(999)),
    ] {
        let refused = store.append(&main, expected, &numbered(expected.next().0, 2)).await;
        let Err(AppendError::Conflict { expected: asked, actual: told }) = refused else {
            panic!("after {expected}: {refused:?}");
        };
        assert_eq!((asked, told), (expected, actual));
        assert_eq!(head(&*store, &main).await, actual);
    }
    assert_eq!(read_all(&*store, &main, 0).await, before);
    append(&*store, &main, &numbered(4, 1)).await;
}

/// A ledger with one event is not an empty one, and the other way round.
pub async fn revision_zero_is_not_the_empty_head(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let refused = store.append(&main, Head::At(Revision(0)), &numbered(1, 1)).await;
    assert!(
        matches!(refused, Err(AppendError::Conflict { actual: Head::Empty, .. })),
        "{refused:?}"
    );
    assert_eq!(head(&*store, &main).await, Head::Empty);
    append(&*store, &main, &numbered(0, 1)).await;
    assert_eq!(head(&*store, &main).await, Head::At(Revision(0)));
    let refused = store.append(&main, Head::Empty, &numbered(0, 1)).await;
    let actual = Head::At(Revision(0));
    assert!(
        matches!(refused, Err(AppendError::Conflict { actual: told, .. }) if told == actual),
        "{refused:?}"
    );
}

fn of_writer(writer: u64, first: u64) -> Vec<RawEvent> {
    events(first, (0..3).map(|n| format!(r#"{{"writer":{writer},"n":{n}}}"#)))
}

/// Of sixteen writers that append after the same head, one is told that it did, and only its
/// events are there.
pub async fn one_of_sixteen_racing_writers_wins(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let mut ends = Head::Empty;
    for _ in 0..10 {
        let start = Arc::new(tokio::sync::Barrier::new(16));
        let writers = (0..16).map(|writer| {
            let (store, main, start) = (Arc::clone(&store), main.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                let batch = of_writer(writer, ends.next().0);
                start.wait().await;
                store.append(&main, ends, &batch).await.map(|()| batch)
            })
        });
        let mut won = Vec::new();
        for ended in join_all(writers).await {
            match ended.expect("no writer panics") {
                Ok(batch) => won.push(batch),
                Err(AppendError::Conflict { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won.len(), 1, "exactly one wins");
        assert_eq!(read_all(&*store, &main, ends.next().0).await, won[0]);
        ends = head(&*store, &main).await;
    }
    assert_eq!(ends, Head::At(Revision(29)));
}

/// Writers that are refused and try again after the head they were told all get through, once.
pub async fn racing_writers_that_try_again_lose_nothing(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let writers = (0..8).map(|writer| {
        let (store, main) = (Arc::clone(&store), main.clone());
        tokio::spawn(async move {
            let mut ends = Head::Empty;
            for _ in 0..10 {
                loop {
                    let batch = of_writer(writer, ends.next().0);
                    match store.append(&main, ends, &batch).await {
                        Ok(()) => break ends = Head::At(batch[2].revision),
                        Err(AppendError::Conflict { actual, .. }) => ends = actual,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        })
    });
    for ended in join_all(writers).await {
        ended.expect("no writer panics");
    }
    let all = read_all(&*store, &main, 0).await;
    assert_eq!(all.len(), 8 * 10 * 3);
    for writer in 0..8 {
        let of_this = all
            .iter()
            .filter(|event| event.body.starts_with(format!(r#"{{"writer":{writer},"#).as_bytes()));
        assert_eq!(of_this.count(), 30, "of writer {writer}");
    }
    for unit in all.chunks(3) {
        let writer = &unit[0].body[..12];
        assert!(unit.iter().all(|event| event.body.starts_with(writer)), "a batch was torn apart");
    }
}

/// A follower that begins in the past, while a writer is at work, sees each event once, in order.
pub async fn a_follower_goes_from_old_to_live_without_a_seam(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &numbered(0, 3000)).await;
    let writer = {
        let (store, main) = (Arc::clone(&store), main.clone());
        tokio::spawn(async move {
            for (turn, first) in (3000..4000).step_by(5).enumerate() {
                append(&*store, &main, &numbered(first, 5)).await;
                if turn % 7 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let from_start = follow(&*store, &main, Head::Empty, 4000);
    let from_middle = follow(&*store, &main, Head::At(Revision(2499)), 1500);
    let from_end = follow(&*store, &main, Head::At(Revision(2999)), 1000);
    let (from_start, from_middle, from_end) = tokio::join!(from_start, from_middle, from_end);
    writer.await.expect("the writer does not panic");
    let all = read_all(&*store, &main, 0).await;
    assert_eq!(from_start, all);
    assert_eq!(from_middle, all[2500..]);
    assert_eq!(from_end, all[3000..]);
}

/// Wherever a follower stopped, it goes on with the next event.
pub async fn a_follower_resumes_after_each_checkpoint(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    for batch in numbered(0, 40).chunks(6) {
        append(&*store, &main, batch).await;
    }
    let all = read_all(&*store, &main, 0).await;
    for next in 0..39 {
        let after = Head::before(Revision(next));
        let next = usize::try_from(next).expect("small");
        let seen = follow(&*store, &main, after, 40 - next).await;
        assert_eq!(seen, all[next..], "after {after}");
    }
}

/// A follower of a ledger that is not there yet waits for it.
pub async fn a_follower_waits_for_the_first_event(place: &impl Place) {
    let (store, later) = (place.open().await, ledger("later"));
    let mut chunks = store.follow(&later, Head::Empty);
    let early = tokio::time::timeout(Duration::from_millis(20), chunks.next()).await;
    assert!(early.is_err(), "there is nothing to see: {early:?}");
    append(&*store, &ledger("other"), &numbered(0, 1)).await;
    append(&*store, &later, &numbered(0, 2)).await;
    let seen = chunks.next().await.expect("it goes on").expect("it can be read");
    assert_eq!(seen, numbered(0, 2));
}

/// A batch that was refused is never shown, and does not wake up as something else.
pub async fn a_follower_sees_nothing_of_what_was_refused(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &numbered(0, 2)).await;
    let mut chunks = store.follow(&main, Head::At(Revision(1)));
    for _ in 0..3 {
        let refused = store.append(&main, Head::Empty, &numbered(0, 9)).await;
        assert!(matches!(refused, Err(AppendError::Conflict { .. })), "{refused:?}");
        let early = tokio::time::timeout(Duration::from_millis(5), chunks.next()).await;
        assert!(early.is_err(), "{early:?}");
    }
    append(&*store, &main, &numbered(2, 1)).await;
    let seen = chunks.next().await.expect("it goes on").expect("it can be read");
    assert_eq!(seen, numbered(2, 1));
}

/// Whatever was acknowledged is there when the store is opened again, and can be added to.
pub async fn what_was_acknowledged_is_there_after_reopening(place: &impl Place) {
    let (main, other) = (LedgerId::main(), ledger("other"));
    let mut all = Vec::new();
    for turn in 0..6_u64 {
        let store = place.open().await;
        assert_eq!(read_all(&*store, &main, 0).await, all, "at opening {turn}");
        assert_eq!(read_all(&*store, &other, 0).await, numbered(0, turn));
        for count in [1, 30 * turn + 1, 2] {
            let batch = numbered(all.len() as u64, count);
            append(&*store, &main, &batch).await;
            all.extend(batch);
        }
        append(&*store, &other, &numbered(turn, 1)).await;
    }
    let store = place.open().await;
    assert_eq!(head(&*store, &main).await, Head::At(Revision(all.len() as u64 - 1)));
    assert_eq!(store.ledgers().await.expect("the store can tell"), [main.clone(), other]);
    assert_eq!(read_all(&*store, &main, 0).await, all);
}

/// Each ledger has its own revisions, events, head and conflicts.
pub async fn ledgers_do_not_see_each_other(place: &impl Place) {
    let store = place.open().await;
    let names = ["main", "a", "cm-douala", "b2", "a-"];
    for (name, count) in names.iter().zip(1..) {
        let batch = events(0, (0..count).map(|n| format!(r#"{{"{name}":{n}}}"#)));
        append(&*store, &ledger(name), &batch).await;
    }
    for (name, count) in names.iter().zip(1..) {
        let batch = events(0, (0..count).map(|n| format!(r#"{{"{name}":{n}}}"#)));
        assert_eq!(read_all(&*store, &ledger(name), 0).await, batch, "ledger {name}");
        assert_eq!(follow(&*store, &ledger(name), Head::Empty, batch.len()).await, batch);
        assert_eq!(head(&*store, &ledger(name)).await, Head::At(Revision(count - 1)));
    }
    let known = store.ledgers().await.expect("the store can tell");
    assert_eq!(known, ["a", "a-", "b2", "cm-douala", "main"].map(ledger), "in order of name");
}

/// A ledger that nobody wrote to is empty, and asking for it does not make it.
pub async fn unknown_and_empty_ledgers_read_empty(place: &impl Place) {
    let (store, nobody) = (place.open().await, ledger("nobody"));
    assert_eq!(read_all(&*store, &nobody, 0).await, []);
    assert_eq!(read_all(&*store, &nobody, 5).await, []);
    assert_eq!(head(&*store, &nobody).await, Head::Empty);
    let refused = store.append(&nobody, Head::At(Revision(7)), &numbered(8, 1)).await;
    assert!(matches!(refused, Err(AppendError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.ledgers().await.expect("the store can tell"), []);
    append(&*store, &LedgerId::main(), &numbered(0, 1)).await;
    assert_eq!(store.ledgers().await.expect("the store can tell"), [LedgerId::main()]);
}

/// A batch far larger than usual is one batch like any other.
pub async fn a_big_batch_is_one_batch(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let text = "x".repeat(280);
    let body = |n: u64| format!(r#"{{"n":{n},"text":"{text}"}}"#);
    append(&*store, &main, &numbered(0, 1)).await;
    let big = events(1, (0..20_000).map(body));
    append(&*store, &main, &big).await;
    append(&*store, &main, &numbered(20_001, 1)).await;
    assert_eq!(head(&*store, &main).await, Head::At(Revision(20_001)));
    assert_eq!(read_all(&*store, &main, 1).await[..20_000], big);
    assert_eq!(read_all(&*store, &main, 19_999).await.len(), 3);
    drop(store);
    let store = place.open().await;
    assert_eq!(read_all(&*store, &main, 0).await.len(), 20_002);
}
