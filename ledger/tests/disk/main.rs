//! Disks that fail: power cuts, syncs and writes that fail or are torn, and no room.
//!
//! One program writes as hard as it can ([`writer`]), a real engine over the embedded store with
//! snapshots and the transparency log; the tests let the disk fail under it, and then ask
//! [`survivors`] what is there.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod faults;
mod full;
mod power_cut;
mod survivors;
mod writer;
