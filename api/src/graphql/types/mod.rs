//! The objects of the schema that read models answer for: a concept a file.

mod escrows;
mod journal;
mod payins;
mod wallets;
mod withdrawals;
mod words;

pub use escrows::Escrow;
pub(super) use journal::Entries;
pub use journal::{Dimension, JournalEvent};
pub use payins::{Payin, SuspenseItem};
pub use wallets::Wallet;
pub use withdrawals::Withdrawal;
pub use words::{AccountClass, EscrowStatus, PayinStatus, PostingSide, WithdrawalStatus};
