//! Ages: how long money has been with providers, and in suspense.

mod query;
mod types;

pub use query::AgesQueries;
pub(super) use types::{OpenPart, Waits};
