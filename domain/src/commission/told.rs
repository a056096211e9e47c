//! Which events share an amount, give a share back, or carry a tip.

use super::Breakdown;
use crate::event::Event;
use crate::hold;
use crate::ids::WalletId;
use crate::money::Money;
use crate::subscription;

/// What a seller, driver or courier earned by an event, or gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earning<'a> {
    /// An amount was shared with them, or a share was given back.
    Shared(&'a Breakdown),
    /// They were given something, of which nobody takes a share.
    Tip(WalletId, Money),
}

/// How what was paid for a period of a seller's plan was shared.
fn charged(begun: &subscription::Begun) -> Option<&Breakdown> {
    begun.charge.as_ref()?.shared.as_deref()
}

impl Event {
    /// What sellers earned by it, in the order in which it was posted.
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events share nothing")]
    pub fn earnings<'a>(&'a self) -> Vec<Earning<'a>> {
        let shared = |it: Option<&'a Breakdown>| it.map(Earning::Shared).into_iter().collect();
        match self {
            Self::HoldCaptured(event) => {
                let earning = |paid: &'a hold::Paid| match paid {
                    hold::Paid::Shared(breakdown) => Earning::Shared(breakdown),
                    hold::Paid::Tip(leg) => Earning::Tip(leg.wallet, leg.amount),
                };
                event.paid.iter().map(earning).collect()
            }
            Self::OrderSettled(event) => event.shares.iter().map(Earning::Shared).collect(),
            Self::OrderRefunded(event) => event.shares.iter().map(Earning::Shared).collect(),
            Self::EscrowReleased(event) => shared(event.shared.as_deref()),
            Self::EscrowSettled(event) => shared(event.shared.as_deref()),
            Self::EscrowClawedBack(event) => shared(Some(&event.returned)),
            Self::SubscriptionPeriodBegun(event) => shared(charged(&event.begun)),
            Self::SubscriptionChanged(event) => {
                let back = event.credit.as_ref().and_then(|it| it.returned.as_deref());
                let both = [back, charged(&event.begun)];
                both.into_iter().flatten().map(Earning::Shared).collect()
            }
            Self::SubscriptionCanceled(event) => {
                shared(event.credit.as_ref().and_then(|it| it.returned.as_deref()))
            }
            _ => Vec::new(),
        }
    }

    /// How it shared money or gave it back.
    #[must_use]
    pub fn breakdowns(&self) -> Vec<&Breakdown> {
        let shared = |earning| match earning {
            Earning::Shared(breakdown) => Some(breakdown),
            Earning::Tip(..) => None,
        };
        self.earnings().into_iter().filter_map(shared).collect()
    }
}
