//! Atomic batches of commands.

mod input;
mod mutation;

pub use mutation::BatchMutations;
