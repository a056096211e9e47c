//! What the log says: the only witness that counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use futures::StreamExt as _;

use cauri_domain::{Event, LedgerId};
use cauri_ledger::fold::Fold;
use cauri_ledger::log;
use cauri_ledger::store::embedded::EmbeddedStore;
use cauri_ledger::store::{EventStore, Head};

/// Reads the whole log, its hash chain checked; returns how many pay-ins were paid, each once.
pub(super) async fn recount(folder: &Path) -> anyhow::Result<u64> {
    let store: Arc<dyn EventStore> = Arc::new(EmbeddedStore::open_read_only(folder)?);
    let mut events = log::read(store, LedgerId::main(), Head::Empty);
    let (mut fold, mut paid) = (Fold::default(), BTreeMap::<_, u32>::new());
    while let Some(batch) = events.next().await {
        for recorded in batch? {
            if let Event::PayinSucceeded(succeeded) = &recorded.event {
                *paid.entry(succeeded.payin).or_default() += 1;
            }
            fold.apply(&recorded);
        }
    }
    ensure!(paid.values().all(|times| *times == 1), "a pay-in was booked more than once");
    let balanced = fold.state.books().trial_balance().values().all(|sum| *sum == 0);
    ensure!(balanced, "debits and credits differ");
    Ok(paid.len() as u64)
}
