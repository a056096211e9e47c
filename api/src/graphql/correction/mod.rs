//! Corrections: entries by hand, balances from elsewhere, entries taken back.

mod input;
mod mutation;
mod query;

pub use input::{AdjustStep, ImportOpeningStep, ReverseStep};
pub use mutation::CorrectionMutations;
pub(super) use mutation::reversal;
pub use query::CorrectionQueries;
