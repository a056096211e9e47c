//! The same place in a ledger, asked for twice.

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::{AppendError, EventStore, Head, RawEvent};

use super::{Place, append, events, head, numbered, read_all};

async fn refused_at(store: &dyn EventStore, batch: &[RawEvent], end: u64) {
    let expected = Head::before(batch[0].revision);
    let refused = store.append(&LedgerId::main(), expected, batch).await;
    let actual = Head::At(Revision(end));
    assert!(
        matches!(refused, Err(AppendError::Conflict { actual: told, .. }) if told == actual),
        "{refused:?}"
    );
}

/// Who does not know that a batch was written, and asks again, is told where the ledger ends, reads
/// back and finds its own batch: at once, later, and after the store was opened again.
pub async fn the_same_batch_again_is_told_where_it_ended(place: &impl Place) {
    let main = LedgerId::main();
    let (first, second) = (numbered(0, 3), numbered(3, 4));
    {
        let store = place.open().await;
        append(&*store, &main, &first).await;
        refused_at(&*store, &first, 2).await;
        assert_eq!(read_all(&*store, &main, 0).await, first);
        append(&*store, &main, &second).await;
        refused_at(&*store, &second, 6).await;
        refused_at(&*store, &first, 6).await;
    }
    let store = place.open().await;
    refused_at(&*store, &second, 6).await;
    assert_eq!(read_all(&*store, &main, 3).await, second);
    assert_eq!(head(&*store, &main).await, Head::At(Revision(6)));
}

/// Something else at revisions that are taken is refused, and what was there first stays.
pub async fn other_content_at_the_same_place_is_refused(place: &impl Place) {
    let main = LedgerId::main();
    let ours = numbered(0, 3);
    let other = events(0, (0..3).map(|n| format!(r#"{{"other":{n}}}"#)));
    {
        let store = place.open().await;
        append(&*store, &main, &ours).await;
        refused_at(&*store, &other, 2).await;
        refused_at(&*store, &other[..1], 2).await;
        refused_at(&*store, &events(2, ["{}".to_owned()]), 2).await;
    }
    let store = place.open().await;
    refused_at(&*store, &other, 2).await;
    assert_eq!(read_all(&*store, &main, 0).await, ours);
}
