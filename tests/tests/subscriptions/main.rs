//! Subscriptions through the public doors, on the ledger's own clock: trials, renewals, dunning,
//! other plans, metered use and its invoices, and a year of months.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;
mod lives;
mod metered;
mod year;
