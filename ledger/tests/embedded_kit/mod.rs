//! What the tests of the embedded store share: events, crashes, and what an opening finds.

#![allow(dead_code, clippy::unwrap_used, missing_docs, reason = "tests, each using some of it")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::chain::{Hash, link};
use cauri_ledger::store::embedded::{EmbeddedStore, Options};
use cauri_ledger::store::{AppendError, EventStore as _, Head, RawEvent, ReadError};
use futures::executor::block_on;
use futures::stream::TryStreamExt as _;
use tempfile::TempDir;

/// Small segments, and no mark unless the store is closed.
pub fn tiny() -> Options {
    Options { segment_bytes: 4096, idle_mark: Duration::from_secs(3600), ..Options::default() }
}

pub fn open(dir: &Path) -> EmbeddedStore {
    EmbeddedStore::open(dir, tiny()).unwrap()
}

pub fn event(revision: u64, body: String) -> RawEvent {
    let hash = link(Hash::ZERO, body.as_bytes());
    RawEvent { revision: Revision(revision), hash, body: Bytes::from(body) }
}

pub fn numbered(first: u64, count: u64) -> Vec<RawEvent> {
    (first..first + count).map(|n| event(n, format!(r#"{{"n":{n}}}"#))).collect()
}

pub fn try_append(store: &EmbeddedStore, batch: &[RawEvent]) -> Result<(), AppendError> {
    let expected = Head::before(batch[0].revision);
    block_on(store.append(&LedgerId::main(), expected, batch))
}

pub fn append(store: &EmbeddedStore, first: u64, count: u64) {
    try_append(store, &numbered(first, count)).unwrap();
}

pub fn try_read(store: &EmbeddedStore) -> Result<Vec<RawEvent>, ReadError> {
    try_read_from(store, 0)
}

pub fn try_read_from(store: &EmbeddedStore, from: u64) -> Result<Vec<RawEvent>, ReadError> {
    let main = LedgerId::main();
    block_on(store.read(&main, Revision(from)).try_concat())
}

pub fn read(store: &EmbeddedStore) -> Vec<RawEvent> {
    try_read(store).unwrap()
}

pub fn head(store: &EmbeddedStore) -> Head {
    block_on(store.head(&LedgerId::main())).unwrap()
}

/// The folder of the ledger and the file that begins with `first`.
pub fn segment(dir: &Path, first: u64) -> PathBuf {
    dir.join("main").join(format!("{first:020}.log"))
}

/// The first revisions of the segments, in order.
pub fn segments(dir: &Path) -> Vec<u64> {
    let names = std::fs::read_dir(dir.join("main")).unwrap().map(|entry| entry.unwrap());
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut firsts: Vec<_> =
        names.filter_map(|name| name.strip_suffix(".log")?.parse().ok()).collect();
    firsts.sort_unstable();
    firsts
}

/// What a crash would leave behind now: a copy of the files, without the marks of a clean close.
pub fn crash(dir: &Path) -> TempDir {
    let image = tempfile::tempdir().unwrap();
    copy(dir, image.path());
    image
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Where the zeros at the end of a file begin.
pub fn written(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1)
}

/// An error and its causes, as people see them.
pub fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

/// What is said when the ledger in `dir` cannot be opened, or read after it was opened.
pub fn trouble(dir: &Path) -> Option<String> {
    try_read(&open(dir)).err().map(|error| told(&error))
}

/// Waits for something that another thread or process does.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
