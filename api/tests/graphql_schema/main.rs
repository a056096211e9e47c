//! The schema itself, over a ledger in memory: no HTTP, no Postgres.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod commands;
mod commission;
mod corrections;
mod described;
mod following;
mod kit;
mod operating;
mod ownership;
mod refusals;
mod trail;
