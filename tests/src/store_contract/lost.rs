//! Answers that get lost: not known is a result of its own, and what happened is read back.

use std::sync::Arc;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::engine::Answer;
use cauri_ledger::store::{AppendError, Head};

use super::commands::{engine, open_ledger, open_wallet, times_opened};
use super::{LosesAnswers, append, append_surely, head, numbered, read_all};

/// The batch was written, and its writer is not told: the store says that it does not know, and
/// shows the batch to who looks.
pub async fn a_lost_answer_is_not_known_and_can_be_read_back(place: &impl LosesAnswers) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &numbered(0, 2)).await;
    place.lose_next_answer(true);
    let batch = numbered(2, 3);
    let lost = store.append(&main, Head::At(Revision(1)), &batch).await;
    assert!(matches!(lost, Err(AppendError::Unknown(_))), "{lost:?}");
    assert_eq!(head(&*store, &main).await, Head::At(Revision(4)));
    assert_eq!(read_all(&*store, &main, 0).await, numbered(0, 5));
    let again = store.append(&main, Head::At(Revision(1)), &batch).await;
    let actual = Head::At(Revision(4));
    assert!(
        matches!(again, Err(AppendError::Conflict { actual: told, .. }) if told == actual),
        "{again:?}"
    );
    append(&*store, &main, &numbered(5, 1)).await;
}

/// The batch was not written, and its writer is not told: nothing of it is there, and it can be
/// appended again.
pub async fn a_lost_request_is_not_known_and_can_be_read_back(place: &impl LosesAnswers) {
    let (store, main) = (place.open().await, LedgerId::main());
    append(&*store, &main, &numbered(0, 2)).await;
    place.lose_next_answer(false);
    let lost = store.append(&main, Head::At(Revision(1)), &numbered(2, 3)).await;
    assert!(matches!(lost, Err(AppendError::Unknown(_))), "{lost:?}");
    assert_eq!(head(&*store, &main).await, Head::At(Revision(1)));
    append_surely(&*store, &main, &numbered(2, 3)).await;
    assert_eq!(read_all(&*store, &main, 0).await, numbered(0, 5));
}

/// Who asks a command hears nothing of all that: the engine reads back, and it is applied once.
pub async fn a_command_whose_answer_was_lost_is_applied_once(place: &impl LosesAnswers) {
    let store = place.open().await;
    let engine = engine(Arc::clone(&store)).await;
    engine.ask(open_ledger()).await.expect("it is new");
    for (n, written) in (0..).zip([true, false, true, true, false, false]) {
        place.lose_next_answer(written);
        let first = engine.ask(open_wallet(n, "ann")).await.expect("it is applied");
        let again = engine.ask(open_wallet(n, "ann")).await.expect("it is bound");
        assert_eq!(first.revision(), again.revision());
        assert!(matches!(again, Answer::Done { replayed: true, .. }), "{again:?}");
    }
    assert_eq!(times_opened(&*store, 6).await, [1; 6]);
    engine.close().await;
}
