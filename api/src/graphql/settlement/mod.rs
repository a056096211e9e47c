//! What providers settle to our own bank account.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use input::{RecordSettlementStep, ReverseSettlementStep};
pub use mutation::SettlementMutations;
pub use query::SettlementQueries;
