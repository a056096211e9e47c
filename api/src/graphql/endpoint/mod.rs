//! Endpoints: where the marketplace's own systems are told what happened, over signed webhooks.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use mutation::EndpointMutations;
pub use query::EndpointQueries;
