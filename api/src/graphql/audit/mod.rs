//! The transparency log: checkpoints, proofs and receipts, which are checked without this server.

mod query;
mod types;

pub use query::AuditQueries;
