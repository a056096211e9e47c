//! Books in plain text: what is written, and that three outside tools add it up to our balances. And the
//! ledger as it was, from its log alone.
//!
//! Where hledger, ledger or beancount are not there, what needs them is not run, and says so; with
//! `CAURI_BOOKS=required` it fails instead.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod added_up;
mod demos;
mod golden;
mod history;
mod kit;
mod three_stores;
mod tools;
