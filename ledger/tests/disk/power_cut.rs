//! The power is cut under load, again and again.

use std::path::Path;
use std::time::Duration;

use cauri_disks::{Cut, Faulty, LoopDisk};
use rand::RngExt as _;

use crate::survivors::check;
use crate::writer::{Told, Writer};

const ROUNDS: u64 = 50;

/// Lets the writer run until it has said something, or from its start, for so long; cuts, and brings
/// the power back.
fn round(
    disk: &LoopDisk,
    (said, long): (Option<&str>, Duration),
    how: Cut,
    told: &mut Told,
    variables: &[(String, String)],
) {
    let mut writer = Writer::start(&disk.path().join("data"), None, variables);
    if let Some(said) = said {
        writer.says(said);
    }
    std::thread::sleep(long);
    disk.cut(how);
    writer.kill(told);
    disk.back();
}

#[test]
fn fifty_power_cuts_under_load_lose_nothing_and_double_nothing() {
    let Some(disk) = LoopDisk::new(192) else { return };
    let mut told = Told::default();
    let mut random = rand::rng();
    for number in 0..ROUNDS {
        // Also while it starts, and while it mends what the cut before has left.
        let said = (number % 4 > 0).then_some("signed ");
        let long = Duration::from_millis(random.random_range(10..250));
        let how = if number / 4 % 2 == 0 { Cut::Nothing } else { Cut::JournalFlushed };
        round(&disk, (said, long), how, &mut told, &[]);
        let data = disk.path().join("data");
        check(&data, &mut told).unwrap_or_else(|why| {
            panic!("round {number}, cut {long:?} after {said:?}, {how:?}: {why}");
        });
    }
    let segments = std::fs::read_dir(disk.path().join("data/log/main")).unwrap().count();
    let Told { acked, signed, .. } = &told;
    assert!(acked.len() > 300, "only {} were acknowledged", acked.len());
    assert!(signed.len() > 10 && segments > 3, "{} signed, {segments} files", signed.len());
}

/// What a cut leaves of a store that does not do what it says: a test that cannot fail is none.
fn found_out(order: &str, under: &str) -> String {
    for _ in 0..20 {
        let disk = LoopDisk::new(64).expect("it could be had a moment ago");
        let under = disk.path().join("data").join(Path::new(under));
        let faulty = Faulty::new(order, under);
        let mut told = Told::default();
        let when = (Some("signed "), Duration::from_millis(200));
        round(&disk, when, Cut::Nothing, &mut told, &faulty.variables());
        assert!(!faulty.happened().is_empty(), "{order}: no sync was left out");
        if let Err(why) = check(&disk.path().join("data"), &mut told) {
            return why;
        }
    }
    panic!("{order}: syncs were left out, and nobody noticed");
}

#[test]
fn a_store_that_leaves_out_its_syncs_is_found_out() {
    if LoopDisk::new(64).is_none() {
        return;
    }
    // The last batches are gone, or a segment that was never filled is: how, is chance.
    let why = found_out("sync 12 lie", "log");
    let ways = ["acknowledged at revision", "is damaged at byte", "no crash leaves it so"];
    assert!(ways.iter().any(|way| why.contains(way)), "{why}");
    // The first file alone, which was made and named with all that is due to it.
    let why = found_out("sync 3 lie", "log/main/00000000000000000000.log");
    assert!(ways[..2].iter().any(|way| why.contains(way)), "{why}");
    // The checkpoint that was signed last is not the one on the disk.
    let why = found_out("sync 1 lie", "transparency");
    assert!(why.contains("were signed, the file says"), "{why}");
}
