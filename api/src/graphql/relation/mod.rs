//! Relations: who is what of which thing of the marketplace.

mod input;
mod mutation;
mod query;
mod types;

pub use mutation::RelationMutations;
pub use query::RelationQueries;
