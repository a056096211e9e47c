//! Each gateway against a provider that does as it is told, and against one that misbehaves.
#![allow(clippy::unwrap_used, reason = "tests")]

mod banks_and_cards;
mod doubt;
mod kit;
mod mobile_money;
