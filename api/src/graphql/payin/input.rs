//! Inputs of commands about pay-ins, and about money in suspense.

use async_graphql::{InputObject, OneofObject};
use uuid::Uuid;

use cauri_domain::payin::{self, Target};
use cauri_domain::suspense::{self, Exit};
use cauri_domain::{EscrowId, PayinId, Refusal, SaleId, SubscriptionId, WalletId};

use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// What a pay-in pays for: exactly one of these.
#[derive(Debug, Clone, OneofObject)]
pub enum PayinTargetInput {
    /// Another wallet is topped up.
    Wallet(Uuid),
    /// An escrow is funded.
    Escrow(EscrowTargetInput),
    /// An order is paid.
    Order(Uuid),
    /// A period of a subscription is paid.
    Subscription(Uuid),
}

/// An escrow, or one milestone of it.
#[derive(Debug, Clone, InputObject)]
pub struct EscrowTargetInput {
    /// Which escrow.
    escrow: Uuid,
    /// Which milestone; all that await their funds when not given.
    milestone: Option<i32>,
}

impl PayinTargetInput {
    fn parse(&self) -> Result<Target, Refusal> {
        Ok(match self {
            Self::Wallet(id) => Target::Wallet(WalletId(*id)),
            Self::Escrow(it) => {
                let small = |it: i32| u16::try_from(it);
                let milestone = it.milestone.map(small).transpose();
                let missing = |_| Refusal::NotFound { field: "target" };
                Target::Escrow(EscrowId(it.escrow), milestone.map_err(missing)?)
            }
            Self::Order(id) => Target::Sale(SaleId(*id)),
            Self::Subscription(id) => Target::Subscription(SubscriptionId(*id)),
        })
    }
}

/// To whom money in suspense is given: exactly one of these.
#[derive(Debug, Clone, OneofObject)]
pub enum SuspenseExitInput {
    /// A wallet.
    Wallet(Uuid),
    /// A pay-in of exactly this amount, which succeeds by it.
    Payin(Uuid),
}

inputs! {
    /// Expects money from outside.
    InitiatePayinInput {
        /// Its id, chosen by the caller; the reference that the provider is given.
        payin: Uuid,
        /// The wallet of the payer, which gets the money where it pays for nothing else.
        wallet: Uuid,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Through whom: the name of an account at a provider that this server is configured with for
        /// the ledger.
        provider: String,
        /// What it pays for, where that is not the payer's wallet. What does not want exactly this
        /// money (any more) when it comes leaves it in the payer's wallet.
        target: Option<PayinTargetInput>,
        /// Whether an authorised payment waits for `capturePayin`; it is captured at once else.
        #[graphql(default)]
        capture_later: bool,
    } and InitiatePayinStep => |it| Ok(payin::Initiate {
        payin: PayinId(it.payin),
        wallet: WalletId(it.wallet),
        amount: money(&it.amount, &it.currency)?,
        provider: text("provider", &it.provider)?,
        target: it.target.as_ref().map(PayinTargetInput::parse).transpose()?,
        capture_later: it.capture_later,
    }.into());

    /// Takes the money of an authorised payment.
    CapturePayinInput {
        /// Which pay-in.
        payin: Uuid,
    } and CapturePayinStep => |it| Ok(payin::Capture { payin: PayinId(it.payin) }.into());

    /// Gives a payment up.
    CancelPayinInput {
        /// Which pay-in.
        payin: Uuid,
    } => |it| Ok(payin::Cancel { payin: PayinId(it.payin) }.into());

    /// Gives money in suspense to whom it is for.
    AssignSuspenseInput {
        /// The provider that has it.
        provider: String,
        /// The provider's own payment.
        provider_object: String,
        /// All that is there of it, in major units: it is checked.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// To whom.
        to: SuspenseExitInput,
    } and AssignSuspenseStep => |it| Ok(suspense::Assign {
        provider: text("provider", &it.provider)?,
        object: text("providerObject", &it.provider_object)?,
        amount: money(&it.amount, &it.currency)?,
        to: match it.to {
            SuspenseExitInput::Wallet(id) => Exit::Wallet(WalletId(id)),
            SuspenseExitInput::Payin(id) => Exit::Payin(PayinId(id)),
        },
    }.into());
}
