//! Every sync and every write fails once, the first, the second and so on: the ledger stops and
//! says where, nothing is taken any more, and the next start has what was acknowledged.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};

use cauri_disks::Faulty;

use crate::survivors::check;
use crate::writer::{Ended, STOPPED, Told, Writer};

/// Far enough for the first files, some batches, marks, checkpoints and the next segments.
const STEPS: u64 = 40;

/// How often each caller asks: the log then has more than one segment.
const ASKS: u64 = 60;

/// What came of a disk that fails at one step.
struct Came {
    ended: Ended,
    happened: Vec<PathBuf>,
    acked: usize,
}

fn fail(order: &str, under: &str) -> Came {
    let folder = tempfile::tempdir().unwrap();
    let faulty = Faulty::new(order, folder.path().join(under));
    let mut told = Told::default();
    let writer = Writer::start(folder.path(), Some(ASKS), &faulty.variables());
    let ended = writer.ended(&mut told);
    let acked = told.acked.len();
    check(folder.path(), &mut told).unwrap_or_else(|why| panic!("{order}: {why}: {ended:?}"));
    Came { ended, happened: faulty.happened(), acked }
}

/// Whether the books are in this file or folder, and not only what can be made of them again.
fn is_of_the_log(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "log")
}

/// That it stopped and said so: which file, and at which revision.
fn stopped_and_told(order: &str, came: &Came, error: &str) {
    let Came { ended, happened, .. } = came;
    let why = ended.stopped.as_deref().unwrap_or_else(|| {
        panic!("{order} befell {happened:?}, and it went on: {ended:?}");
    });
    assert_eq!(ended.status.code(), Some(STOPPED), "{order}: {why}");
    assert!(why.contains(error) && why.contains("/log"), "{order}: {why}");
    if came.acked > 0 {
        assert!(why.contains("revision"), "{order}: {why}");
        assert!(ended.refused, "{order}: something was taken after {why}");
    }
}

/// Each step from the first on; how many of them were within what was written.
fn sweep(what: &str, under: &str, look: impl Fn(&str, &Came)) -> u64 {
    let mut befell = 0;
    for number in 1..=STEPS {
        let order = what.replace('N', &number.to_string());
        let came = fail(&order, under);
        befell += u64::from(!came.happened.is_empty());
        look(&order, &came);
    }
    befell
}

fn in_the_log(what: &str, error: &str) {
    let befell = sweep(what, "log", |order, came| {
        if came.happened.is_empty() {
            assert!(came.ended.status.success(), "{order}: {:?}", came.ended);
        } else if !spared(came) {
            stopped_and_told(order, came, error);
        }
    });
    assert!(befell > STEPS / 2, "only {befell} of {STEPS}: {what}");
}

/// A segment made ready ahead of need, or who holds the lock: the ledger can go on without.
fn spared(came: &Came) -> bool {
    let name = came.happened[0].file_name().and_then(|name| name.to_str());
    let needless = matches!(name, Some("spare.zeros" | "lock"));
    needless && came.ended.status.success()
}

#[test]
fn each_sync_of_the_log_fails_once() {
    in_the_log("sync N eio", "Input/output error");
}

#[test]
fn each_write_of_the_log_fails_once() {
    in_the_log("write N eio", "Input/output error");
}

#[test]
fn each_write_of_the_log_is_torn_once() {
    in_the_log("write N torn", "Input/output error");
    in_the_log("write N torn-tail", "Input/output error");
}

#[test]
fn there_is_no_room_from_each_write_of_the_log_on() {
    let befell = sweep("write N full", "log", |order, came| {
        if !came.ended.status.success() {
            stopped_and_told(order, came, "No space left on device");
        }
    });
    assert!(befell > STEPS / 2, "only {befell} of {STEPS}");
}

#[test]
fn a_kill_tears_each_write_once() {
    // Of the log, of snapshots, and of the tree and its checkpoints.
    let befell = sweep("write N torn-kill", "", |order, came| {
        if !came.happened.is_empty() {
            assert_eq!(came.ended.status.signal(), Some(9), "{order}: {:?}", came.ended);
        }
    });
    assert_eq!(befell, STEPS);
}

#[test]
fn what_can_be_made_again_stops_nothing() {
    for what in ["sync N eio", "write N torn"] {
        for under in ["snapshots", "transparency"] {
            for number in [1, 2, 3, 5, 9] {
                let order = what.replace('N', &number.to_string());
                let came = fail(&order, under);
                assert!(!came.happened.iter().any(|path| is_of_the_log(path)));
                assert!(came.ended.status.success(), "{under}: {order}: {:?}", came.ended);
            }
        }
    }
}
