//! The ledger's rules of money from and to outside.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use mutation::PaymentsMutations;
pub use query::PaymentsQueries;
