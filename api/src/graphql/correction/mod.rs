//! Corrections: entries by hand, balances from elsewhere, entries taken back.

mod input;
mod mutation;

pub use input::{AdjustStep, ImportOpeningStep, ReverseStep};
pub use mutation::CorrectionMutations;
pub(super) use mutation::reversal;
