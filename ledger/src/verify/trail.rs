//! The audit trail, checked: one thread is enough, since its entries come at the pace of people.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::StreamExt as _;

use cauri_domain::{LedgerId, Revision};

use super::Verified;
use super::walk::PROGRESS_EVERY;
use crate::chain::Hash;
use crate::log::{Checker, LogError};
use crate::store::{EventStore, Head};
use crate::trail::codec;

/// Checks all that is durable of the trail.
pub(super) async fn verify(
    store: &dyn EventStore,
    mut progress: impl FnMut(u64),
) -> Result<Verified, LogError> {
    let trail = LedgerId::trail();
    let mut checker = Checker::new(trail.clone(), Head::Empty, None);
    let mut chunks = store.read(&trail, Revision::FIRST);
    let (mut events, mut head, mut hash) = (0, Head::Empty, Hash::ZERO);
    let mut before = DateTime::<Utc>::MIN_UTC;
    while let Some(chunk) = chunks.next().await {
        for raw in &chunk? {
            checker.check(raw)?;
            let kept = codec::decode(raw)?;
            if kept.recorded_at < before {
                let (ledger, at) = (trail.clone(), raw.revision);
                return Err(LogError::Broken { ledger, at, what: "time goes back" });
            }
            before = kept.recorded_at;
            (head, hash) = (Head::At(raw.revision), raw.hash);
            events += 1;
            if events % PROGRESS_EVERY == 0 {
                progress(events);
            }
        }
    }
    Ok(Verified { events, commands: 0, head, hash, sums: BTreeMap::new() })
}
