//! What an append does and leaves alone.

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::{AppendError, Head};
use futures::stream::StreamExt as _;

use super::{Place, append, append_in_pieces, events, follow, head, ledger, numbered, read_all};

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
        append_in_pieces(&*store, &main, &numbered(first, count)).await;
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
    append_in_pieces(&*store, &main, &numbered(0, 5000)).await;
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

/// A batch far larger than usual, up to what the store takes, is one batch like any other.
pub async fn a_big_batch_is_one_batch(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let text = "x".repeat(280);
    let body = |n: u64| format!(r#"{{"n":{n},"text":"{text}"}}"#);
    let limits = store.limits();
    let most = limits.batch_events.min(limits.batch_bytes / body(20_000).len());
    let count = most.min(20_000) as u64;
    append(&*store, &main, &numbered(0, 1)).await;
    let big = events(1, (0..count).map(body));
    append(&*store, &main, &big).await;
    append(&*store, &main, &numbered(count + 1, 1)).await;
    assert_eq!(head(&*store, &main).await, Head::At(Revision(count + 1)));
    assert_eq!(read_all(&*store, &main, 1).await[..big.len()], big);
    assert_eq!(read_all(&*store, &main, count - 1).await.len(), 3);
    drop(store);
    let store = place.open().await;
    assert_eq!(read_all(&*store, &main, 0).await.len(), big.len() + 2);
}
