//! A server in memory that speaks the public Streams protocol of EventStoreDB and KurrentDB, for
//! tests where no real server can be had. It holds nothing when its process ends.
//!
//! It is written after what was read in the source of the real one, and does what a store of ours
//! can notice of it:
//!
//! | behaviour | here |
//! | --- | --- |
//! | wrong revision | answered as a message with what is, not as an error; in a batch as a status with details |
//! | the same event ids after the same exact revision | answered as the first time, without a limit of time; in part the same: wrong revision |
//! | more than `MaxAppendSize` (1 MiB) | `INVALID_ARGUMENT`, `exception: maximum-append-size-exceeded` |
//! | asked for the leader, and it is another | `NOT_FOUND`, `exception: not-leader`, where the leader is |
//! | it gave up waiting for a write | `ABORTED`, "Operation timed out": written or not |
//! | too busy, not ready | `UNAVAILABLE` |
//! | deleted for good | `FAILED_PRECONDITION`, `exception: stream-deleted` |
//! | deleted softly, `$tb`, `$maxCount` | older events are gone, numbers go on |
//! | no such stream | a message in a read; nothing in a subscription |
//! | subscription | confirmed, what is there, caught up, what comes |
//! | positions | grow with the bytes written: they have gaps |
//!
//! What can be made to go wrong is in [`Fault`]. What is not there: access control, TLS, persistent
//! subscriptions, projections, links, filters, `$maxAge`.

mod cable;
mod database;
mod faults;
mod server;
mod service;

pub use database::Database;
pub use faults::{Fault, Faults};
pub use server::{Options, Server};

/// What `protos` describes.
#[allow(
    dead_code,
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "made by a program"
)]
pub(crate) mod protocol {
    include!(concat!(env!("OUT_DIR"), "/protocol.rs"));
    pub use event_store::client;
}
