//! Outgoing webhooks against a real receiver: order, retries, ends, addresses, replays.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod addresses;
mod ends;
mod kit;
mod order;
mod replays;
mod server;
