//! Transfers between wallets.

mod input;
mod mutation;

pub use input::TransferStep;
pub use mutation::TransferMutations;
