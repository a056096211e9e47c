//! The runnable examples, played against the real server, and their printed books against hand
//! arithmetic: a file each.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod digital_market;
mod ecom;
mod kit;
mod marketplace;
mod paiecashfan;
mod shops;
mod uinova;
