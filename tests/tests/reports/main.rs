//! Reports as files and reconciliation through the public doors.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod ages;
mod files;
mod kit;
mod reconcile;
