//! Periods: months that are closed for good, and the accounts of each.

mod input;
mod mutation;
mod query;

pub use mutation::PeriodMutations;
pub use query::PeriodQueries;
