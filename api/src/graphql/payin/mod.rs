//! Pay-ins, and money in suspense.

mod contradiction;
mod input;
mod mutation;
mod query;
mod start;
mod types;
mod words;

pub use contradiction::ContradictionQueries;
pub use input::{AssignSuspenseStep, CapturePayinStep, InitiatePayinStep};
pub use mutation::PayinMutations;
pub use query::PayinQueries;
pub use start::PayinStarts;
