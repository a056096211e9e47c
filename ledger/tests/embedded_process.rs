//! The embedded store among processes and on disks that fail: one writer, readers beside it, kills.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod embedded_kit;

use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::embedded::{
    DiskFaults, DiskStep, EmbeddedStore, Options, is_in_use, verify_segments,
};
use cauri_ledger::store::{AppendError, EventStore as _, Head, RawEvent};
use embedded_kit::*;
use futures::StreamExt as _;
use futures::executor::block_on;

#[test]
fn a_second_writer_is_refused_until_the_first_has_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    append(&first, 0, 2);
    let second = open(dir.path());
    let read = block_on(second.head(&LedgerId::main())).unwrap_err();
    let refused = try_append(&second, &numbered(2, 1)).unwrap_err();
    for message in [told(&read), told(&refused)] {
        assert!(message.contains("already open for writing"), "{message}");
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    }
    assert!(is_in_use(dir.path()).unwrap());
    // Another ledger of the same folder is another lock.
    let other: LedgerId = "other".parse().unwrap();
    block_on(second.append(&other, Head::Empty, &numbered(0, 1))).unwrap();
    append(&first, 2, 1);
    drop(first);
    append(&second, 3, 1);
    assert_eq!(read_only(dir.path()).1, numbered(0, 3), "its last batch has no mark yet");
    second.close();
    assert_eq!(read_only(dir.path()).1, numbered(0, 4));
    assert!(!is_in_use(dir.path()).unwrap());
}

/// What a store that is opened read-only now sees: the head and all events.
fn read_only(dir: &std::path::Path) -> (Head, Vec<RawEvent>) {
    let store = EmbeddedStore::open_read_only(dir).unwrap();
    (head(&store), read(&store))
}

#[test]
fn a_closed_store_refuses_appends_and_ends_its_followers() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 2);
    let main = LedgerId::main();
    let mut chunks = store.follow(&main, Head::Empty);
    assert_eq!(block_on(chunks.next()).unwrap().unwrap(), numbered(0, 2));
    store.close();
    assert!(block_on(chunks.next()).is_none());
    let refused = try_append(&store, &numbered(2, 1)).unwrap_err();
    assert!(told(&refused).contains("the store was closed"), "{}", told(&refused));
    assert_eq!(read(&store), numbered(0, 2));
    append(&open(dir.path()), 2, 1);
}

#[test]
fn a_reader_beside_a_writer_sees_the_durable_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let beside = EmbeddedStore::open_read_only(dir.path()).unwrap();
    assert_eq!((head(&beside), read(&beside)), (Head::Empty, vec![]));
    let mut last = 0;
    for first in (0..150).step_by(3) {
        append(&store, first, 3);
        // Nothing in the file says yet that the last batch is durable.
        assert_eq!(head(&beside), Head::before(Revision(first)));
        assert_eq!(read(&beside), numbered(0, first));
        assert_eq!(read_only(dir.path()).1, numbered(0, first), "opened now");
        last = first + 3;
    }
    assert!(segments(dir.path()).len() > 4);
    drop(store);
    assert_eq!(read(&beside), numbered(0, last));
    assert_eq!(block_on(beside.ledgers()).unwrap(), [LedgerId::main()]);
}

#[test]
fn a_quiet_file_says_that_its_last_batch_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { idle_mark: Duration::from_millis(20), ..tiny() };
    let store = EmbeddedStore::open(dir.path(), options).unwrap();
    for first in [0, 2, 4] {
        append(&store, first, 2);
        wait_until("the mark is there", || read_only(dir.path()).1.len() as u64 == first + 2);
    }
    assert_eq!(verify_segments(dir.path(), &LedgerId::main()).unwrap().batches, 3);
}

