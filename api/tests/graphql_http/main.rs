//! GraphQL over HTTP and over a socket, with a small schema of its own.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

mod hostile;
mod http;
mod page;
mod server;
mod socket;
