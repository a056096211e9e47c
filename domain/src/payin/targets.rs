//! What a pay-in pays for. Its money always reaches the payer's wallet first; a target that still
//! wants it takes it from there in the same unit, by rules of its own.
//!
//! A target that cannot take it (any more) leaves the money with the payer: what came in is never
//! refused, and never lost.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::{EscrowId, PayinId, SaleId, SubscriptionId, WalletId};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
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
    let there = |there: bool| if there { Ok(()) } else { Err(Refusal::NotFound { field: FIELD }) };
    match target {
        Target::Wallet(id) => wallet::may_receive(state, *id, FIELD),
        Target::Escrow(id, _) => there(state.escrows.get(id).is_some()),
        // Sales and subscriptions say so themselves as soon as there are any.
        Target::Sale(_) | Target::Subscription(_) => there(false),
    }
}

/// What the target makes of the money in the same unit; nothing when it does not take it.
///
/// The rules asked here see the state before the money came, and take for granted that it has.
pub(super) fn pay(
    _state: &LedgerState,
    _at: DateTime<Utc>,
    _paid: &Paid,
    target: &Target,
) -> Vec<Event> {
    match target {
        // Another's wallet is credited by the pay-in's own entry.
        Target::Wallet(_) => Vec::new(),
        // An escrow that is funded when it is opened takes nothing more.
        Target::Escrow(..) => Vec::new(),
        Target::Sale(_) | Target::Subscription(_) => Vec::new(),
    }
}