#[test]
fn a_read_only_store_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    append(&open(dir.path()), 0, 2);
    let before = std::fs::read(segment(dir.path(), 0)).unwrap();
    let names = || std::fs::read_dir(dir.path().join("main")).unwrap().count();
    let count = names();
    let beside = EmbeddedStore::open_read_only(dir.path()).unwrap();
    assert_eq!(read(&beside), numbered(0, 2));
    let refused = try_append(&beside, &numbered(2, 1)).unwrap_err();
    assert!(matches!(refused, AppendError::Fatal { .. }), "{refused:?}");
    assert!(told(&refused).contains("opened read-only"), "{}", told(&refused));
    let nobody: LedgerId = "nobody".parse().unwrap();
    assert_eq!(block_on(beside.head(&nobody)).unwrap(), Head::Empty);
    drop(beside);
    assert_eq!(std::fs::read(segment(dir.path(), 0)).unwrap(), before);
    assert_eq!((names(), dir.path().join("nobody").exists()), (count, false));
    assert!(EmbeddedStore::open_read_only(dir.path().join("nobody")).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_beside_a_writer_sees_each_event_once() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { idle_mark: Duration::from_millis(5), ..tiny() };
    let store = EmbeddedStore::open(dir.path(), options).unwrap();
    let beside = EmbeddedStore::open_read_only(dir.path()).unwrap();
    let main = LedgerId::main();
    let writer = tokio::task::spawn_blocking(move || {
        (0..1000).step_by(4).for_each(|first| append(&store, first, 4));
        store
    });
    let mut chunks = beside.follow(&main, Head::Empty);
    let mut seen = Vec::new();
    while seen.len() < 1000 {
        let chunk = tokio::time::timeout(Duration::from_secs(30), chunks.next()).await;
        seen.extend(chunk.expect("the mark comes").unwrap().unwrap());
    }
    assert_eq!(seen, numbered(0, 1000));
    writer.await.unwrap();
}

#[test]
fn opening_beside_a_busy_writer_finds_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 256 * 1024, ..tiny() };
    let store = EmbeddedStore::open(dir.path(), options).unwrap();
    append(&store, 0, 10);
    let writer = std::thread::spawn(move || {
        (10..30_000).step_by(10).for_each(|first| append(&store, first, 10));
    });
    let mut before = 0;
    while !writer.is_finished() {
        let (ends, seen) = read_only(dir.path());
        assert_eq!(seen, numbered(0, seen.len() as u64));
        assert!(ends.next().0 >= before && seen.len() as u64 >= ends.next().0);
        before = ends.next().0;
        verify_segments(dir.path(), &LedgerId::main()).unwrap();
    }
    writer.join().unwrap();
    assert_eq!(read_only(dir.path()).1, numbered(0, 30_000));
}

/// A disk that fails when it is told to, and shows what can be seen before a sync.
#[derive(Debug, Default)]
struct Disk {
    fails: Mutex<Option<DiskStep>>,
    looks: Mutex<Option<PathBuf>>,
    seen: Mutex<Vec<u64>>,
    failed: AtomicBool,
}

impl DiskFaults for Disk {
    fn before(&self, step: DiskStep) -> io::Result<()> {
        let looks = self.looks.lock().unwrap().clone();
        if let (DiskStep::Sync, Some(dir)) = (step, looks) {
            // On a thread of its own: this one is already driving the append.
            let look = std::thread::spawn(move || read_only(&dir).1.len() as u64);
            self.seen.lock().unwrap().push(look.join().unwrap());
        }
        if *self.fails.lock().unwrap() == Some(step) {
            self.failed.store(true, Ordering::SeqCst);
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }
}

impl Disk {
    fn fail(&self, step: Option<DiskStep>) {
        *self.fails.lock().unwrap() = step;
    }

    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }
}

fn open_on(disk: &Arc<Disk>, dir: &std::path::Path) -> EmbeddedStore {
    EmbeddedStore::open(dir, Options { faults: Some(disk.clone()), ..tiny() }).unwrap()
}

#[test]
fn a_written_batch_is_not_seen_before_its_sync() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(Disk::default());
    let store = open_on(&disk, dir.path());
    append(&store, 0, 2);
    *disk.looks.lock().unwrap() = Some(dir.path().to_owned());
    (1..4).for_each(|turn| append(&store, turn * 2, 2));
    *disk.looks.lock().unwrap() = None;
    // Each header, though not synced itself, tells truly that the batch before is durable.
    assert_eq!(*disk.seen.lock().unwrap(), [2, 4, 6]);
    assert_eq!(read(&store), numbered(0, 8));
}

#[test]
fn after_a_failed_write_or_sync_nothing_is_written() {
    for step in [DiskStep::Write, DiskStep::Sync] {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::default());
        let store = open_on(&disk, dir.path());
        append(&store, 0, 5);
        disk.fail(Some(step));
        let at_failure = try_append(&store, &numbered(5, 2)).unwrap_err();
        disk.fail(None);
        let image = crash(dir.path());
        let later = try_append(&store, &numbered(5, 2)).unwrap_err();
        for error in [at_failure, later] {
            assert!(matches!(error, AppendError::Fatal { at: Head::At(Revision(4)), .. }));
            let message = told(&error);
            assert!(message.contains("could not be written at byte"), "{step:?}: {message}");
        }
        assert_eq!(head(&store), Head::At(Revision(4)), "{step:?}");
        assert_eq!(read(&store), numbered(0, 5), "{step:?}: what was durable can be read");
        let file = std::fs::read(segment(dir.path(), 0)).unwrap();
        assert!(file == std::fs::read(segment(image.path(), 0)).unwrap(), "{step:?}");
        drop(store);
        assert!(file == std::fs::read(segment(dir.path(), 0)).unwrap(), "{step:?}: no mark");
        // Opened again it is as if the append was never tried, or as if it was done.
        let whole = if step == DiskStep::Write { 5 } else { 7 };
        let store = open(dir.path());
        assert_eq!(read(&store), numbered(0, whole), "{step:?}");
        append(&store, whole, 1);
    }
}

