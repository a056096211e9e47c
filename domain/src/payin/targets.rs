//! What a pay-in pays for. Its money always reaches the payer's wallet first; a target that still
//! wants it takes it from there in the same unit, by rules of its own.
//!
//! A target that cannot take it (any more) leaves the money with the payer: what came in is never
//! refused, and never lost.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::escrow;
use crate::event::Event;
use crate::ids::{EscrowId, PayinId, SaleId, SubscriptionId, WalletId};
use crate::money::Money;
use crate::payin::{Payment, PaymentKey};
use crate::refusal::Refusal;
use crate::sale;
use crate::state::LedgerState;
use crate::subscription;
use crate::wallet;

/// What a pay-in pays for, other than the payer's own wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Another wallet is topped up.
    Wallet(WalletId),
    /// An escrow is funded, or one milestone of it.
    Escrow(EscrowId, Option<u16>),
    /// A sale is paid.
    Sale(SaleId),
    /// A period of a subscription is paid.
    Subscription(SubscriptionId),
}

impl Target {
    /// The whole of it: an escrow for one of its milestones.
    #[must_use]
    pub const fn whole(self) -> Self {
        match self {
            Self::Escrow(id, _) => Self::Escrow(id, None),
            Self::Wallet(_) | Self::Sale(_) | Self::Subscription(_) => self,
        }
    }

    /// The kind of thing it is, in lower case.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Wallet(_) => "wallet",
            Self::Escrow(..) => "escrow",
            Self::Sale(_) => "sale",
            Self::Subscription(_) => "subscription",
        }
    }
}

/// Money that has just reached the payer's wallet for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paid {
    /// Through which pay-in.
    pub(crate) payin: PayinId,
    /// Whose wallet it is in: the target debits this wallet, which has the money.
    pub(crate) payer: WalletId,
    /// How much.
    pub(crate) amount: Money,
}

/// Whether a pay-in may be begun for the target.
pub(super) fn may_be_paid(state: &LedgerState, target: &Target) -> Result<(), Refusal> {
    const FIELD: &str = "target";
    match target {
        Target::Wallet(id) => wallet::may_receive(state, *id, FIELD),
        Target::Sale(id) => sale::may_be_paid(state, *id),
        Target::Subscription(id) => subscription::may_be_paid(state, *id),
        Target::Escrow(id, milestone) => escrow::may_be_paid(state, *id, *milestone),
    }
}

/// What the target makes of the money in the same unit; nothing when it does not take it.
///
/// The rules asked here see the state before the money came, and take for granted that it has.
pub(crate) fn pay(
    state: &LedgerState,
    at: DateTime<Utc>,
    paid: &Paid,
    target: &Target,
) -> Vec<Event> {
    match target {
        Target::Sale(id) => sale::pay_from(state, at, paid, *id),
        Target::Escrow(id, milestone) => escrow::pay(state, at, paid, *id, *milestone),
        Target::Subscription(id) => subscription::pay_from_payin(state, at, paid, *id),
        // Another's wallet is credited by the pay-in's own entry.
        Target::Wallet(_) => Vec::new(),
    }
}

/// What a target gives back to the payer's wallet, so that it can be taken from there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unwound {
    /// The events that bring it there: they come first in the unit.
    pub(crate) events: Vec<Event>,
    /// How much they bring, in minor units; at most what was asked for.
    pub(crate) minor: u64,
}

/// Gets up to `amount` of a payment's money back from what its pay-in paid for.
pub(crate) fn unwind_payment(
    state: &LedgerState,
    at: DateTime<Utc>,
    (key, payment): (&PaymentKey, &Payment),
    amount: Money,
) -> Unwound {
    let of = payment.payin.and_then(|id| Some((id, state.payins.get(&id)?)));
    // A payment that was only meant for it, and came when another had paid, paid for nothing.
    let Some((id, payin)) = of.filter(|(_, payin)| payin.paid_by.as_ref() == Some(key)) else {
        return Unwound::default();
    };
    // A case may be told in another currency than its payment was: that paid for nothing either.
    if payment.currency != Some(amount.currency()) {
        return Unwound::default();
    }
    let paid = Paid { payin: id, payer: payin.wallet, amount };
    payin.target.map(|target| unwind(state, at, &paid, &target)).unwrap_or_default()
}

/// Gets up to `paid.amount` of a pay-in's money back from what it paid for into the payer's
/// wallet: out of what is still held, and beyond that from whom it was paid on to.
pub(crate) fn unwind(
    state: &LedgerState,
    at: DateTime<Utc>,
    paid: &Paid,
    target: &Target,
) -> Unwound {
    match target {
        Target::Sale(id) => sale::unwind(state, paid, *id),
        Target::Escrow(id, milestone) => escrow::unwind(state, paid, *id, *milestone),
        Target::Subscription(id) => subscription::unwind(state, at, paid, *id),
        // What took nothing gives nothing back.
        Target::Wallet(_) => Unwound::default(),
    }
}
