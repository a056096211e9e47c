//! Pay-ins, and money in suspense.

mod input;
mod mutation;
mod query;
mod types;
mod words;

pub use input::{AssignSuspenseStep, CapturePayinStep, InitiatePayinStep};
pub use mutation::PayinMutations;
pub use query::PayinQueries;