#[test]
fn a_recovery_that_fails_can_be_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let image = {
        let store = open(dir.path());
        append(&store, 0, 5);
        crash(dir.path())
    };
    let disk = Arc::new(Disk::default());
    let store = open_on(&disk, image.path());
    disk.fail(Some(DiskStep::Sync));
    let error = try_read(&store).unwrap_err();
    assert!(told(&error).contains("cannot be made ready"), "{}", told(&error));
    disk.fail(None);
    assert_eq!(read(&store), numbered(0, 5));
    append(&store, 5, 1);
}

#[test]
fn no_room_for_the_next_segment_hurts_only_when_it_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(Disk::default());
    let store = open_on(&disk, dir.path());
    append(&store, 0, 1);
    disk.fail(Some(DiskStep::Prepare));
    // The next segment is asked for long before it is needed, and cannot be had.
    let mut next = 1;
    while !disk.has_failed() {
        append(&store, next, 1);
        next += 1;
        wait_until("it was tried, if it was asked for", || next < 8 || disk.has_failed());
    }
    assert_eq!(segments(dir.path()), [0]);
    // With room again before it is needed, nobody notices.
    disk.fail(None);
    while segments(dir.path()).len() < 2 {
        append(&store, next, 1);
        next += 1;
    }
    // Without, the append that needs it is the last.
    disk.fail(Some(DiskStep::Prepare));
    let refused = loop {
        match try_append(&store, &numbered(next, 1)) {
            Ok(()) => next += 1,
            Err(error) => break error,
        }
        assert!(next < 200, "4096 bytes hold no 200 batches");
    };
    let at = Head::before(Revision(next));
    assert!(matches!(refused, AppendError::Fatal { at: told, .. } if told == at), "{refused:?}");
    assert!(told(&refused).contains("no next segment can be made"), "{}", told(&refused));
    disk.fail(None);
    try_append(&store, &numbered(next, 1)).unwrap_err();
    assert_eq!(read(&store), numbered(0, next));
    drop(store);
    assert_eq!(read(&open(dir.path())), numbered(0, next));
}

const CHILD_DIR: &str = "CAURI_TEST_EMBEDDED_DIR";

/// Appends batches for ever and prints the head after each: the process that is killed below.
#[test]
#[ignore = "it is the child of the test below"]
fn child_that_appends() {
    let dir = PathBuf::from(std::env::var_os(CHILD_DIR).expect("it is started by its parent"));
    let options =
        Options { segment_bytes: 64 * 1024, idle_mark: Duration::from_millis(1), ..tiny() };
    let store = EmbeddedStore::open(dir, options).unwrap();
    let mut next = head(&store).next().0;
    loop {
        let count = 1 + next % 23;
        append(&store, next, count);
        next += count;
        println!("acknowledged {next}");
    }
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for turn in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "child_that_appends", "--nocapture"])
            .env(CHILD_DIR, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acks = lines.by_ref().map_while(Result::ok).filter_map(|line| {
            line.split_once("acknowledged ").and_then(|(_, next)| next.parse::<u64>().ok())
        });
        // Long enough to cross segments, and a different moment each time.
        acknowledged = acks.nth(40 + turn * 37).expect("the child appends until it is killed");
        child.kill().unwrap();
        acknowledged = acks.last().unwrap_or(acknowledged);
        child.wait().unwrap();
        let (_, seen) = read_only(dir.path());
        let store = open(dir.path());
        let all = read(&store);
        assert!(all.len() as u64 >= acknowledged, "{} of {acknowledged}", all.len());
        assert_eq!(all, numbered(0, all.len() as u64));
        assert_eq!(seen, all[..seen.len()]);
        drop(store);
        verify_segments(dir.path(), &LedgerId::main()).unwrap();
    }
    assert!(acknowledged > 1000 && segments(dir.path()).len() > 3);
}
