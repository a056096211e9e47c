//! Each adapter against a small server that speaks its provider's documented shapes, and misbehaves.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "tests")]

mod begun;
mod confirmed;
mod found;
mod kit;
mod refused;
