//! Entitlements: what somebody may use.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use mutation::EntitlementMutations;
pub use query::EntitlementQueries;
