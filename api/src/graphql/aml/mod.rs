//! Flags and risk holds: suspicions on record, and money kept back while somebody looks into them.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use mutation::AmlMutations;
pub use query::AmlQueries;
