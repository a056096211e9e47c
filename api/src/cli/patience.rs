//! Waiting for events that a server beside has appended and that are not seen yet: a log that is only
//! read shows its last events once a later line says that they are durable, which takes a moment.

use std::time::{Duration, Instant};

use cauri_domain::LedgerId;
use cauri_ledger::Head;
use cauri_ledger::store::{EventStore, ReadError};

use crate::history::Point;

/// How long they are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is looked for them.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Waits for the revisions that are asked for; for a while only, as they may not be there.
pub(super) async fn wait_for(
    store: &dyn EventStore,
    ledger: &LedgerId,
    asked: impl IntoIterator<Item = Option<Point>>,
) -> Result<(), ReadError> {
    let revisions = asked.into_iter().flatten().filter_map(|point| match point {
        Point::Revision(revision) => Some(revision),
        Point::Instant(_) => None,
    });
    let Some(last) = revisions.max() else { return Ok(()) };
    let deadline = Instant::now() + PATIENCE;
    while store.head(ledger).await? < Head::At(last) && Instant::now() < deadline {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}
