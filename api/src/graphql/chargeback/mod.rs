//! Chargebacks: payments that their payers dispute at the provider.

mod input;
mod mutation;
mod query;
mod subscription;
mod types;
mod words;

pub use mutation::ChargebackMutations;
pub use query::ChargebackQueries;
pub use subscription::ChargebackSubscriptions;
