//! Which events spend a wallet's money at its owner's wish, and which give such money back: what
//! limits count. Wages, refunds and releases that reach a wallet do not.

use chrono::{DateTime, Utc};

use crate::event::Event;
use crate::ids::WalletId;
use crate::journal::{JournalEntry, Side};
use crate::money::Money;
use crate::state::LedgerState;
use crate::subscription;

/// Money that a party moved out of a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// From which wallet.
    pub wallet: WalletId,
    /// How much.
    pub money: Money,
}

fn paid_by_wallet(event: &subscription::PeriodBegun) -> bool {
    event.begun.charge.as_ref().is_some_and(|it| it.source == subscription::Source::Wallet)
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
            // What comes straight from a pay-in was never the wallet's to spend.
            Self::EscrowFunded(event) if event.payin.is_none() => spent(&event.entry),
            // What renews by itself, nobody asks for at that time.
            Self::SubscriptionPeriodBegun(event) if !event.renewal && paid_by_wallet(event) => {
                event.entry.iter().for_each(spent);
            }
            Self::SubscriptionChanged(event) => event.entry.iter().for_each(spent),
            Self::InvoicePaid(event) => event.entry.iter().for_each(spent),
            Self::WithdrawalRequested(event) => spent(&event.entry),
            Self::HoldPlaced(event) => spent(&event.entry),
            Self::HoldIncreased(event) => spent(&event.entry),
            // What a pay-in brings for an order comes from outside, and passes through.
            Self::OrderPaid(event) if event.payin.is_none() => spent(&event.entry),
            Self::EntitlementTransferred(event) => event.entry.iter().for_each(spent),
            _ => {}
        }
    }

    /// Tells `each` what comes back unspent by the event, and when it had been spent: what a hold
    /// gives back, and a withdrawal that was not paid out. `state` is as it is before the event.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events give nothing back")]
    pub fn unspent(
        &self,
        state: &LedgerState,
        mut each: impl FnMut(WalletId, Money, DateTime<Utc>),
    ) {
        let kept_in = match self {
            Self::WithdrawalRejected(event) => Some(event.withdrawal),
            Self::WithdrawalCanceled(event) => Some(event.withdrawal),
            Self::WithdrawalFailed(event) => Some(event.withdrawal),
            _ => None,
        };
        if let Some(it) = kept_in.and_then(|id| state.withdrawal(id)) {
            for money in std::iter::once(it.amount).chain(it.fee) {
                each(it.wallet, money, it.requested_at);
            }
            return;
        }
        let (hold, drawn, taken) = match self {
            Self::HoldCaptured(event) if event.last => (event.hold, &event.drawn, event.taken),
            Self::HoldVoided(event) => (event.hold, &event.drawn, None),
            Self::HoldExpired(event) => (event.hold, &event.drawn, None),
            _ => return,
        };
        let Some(hold) = state.hold(hold) else { return };
        // What was captured was drawn first, leg by leg.
        let mut taken = taken.map_or(0, Money::minor);
        for leg in drawn {
            let spent = taken.min(leg.amount.minor());
            taken -= spent;
            let back = leg.amount.minor() - spent;
            if let Some(back) = Money::from_minor(back, leg.amount.currency()) {
                each(leg.wallet, back, hold.placed_at);
            }
        }
    }
}
