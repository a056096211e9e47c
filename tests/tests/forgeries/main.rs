//! Forged, altered, replayed, cut off, written otherwise, too large: refused at every provider's
//! door, and nothing of it is left but a count and a line of the audit log that tells of many.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod door;
mod every;
mod forged;
mod hints;
mod http_signatures;
mod notify_token;
mod senders;
mod world;
