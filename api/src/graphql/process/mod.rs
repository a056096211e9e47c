//! Processes: what waits, what is stuck, and what operators do about it.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use input::GiveUpProcessStep;
pub use mutation::ProcessMutations;
pub use query::ProcessQueries;
