//! Reconciliation: what a provider says it has settled, line by line, against the books.

mod compare;
mod input;
mod query;
mod types;

pub use query::ReconciliationQueries;
