//! Four eyes: what one person proposes, another one approves.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use mutation::FourEyesMutations;
pub use query::FourEyesQueries;
