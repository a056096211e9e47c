//! The vault: where payouts go, kept as personal data, and known by a reference everywhere else.

mod input;
mod mutation;
mod named;
mod query;
mod types;
mod words;

pub use mutation::VaultMutations;
pub(super) use named::destination_refused;
pub use query::VaultQueries;
