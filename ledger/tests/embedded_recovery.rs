//! Whatever a crash leaves of the last batch, the ledger opens to before or after it; whatever else
//! is damaged is told and not repaired.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod embedded_kit;

use std::path::Path;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::embedded::{EmbeddedStore, verify_segments};
use cauri_ledger::store::{EventStore as _, Head, RawEvent};
use embedded_kit::*;
use futures::executor::block_on;
use proptest::prelude::*;

/// The ways in which a write of `from..to` can have gone wrong at `at`.
fn torn(whole: &[u8], from: usize, to: usize, at: usize) -> Vec<(&'static str, Vec<u8>)> {
    let change = |range: std::ops::Range<usize>, to: fn(u8) -> u8| {
        let mut bytes = whole.to_vec();
        bytes[range].iter_mut().for_each(|byte| *byte = to(*byte));
        bytes
    };
    vec![
        ("only what is before it was written", change(at..to, |_| 0)),
        ("only what is after it was written", change(from..at + 1, |_| 0)),
        ("a block at it was not written", change(at..to.min(at + 16), |_| 0)),
        ("a bit of it was turned", change(at..at + 1, |byte| byte ^ 1)),
        ("it was overwritten", change(at..at + 1, |_| 0xff)),
    ]
}

/// Opens `dir`, expects exactly `events`, appends after them and finds that, too, after another
/// opening.
fn opens_to(dir: &Path, events: &[RawEvent], what: &str) {
    let next = events.len() as u64;
    {
        let store = open(dir);
        assert_eq!(try_read(&store).map_err(|error| told(&error)), Ok(events.to_vec()), "{what}");
        assert_nothing_but_lines(dir, what);
        append(&store, next, 2);
    }
    assert_nothing_but_lines(dir, what);
    assert_eq!(read(&open(dir)), [events, &numbered(next, 2)].concat(), "{what}, and again");
}

/// Behind the last line there are only zeros, up to the end of each file.
fn assert_nothing_but_lines(dir: &Path, what: &str) {
    let written = segments(dir).into_iter().map(|first| {
        let bytes = std::fs::read(segment(dir, first)).unwrap();
        written(&bytes) as u64
    });
    let verified = verify_segments(dir, &LedgerId::main()).unwrap();
    assert_eq!(written.sum::<u64>(), verified.bytes, "{what}: something was left");
}

#[test]
fn a_last_batch_torn_anywhere_is_cut_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 3);
    append(&store, 3, 1);
    let file = segment(dir.path(), 0);
    let from = written(&std::fs::read(&file).unwrap());
    append(&store, 4, 3);
    let image = crash(dir.path());
    let file = segment(image.path(), 0);
    let whole = std::fs::read(&file).unwrap();
    let to = written(&whole);
    for at in from..to {
        for (how, bytes) in torn(&whole, from, to, at) {
            std::fs::write(&file, bytes).unwrap();
            opens_to(image.path(), &numbered(0, 4), &format!("byte {at}: {how}"));
        }
    }
    std::fs::write(&file, &whole).unwrap();
    opens_to(image.path(), &numbered(0, 7), "nothing happened");
}

#[test]
fn a_first_batch_of_a_segment_torn_anywhere_is_cut_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut next = 0;
    while next == 0 || segments(dir.path()).len() < 2 {
        append(&store, next, 3);
        next += 3;
    }
    let image = crash(dir.path());
    let last = *segments(image.path()).last().unwrap();
    assert_eq!(last, next - 3);
    let file = segment(image.path(), last);
    let whole = std::fs::read(&file).unwrap();
    let to = written(&whole);
    for at in 0..to {
        for (how, bytes) in torn(&whole, 0, to, at) {
            std::fs::write(&file, bytes).unwrap();
            opens_to(image.path(), &numbered(0, last), &format!("byte {at}: {how}"));
        }
    }
    // The crash came after the segment was named and before anything was written to it.
    std::fs::write(&file, vec![0; whole.len()]).unwrap();
    opens_to(image.path(), &numbered(0, last), "an unused segment");
}

