//! Wallets.

mod cause;
mod input;
mod mutation;
mod query;
mod subscription;
mod types;
mod words;

pub use input::{CloseWalletStep, OpenWalletStep};
pub use mutation::{WalletChanged, WalletMutations};
pub use query::WalletQueries;
pub use subscription::WalletSubscriptions;
pub use types::Wallet;
