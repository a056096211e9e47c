//! The vault: where payouts go, kept as personal data, and known by a reference everywhere else; and
//! the tokens of payments' notifications.

mod input;
mod mutation;
mod named;
mod notify_token;
mod query;
mod types;
mod words;

pub use mutation::VaultMutations;
pub(super) use named::destination_refused;
pub use notify_token::NotifyTokenMutations;
pub use query::VaultQueries;
