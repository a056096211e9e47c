//! Every store keeps the contract.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod postgres;
mod proxy;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cauri_ledger::store::EventStore;
use cauri_ledger::store::embedded::{EmbeddedStore, Options};
use cauri_ledger::store::memory::{MemoryStore, NextAppend};
use cauri_tests::event_store_contract;
use cauri_tests::store_contract::{Elsewhere, LosesAnswers, Place};
use futures::FutureExt as _;
use futures::future::BoxFuture;

struct Memory(MemoryStore);

impl Place for Memory {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        async { Arc::new(self.0.clone()) as Arc<dyn EventStore> }.boxed()
    }
}

impl LosesAnswers for Memory {
    fn lose_next_answer(&self, written: bool) {
        let next = if written { NextAppend::WrittenUnknown } else { NextAppend::NotWrittenUnknown };
        self.0.inject(next);
    }
}

/// A folder, opened with segments of the given size.
struct Folder(PathBuf, Option<tempfile::TempDir>, u64);

impl Folder {
    fn with_segments_of(segment_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self(folder.path().to_owned(), Some(folder), segment_bytes)
    }
}

impl Place for Folder {
    fn open(&self) -> BoxFuture<'_, Arc<dyn EventStore>> {
        let options = Options {
            segment_bytes: self.2,
            // Often enough that marks come between batches.
            idle_mark: Duration::from_millis(4),
            ..Options::default()
        };
        let store = EmbeddedStore::open(&self.0, options).unwrap();
        async { Arc::new(store) as Arc<dyn EventStore> }.boxed()
    }
}

impl Elsewhere for Folder {
    fn address(&self) -> String {
        self.0.display().to_string()
    }

    fn at(address: &str) -> Self {
        Self(PathBuf::from(address), None, 8 << 20)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Only who made it removes it.
        drop(self.1.take());
    }
}

event_store_contract!(memory, Memory(MemoryStore::new()));
event_store_contract!(shared: memory_shared, Memory(MemoryStore::new()));
event_store_contract!(lost_answers: memory_answers, Memory(MemoryStore::new()));

event_store_contract!(embedded, Folder::with_segments_of(8 << 20));
event_store_contract!(embedded_in_tiny_segments, Folder::with_segments_of(4096));
event_store_contract!(
    killed_writer: embedded_writer, Folder, Folder::with_segments_of(8 << 20));
