//! How much a store takes: what it says, neither less nor more.

use cauri_domain::LedgerId;
use cauri_ledger::store::{AppendError, EventStore, Head, RawEvent};

use super::{Place, append, events, numbered, read_all};

/// A JSON string of exactly that many bytes.
fn text(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

async fn too_large(store: &dyn EventStore, batch: &[RawEvent]) {
    let expected = Head::before(batch[0].revision);
    let refused = store.append(&LedgerId::main(), expected, batch).await;
    assert!(matches!(refused, Err(AppendError::TooLarge(_))), "{refused:?}");
}

/// An event as large as the store says, and one byte smaller, is taken; one byte more is not.
pub async fn takes_events_up_to_its_limit(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let limit = store.limits().event_bytes;
    let fitting = events(0, [text(limit - 1), text(limit)]);
    for event in &fitting {
        append(&*store, &main, std::slice::from_ref(event)).await;
    }
    too_large(&*store, &events(2, [text(limit + 1)])).await;
    too_large(&*store, &events(2, ["{}".to_owned(), text(limit + 1)])).await;
    assert_eq!(read_all(&*store, &main, 0).await, fitting);
    append(&*store, &main, &numbered(2, 1)).await;
}

/// A batch whose bodies have as many bytes as the store says is taken; one byte more is not.
pub async fn takes_as_many_bytes_at_once_as_it_says(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let limits = store.limits();
    let batch = |first: u64, total: usize| {
        let piece = (limits.event_bytes / 2).min(limits.batch_bytes / 4);
        let mut left = total;
        let mut bodies = Vec::new();
        while left >= 2 * piece {
            bodies.push(text(piece));
            left -= piece;
        }
        bodies.push(text(left));
        events(first, bodies)
    };
    let small = batch(0, limits.batch_bytes - 1);
    append(&*store, &main, &small).await;
    let next = small.len() as u64;
    let full = batch(next, limits.batch_bytes);
    append(&*store, &main, &full).await;
    let next = next + full.len() as u64;
    too_large(&*store, &batch(next, limits.batch_bytes + 1)).await;
    assert_eq!(read_all(&*store, &main, 0).await, [small, full].concat());
    append(&*store, &main, &numbered(next, 1)).await;
}

/// A batch of as many events as the store says is taken; one event more is not.
pub async fn takes_as_many_events_at_once_as_it_says(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let limit = store.limits().batch_events as u64;
    let small = events(0, (0..limit - 1).map(|n| n.to_string()));
    append(&*store, &main, &small).await;
    let full = events(limit - 1, (0..limit).map(|n| n.to_string()));
    append(&*store, &main, &full).await;
    let next = 2 * limit - 1;
    too_large(&*store, &events(next, (0..=limit).map(|n| n.to_string()))).await;
    let there = read_all(&*store, &main, limit - 2).await;
    assert_eq!(there[0], small[small.len() - 1]);
    assert_eq!(there[1..], full);
    append(&*store, &main, &numbered(next, 1)).await;
}

/// A million events come back in order, at any time the same.
pub async fn a_million_events_are_read(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let padding = "x".repeat(200);
    let body = |n: u64| format!(r#"{{"n":{n},"padding":"{padding}"}}"#);
    for first in (0..1_000_000).step_by(20_000) {
        append(&*store, &main, &events(first, (first..first + 20_000).map(body))).await;
    }
    let mut chunks = store.read(&main, cauri_domain::Revision::FIRST);
    let mut next = 0;
    while let Some(chunk) = futures::StreamExt::next(&mut chunks).await {
        for event in chunk.expect("it can be read") {
            assert_eq!((event.revision.0, &event.body[..]), (next, body(next).as_bytes()));
            next += 1;
        }
    }
    assert_eq!(next, 1_000_000);
}
