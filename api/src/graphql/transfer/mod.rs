//! Transfers between wallets.

mod input;
mod mutation;

pub use mutation::TransferMutations;
