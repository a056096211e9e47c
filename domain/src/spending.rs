//! Which events spend a wallet's money at its owner's wish, and which give such money back: what
//! limits count. Wages, refunds and releases that reach a wallet do not.

use chrono::{DateTime, Utc};

use crate::event::Event;
use crate::ids::WalletId;
use crate::money::Money;

/// Money that a party moved out of a wallet, or that came back unspent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// From which wallet.
    pub wallet: WalletId,
    /// How much.
    pub money: Money,
    /// When it was spent, if this gives it back: only the same window gets its room back.
    pub given_back_of: Option<DateTime<Utc>>,
}

impl Event {
    /// What the event spends, or gives back unspent.
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events spend nothing")]
    pub fn spending(&self) -> Option<Spending> {
        let spent = |entry: &crate::JournalEntry| {
            let first = entry.postings().first()?;
            let wallet = first.account.wallet()?;
            Some(Spending { wallet, money: first.money, given_back_of: None })
        };
        match self {
            Self::TransferCompleted(event) => spent(&event.entry),
            Self::EscrowFunded(event) => spent(&event.entry),
            Self::WithdrawalRequested(event) => spent(&event.entry),
            _ => None,
        }
    }
}
