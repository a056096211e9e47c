//! Many who write at once.

use std::sync::Arc;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::{AppendError, EventStore, Head, RawEvent};
use futures::future::join_all;

use super::commands::{engine, open_ledger, open_wallet, times_opened};
use super::{Place, events, head, read_all};

fn of_writer(writer: u64, first: u64) -> Vec<RawEvent> {
    events(first, (0..3).map(|n| format!(r#"{{"writer":{writer},"n":{n}}}"#)))
}

/// Of sixteen writers that append after the same head, one is told that it did, and only its
/// events are there.
pub async fn one_of_sixteen_racing_writers_wins(place: &impl Place) {
    let (store, main) = (place.open().await, LedgerId::main());
    let mut ends = Head::Empty;
    for _ in 0..10 {
        let won = race(&[Arc::clone(&store)], ends).await;
        assert_eq!(read_all(&*store, &main, ends.next().0).await, won);
        ends = head(&*store, &main).await;
    }
    assert_eq!(ends, Head::At(Revision(29)));
}

/// What the one writer appended that won, of sixteen that append after the same head on these stores,
/// in turn.
async fn race(stores: &[Arc<dyn EventStore>], ends: Head) -> Vec<RawEvent> {
    let start = Arc::new(tokio::sync::Barrier::new(16));
    let writers = stores.iter().cycle().zip(0..16).map(|(store, writer)| {
        let (store, start) = (Arc::clone(store), Arc::clone(&start));
        tokio::spawn(async move {
            let batch = of_writer(writer, ends.next().0);
            start.wait().await;
            store.append(&LedgerId::main(), ends, &batch).await.map(|()| batch)
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
    won.remove(0)
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

/// The same among sixteen who opened the store each for themselves, as processes do.
pub async fn one_of_sixteen_openings_wins(place: &impl Place) {
    let main = LedgerId::main();
    let stores: Vec<_> = join_all((0..16).map(|_| place.open())).await;
    let mut ends = Head::Empty;
    for _ in 0..5 {
        let won = race(&stores, ends).await;
        for store in &stores {
            assert_eq!(read_all(&**store, &main, ends.next().0).await, won);
        }
        ends = head(&*stores[0], &main).await;
    }
    assert_eq!(ends, Head::At(Revision(14)));
}

/// Two engines that do not know of one another, on one ledger: each reads on where the other came
/// first, and every command is applied once.
pub async fn two_engines_on_one_ledger_lose_nothing(place: &impl Place) {
    let (one, two) = (place.open().await, place.open().await);
    let a = engine(Arc::clone(&one)).await;
    a.ask(open_ledger()).await.expect("it is new");
    // A refusal is judged on what an engine has read, so both know that the ledger is open.
    let b = engine(two).await;
    let asked = (0..40).flat_map(|n| [(&a, n), (&b, n)]);
    let answers = asked.map(|(engine, n)| engine.ask(open_wallet(n, "ann")));
    for answer in join_all(answers).await {
        answer.expect("it is asked");
    }
    assert_eq!(times_opened(&*one, 40).await, [1; 40]);
    a.close().await;
    b.close().await;
}
