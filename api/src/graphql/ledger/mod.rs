//! Ledgers, their rules, and their read models.

mod digests;
mod input;
mod mutation;
mod query;
mod types;

pub use mutation::LedgerMutations;
pub use query::LedgerQueries;
