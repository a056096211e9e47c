//! The read models: what they say is what the log says, however they came to say it.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod ages;
mod as_of;
mod commission;
mod comparing;
mod faults;
mod following;
mod kit;
mod pages;
mod periods;
mod rebuilds;
mod rows;
mod sales;