#[test]
fn garbage_after_a_whole_batch_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 3);
    let image = crash(dir.path());
    let file = segment(image.path(), 0);
    let whole = std::fs::read(&file).unwrap();
    for at in [written(&whole), written(&whole) + 1, 2000, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at..].iter_mut().step_by(3).for_each(|byte| *byte = 0xa5);
        std::fs::write(&file, bytes).unwrap();
        opens_to(image.path(), &numbered(0, 3), &format!("garbage from {at} on"));
    }
}

#[test]
fn a_batch_that_was_too_large_for_a_segment_can_be_torn() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 1);
    append(&store, 1, 200);
    let image = crash(dir.path());
    assert_eq!(segments(image.path()), [0, 1]);
    let file = segment(image.path(), 1);
    let whole = std::fs::read(&file).unwrap();
    for at in (0..written(&whole)).step_by(997) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        std::fs::write(&file, bytes).unwrap();
        opens_to(image.path(), &numbered(0, 1), &format!("byte {at}"));
        // The next turn needs the folder as the crash left it.
        std::fs::remove_dir_all(image.path().join("main")).unwrap();
        copy(dir.path(), image.path());
    }
}

/// Row 1 of `docs/peers-asks.md`.
#[test]
fn a_turned_bit_in_what_was_confirmed_is_told_and_left() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 2);
    append(&store, 2, 2);
    let confirmed = written(&std::fs::read(segment(dir.path(), 0)).unwrap());
    append(&store, 4, 1);
    let image = crash(dir.path());
    let file = segment(image.path(), 0);
    let whole = std::fs::read(&file).unwrap();
    for at in 0..confirmed {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let told_writer = trouble(image.path()).expect("damage is told");
        let reader = EmbeddedStore::open_read_only(image.path()).unwrap();
        let told_reader = try_read(&reader).map_err(|error| told(&error)).unwrap_err();
        for message in [&told_writer, &told_reader] {
            assert!(message.contains(file.to_str().unwrap()), "{at}: {message}");
            assert!(message.contains("is damaged at byte "), "{at}: {message}");
            assert!(message.contains("revision "), "{at}: {message}");
        }
        assert!(verify_segments(image.path(), &LedgerId::main()).is_err(), "byte {at}");
        assert!(std::fs::read(&file).unwrap() == bytes, "byte {at}: the file was changed");
        let refused = try_append(&open(image.path()), &numbered(5, 1)).unwrap_err();
        assert!(told(&refused).contains("is damaged"), "byte {at}: {}", told(&refused));
    }
}

#[test]
fn the_place_of_damage_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 2);
    let second = written(&std::fs::read(segment(dir.path(), 0)).unwrap());
    append(&store, 2, 2);
    drop(store);
    let file = segment(dir.path(), 0);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[second + 200] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let message = trouble(dir.path()).unwrap();
    let place = format!("is damaged at byte {second}, revision 2:");
    assert!(message.contains(&place), "the mark of a clean close confirms it: {message}");
}

#[test]
fn damage_in_a_sealed_segment_is_told_when_it_is_opened_or_read() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = open(dir.path());
        (0..60).for_each(|n| append(&store, n * 3, 3));
    }
    let firsts = segments(dir.path());
    assert!(firsts.len() > 4, "{firsts:?}");
    let file = segment(dir.path(), firsts[1]);
    let whole = std::fs::read(&file).unwrap();
    for at in (0..written(&whole)).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        std::fs::write(&file, &bytes).unwrap();
        let message = trouble(dir.path()).expect("damage is told");
        assert!(message.contains(file.to_str().unwrap()), "byte {at}: {message}");
        assert!(message.contains("damaged at byte"), "byte {at}: {message}");
        verify_segments(dir.path(), &LedgerId::main()).unwrap_err();
    }
    std::fs::write(&file, whole).unwrap();
    assert_eq!(read(&open(dir.path())), numbered(0, 180));
    let seen = verify_segments(dir.path(), &LedgerId::main()).unwrap();
    assert_eq!((seen.batches, seen.head), (60, Head::At(Revision(179))));
    assert_eq!(seen.segments, firsts.len() as u64);
}

