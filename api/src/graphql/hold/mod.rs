//! Holds: money reserved for payments that are not final yet.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use input::{CaptureHoldStep, PlaceHoldStep, VoidHoldStep};
pub use mutation::HoldMutations;
pub use query::HoldQueries;
