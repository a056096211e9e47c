//! The inbox: what providers delivered, and what became of it.

mod mutation;
mod query;
mod types;
mod words;

pub use mutation::InboxMutations;
pub use query::InboxQueries;
pub(in crate::graphql) use types::Delivery;
