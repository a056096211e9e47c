//! Ages: how long money has been with providers, and in suspense.

mod query;
mod types;

pub use query::AgesQueries;
pub(super) use query::aged_now;
pub(super) use types::{AgedAccount, OpenPart, Waits};