#[test]
fn what_is_read_after_damage_ends_before_it() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = open(dir.path());
        (0..60).for_each(|n| append(&store, n * 3, 3));
    }
    let second = segments(dir.path())[1];
    let file = segment(dir.path(), second);
    let mut bytes = std::fs::read(&file).unwrap();
    let end = written(&bytes);
    bytes[end - 20] ^= 4;
    std::fs::write(&file, bytes).unwrap();
    let store = open(dir.path());
    let error = try_read(&store).unwrap_err();
    assert!(error.at.0 >= second && error.at.0 < segments(dir.path())[2], "{error:?}");
    // What is after the damage is not lost for who must save it.
    let after = segments(dir.path())[2];
    let rest = try_read_from(&store, after).unwrap();
    assert_eq!(rest, numbered(after, 180 - after));
}

#[test]
fn files_that_are_missing_short_or_misplaced_are_told() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = open(dir.path());
        (0..60).for_each(|n| append(&store, n * 3, 3));
    }
    let firsts = segments(dir.path());
    let last = *firsts.last().unwrap();
    type Harm = Box<dyn Fn(&Path)>;
    let remove = |first: u64| -> Harm {
        Box::new(move |dir| std::fs::remove_file(segment(dir, first)).unwrap())
    };
    let shorten = |first: u64, len: u64| -> Harm {
        Box::new(move |dir| {
            let file = std::fs::OpenOptions::new().write(true).open(segment(dir, first)).unwrap();
            file.set_len(len).unwrap();
        })
    };
    let rename = |from: u64, to: u64| -> Harm {
        Box::new(move |dir| std::fs::rename(segment(dir, from), segment(dir, to)).unwrap())
    };
    let (second, third) = (firsts[1], firsts[2]);
    let harms: [(&str, Harm); 11] = [
        ("is missing", remove(0)),
        ("is missing", remove(second)),
        ("is missing", remove(firsts[firsts.len() - 2])),
        ("no crash", shorten(0, 4000)),
        ("no crash", shorten(second, 300)),
        ("no crash", shorten(last, 4095)),
        ("no crash", shorten(last, 150)),
        ("no crash", shorten(last, 0)),
        ("no crash", shorten(last, 8192)),
        ("begins at revision", rename(second, second + 1)),
        ("begins at revision", rename(third, second)),
    ];
    for (says, harm) in harms {
        let image = crash(dir.path());
        harm(image.path());
        let message = trouble(image.path()).unwrap_or_else(|| panic!("{says}: it was opened"));
        assert!(message.contains(says), "{says}: {message}");
        assert!(message.contains(".log"), "{message}");
    }
    // Another ledger's file under the right name.
    let image = crash(dir.path());
    std::fs::rename(image.path().join("main"), image.path().join("other")).unwrap();
    let other: LedgerId = "other".parse().unwrap();
    let error = block_on(open(image.path()).head(&other)).unwrap_err();
    assert!(told(&error).contains("it belongs to ledger main"), "{}", told(&error));
}

#[test]
fn a_leftover_spare_is_used_or_made_anew() {
    let left: [(&str, Vec<u8>); 4] = [
        ("whole", vec![0; 4096]),
        ("half made", vec![0; 1000]),
        ("of another size", vec![0; 8192]),
        ("not zeros", [vec![0; 2000], b"{\"batch\":".to_vec(), vec![0; 2087]].concat()),
    ];
    for (what, bytes) in left {
        let dir = tempfile::tempdir().unwrap();
        append(&open(dir.path()), 0, 1);
        std::fs::write(dir.path().join("main/spare.zeros"), bytes).unwrap();
        {
            let store = open(dir.path());
            (1..60).for_each(|n| append(&store, n, 1));
        }
        assert!(segments(dir.path()).len() > 2);
        for first in segments(dir.path()) {
            let len = std::fs::metadata(segment(dir.path(), first)).unwrap().len();
            assert_eq!(len, 4096, "{what}");
        }
        assert_eq!(read(&open(dir.path())), numbered(0, 60), "{what}");
        verify_segments(dir.path(), &LedgerId::main()).unwrap();
    }
}

