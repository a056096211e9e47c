//! What followers see.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::{AppendError, Head};
use futures::stream::StreamExt as _;

use super::{Place, append, append_in_pieces, follow, ledger, numbered, read_all};

/// A follower that begins in the past, while a writer is at work, sees each event once, in order.
pub async fn a_follower_goes_from_old_to_live_without_a_seam(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    append_in_pieces(&*store, &main, &numbered(0, 3000)).await;
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

/// A follower in one opening sees what another appends, in order, soon.
pub async fn a_follower_sees_what_another_opening_appends(place: &impl Place) {
    let (store, beside) = (place.open().await, place.open().await);
    let main = LedgerId::main();
    append(&*store, &main, &numbered(0, 10)).await;
    let writing = async {
        for first in (10..210).step_by(4) {
            append(&*store, &main, &numbered(first, 4)).await;
        }
    };
    let (seen, ()) = tokio::join!(follow(&*beside, &main, Head::Empty, 210), writing);
    assert_eq!(seen, numbered(0, 210));
    // Now that nothing comes for a while, one event must still get there at once.
    let mut chunks = beside.follow(&main, Head::At(Revision(209)));
    let early = tokio::time::timeout(Duration::from_millis(100), chunks.next()).await;
    assert!(early.is_err(), "{early:?}");
    append(&*store, &main, &numbered(210, 1)).await;
    let soon = tokio::time::timeout(Duration::from_secs(5), chunks.next()).await;
    let seen = soon.expect("it is woken").expect("it goes on").expect("it can be read");
    assert_eq!(seen, numbered(210, 1));
}
