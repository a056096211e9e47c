//! Disks that fail, for tests of stores and of the whole server.
//!
//! | disk | is |
//! | --- | --- |
//! | [`LoopDisk`] | ext4 in a file, whose power can be cut: what was not synced is gone. Needs root and loop devices |
//! | [`Faulty`] | a library before the C library, which fails, tears or leaves out the n-th sync or write. For any user |
#![allow(clippy::unwrap_used, reason = "for tests")]

mod faulty;
mod loop_disk;

pub use faulty::Faulty;
pub use loop_disk::{Cut, LoopDisk};
