//! Limits: what may be spent, how often, held and owed, and what is left of it.

mod input;
mod mutation;
mod types;
mod words;

pub use mutation::LimitsMutations;
pub use types::LimitLeft;
pub(super) use types::left;
