//! Which events spend a wallet's money at its owner's wish, and which give such money back: what
//! limits count. Wages, refunds and releases that reach a wallet do not.

use crate::event::Event;
use crate::ids::WalletId;
use crate::journal::{JournalEntry, Side};
use crate::money::Money;

/// Money that a party moved out of a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// From which wallet.
    pub wallet: WalletId,
    /// How much.
    pub money: Money,
}

impl Event {
    /// Tells `each` what the event spends.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events spend nothing")]
    pub fn spendings(&self, mut each: impl FnMut(Spending)) {
        let mut spent = |entry: &JournalEntry| {
            for posting in entry.postings().iter().filter(|it| it.side == Side::Debit) {
                if let Some(wallet) = posting.account.wallet() {
                    each(Spending { wallet, money: posting.money });
                }
            }
        };
        match self {
            Self::TransferCompleted(event) => spent(&event.entry),
            Self::EscrowFunded(event) => spent(&event.entry),
            Self::WithdrawalRequested(event) => spent(&event.entry),
            Self::HoldPlaced(event) => spent(&event.entry),
            Self::HoldIncreased(event) => spent(&event.entry),
            _ => {}
        }
    }
}
