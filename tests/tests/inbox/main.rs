//! The inbox: what providers deliver is kept before it is acknowledged, applied once, and what
//! cannot be applied waits or is a dead letter.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod contract;
mod faults;
mod kit;
mod refused;
