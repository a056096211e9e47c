//! Every store keeps the contract.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use cauri_ledger::store::EventStore;
use cauri_ledger::store::embedded::{EmbeddedStore, Options};
use cauri_ledger::store::memory::MemoryStore;
use cauri_tests::event_store_contract;
use cauri_tests::store_contract::Place;
use futures::FutureExt as _;
use futures::future::BoxFuture;

struct Memory(MemoryStore);

impl Place for Memory {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        async { Arc::new(self.0.clone()) as Arc<dyn EventStore> }.boxed()
    }
}

/// A folder, opened with segments of the given size.
struct Folder(tempfile::TempDir, u64);

impl Folder {
    fn with_segments_of(segment_bytes: u64) -> Self {
        Self(tempfile::tempdir().unwrap(), segment_bytes)
    }
}

impl Place for Folder {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        let options = Options {
            segment_bytes: self.1,
            // Often enough that marks come between batches.
            idle_mark: Duration::from_millis(4),
            ..Options::default()
        };
        let store = EmbeddedStore::open(self.0.path(), options).unwrap();
        async { Arc::new(store) as Arc<dyn EventStore> }.boxed()
    }
}

event_store_contract!(memory, Memory(MemoryStore::new()));
event_store_contract!(embedded, Folder::with_segments_of(8 << 20));
event_store_contract!(embedded_in_tiny_segments, Folder::with_segments_of(4096));