#[test]
fn a_segment_too_small_for_its_first_batch_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 3);
    let image = crash(dir.path());
    // Cut the only batch, then come with one that needs more room than the empty segment has.
    let file = segment(image.path(), 0);
    let mut bytes = std::fs::read(&file).unwrap();
    let end = written(&bytes);
    bytes[end - 1] = 0;
    std::fs::write(&file, bytes).unwrap();
    {
        let store = open(image.path());
        assert_eq!(head(&store), Head::Empty);
        append(&store, 0, 100);
        append(&store, 100, 1);
    }
    assert_eq!(read(&open(image.path())), numbered(0, 101));
    verify_segments(image.path(), &LedgerId::main()).unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<usize>),
    Close,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => proptest::collection::vec(0..600_usize, 1..12).prop_map(Step::Append),
        1 => Just(Step::Close),
        1 => Just(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Any batches, with closings and crashes between them, are there to the byte.
    #[test]
    fn any_history_opens_to_the_same_bytes(steps in proptest::collection::vec(step(), 1..60)) {
        let mut dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        let mut all: Vec<RawEvent> = Vec::new();
        for step in steps {
            match step {
                Step::Append(lengths) => {
                    let next = all.len() as u64;
                    let batch: Vec<_> = lengths
                        .iter()
                        .zip(next..)
                        .map(|(len, n)| event(n, format!(r#"{{"{n}":"{}"}}"#, "x".repeat(*len))))
                        .collect();
                    try_append(&store, &batch).unwrap();
                    all.extend(batch);
                }
                Step::Close => {
                    drop(store);
                    store = open(dir.path());
                }
                Step::Crash => {
                    let image = crash(dir.path());
                    drop(store);
                    store = open(image.path());
                    dir = image;
                }
            }
            let next = all.len() as u64;
            prop_assert_eq!(head(&store), Head::before(Revision(next)));
        }
        prop_assert_eq!(&read(&store), &all);
        for from in (0..all.len()).step_by(17) {
            let rest = try_read_from(&store, from as u64).unwrap();
            prop_assert_eq!(&rest[..], &all[from..]);
        }
        drop(store);
        if !all.is_empty() {
            verify_segments(dir.path(), &LedgerId::main()).unwrap();
        }
        prop_assert_eq!(read(&open(dir.path())), all);
    }
}

#[test]
fn what_only_a_torn_batch_confirmed_is_confirmed_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    append(&store, 0, 2);
    append(&store, 2, 2);
    let image = crash(dir.path());
    // The header of the second batch is whole and says that the first is durable; a line is not.
    let file = segment(image.path(), 0);
    let mut bytes = std::fs::read(&file).unwrap();
    let end = written(&bytes);
    bytes[end - 40..end].fill(0);
    std::fs::write(&file, bytes).unwrap();
    let unfinished = verify_segments(image.path(), &LedgerId::main()).unwrap().unfinished.unwrap();
    assert_eq!(unfinished.revision, Revision(2), "{unfinished}");
    let again = open(image.path());
    assert_eq!(read(&again), numbered(0, 2));
    // The torn batch was cut, and a reader beside still knows that the first is durable.
    let beside = EmbeddedStore::open_read_only(image.path()).unwrap();
    assert_eq!(read(&beside), numbered(0, 2));
    let seen = verify_segments(image.path(), &LedgerId::main()).unwrap();
    assert_eq!((seen.unfinished, seen.head), (None, Head::At(Revision(1))));
}
