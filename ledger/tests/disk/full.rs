//! A disk that is really full.

use cauri_disks::LoopDisk;

use crate::survivors::check;
use crate::writer::{STOPPED, Told, Writer};

#[test]
fn a_full_disk_stops_the_ledger_and_room_brings_it_back() {
    let Some(disk) = LoopDisk::new(24) else { return };
    let data = disk.path().join("data");
    let mut told = Told::default();
    // In peace first; then something else takes the room that is left.
    let ended = Writer::start(&data, Some(20), &[]).ended(&mut told);
    assert!(ended.status.success(), "{ended:?}");
    let ballast = disk.path().join("ballast");
    let before = told.acked.len();
    for round in 0..3 {
        fill(&ballast);
        let ended = Writer::start(&data, None, &[]).ended(&mut told);
        let why = ended.stopped.clone().unwrap_or_default();
        assert_eq!(ended.status.code(), Some(STOPPED), "round {round}: {ended:?}");
        assert!(why.contains("No space left on device") && why.contains("/log"), "{why}");
        assert!(why.contains("revision") && ended.refused, "{why}");
        std::fs::remove_file(&ballast).unwrap();
        check(&data, &mut told).unwrap_or_else(|why| panic!("round {round}: {why}"));
    }
    assert!(told.acked.len() > before);
}

fn fill(ballast: &std::path::Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(ballast).unwrap();
    for len in [1 << 16, 1 << 12] {
        while file.write_all(&vec![1; len]).and_then(|()| file.sync_data()).is_ok() {}
    }
}
