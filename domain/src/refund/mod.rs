//! Refunds: money of a provider's payment on its way back to the payer.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Requested: RequestRefund, SettleLate
//!     Requested --> Submitted: SubmitRefund
//!     Requested --> ToWallet: RefundToWallet
//!     Submitted --> Succeeded: RecordRefund
//!     Submitted --> Failed: RecordRefundFailure
//!     Succeeded --> Failed: RecordRefundFailure
//!     Requested --> Failed: SubmitRefund (the money is gone otherwise)
//!     Requested --> GivenUp: GiveUpProcess
//!     Submitted --> GivenUp: GiveUpProcess
//!     [*] --> Outside: RecordRefundTotal
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `RequestRefund` of a pay-in | `refund.requested.v1` | wallet available, then reserve, then receivable → refund |
//! | `RequestRefund`, `SettleLate` of money in suspense | `refund.requested.v1` | suspense → refund |
//! | `SubmitRefund` | `refund.submitted.v1` | none |
//! | `SubmitRefund`, when the payment was given back otherwise meanwhile | `refund.failed.v1` | refund → wallet available, or suspense |
//! | `RefundToWallet` | `refund.to_wallet.v1` | refund → wallet available |
//! | `RecordRefund` | `refund.succeeded.v1` | refund → clearing |
//! | `RecordRefundFailure` | `refund.failed.v1` | refund, or clearing after success → wallet available, or suspense |
//! | `RecordRefundTotal` | `refund.told.v1` | refund → clearing, what nobody here asked for |
//! | `GiveUpProcess` | `process.given_up.v1` | refund → the account named |
//! | (in the unit in which both are known) | `refund.borne.v1` | suspense, then wallet available, reserve, receivable → refund |
//!
//! What was given back of a payment, is on its way and is disputed is never more than what was
//! settled of it: guarded when a refund is requested, and again when it is submitted. What a
//! provider did by itself is a fact, whatever it comes to; it is told as a total, and counted only
//! beyond what our own refunds ever asked for. A refund that is told before the payment is borne
//! when the payment is told.
//!
//! `refund.submitted.v1` is recorded before the provider is called, and the refund's id is the
//! idempotency key, as it is with withdrawals. Where the money of a pay-in has gone on to an
//! escrow, a sale or a subscription, that gives it back first, in the same unit.

use serde::{Deserialize, Serialize};

use crate::ids::{PayinId, RefundId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::payin::PaymentKey;
use crate::receipt::Receipt;
use crate::text::{Code, ObjectId, Provider};

mod facts;
mod rules;
pub(crate) use facts::*;
pub(crate) use rules::*;

/// Gives money back to a payer, through the provider that it came through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id, chosen by the caller; the idempotency key that the provider is given.
    pub refund: RefundId,
    /// Of what.
    pub of: Of,
    /// How much.
    pub amount: Money,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
    /// Whether a wallet that has spent the money owes it then; else the refund is refused.
    pub into_debt: bool,
}

/// What is given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A pay-in that has succeeded.
    Payin(PayinId),
    /// Money in suspense: a provider, and its own payment.
    Suspense(Provider, ObjectId),
}

/// It is about to be sent to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    /// Which refund.
    pub refund: RefundId,
}

/// The wallet of the one who began the pay-in gets the money, and not the payer outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToWallet {
    /// Which refund.
    pub refund: RefundId,
}

/// The provider has given the money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRefund {
    /// Which refund.
    pub refund: RefundId,
    /// Who says so.
    pub provider: Provider,
    /// The provider's own refund.
    pub object: ObjectId,
}

/// The provider could not give the money back, perhaps after it said that it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFailure {
    /// Which refund.
    pub refund: RefundId,
    /// Who says so.
    pub provider: Provider,
    /// The provider's own refund, if it made one.
    pub object: Option<ObjectId>,
    /// Why, as a code.
    pub reason: Code,
}

/// A provider says how much of a payment it has given back in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordTotal {
    /// The provider's own payment, and all that was given back of it.
    pub receipt: Receipt,
}

/// Money is on its way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Its id.
    pub refund: RefundId,
    /// Of what.
    pub of: Of,
    /// The provider that gives it back.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// The pay-in that money in suspense had come for, if it had come for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payin: Option<PayinId>,
    /// The wallet that it was taken from; absent for money in suspense.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wallet: Option<WalletId>,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Code,
    /// From whom → refund.
    pub entry: JournalEntry,
}

/// It is about to be sent to the provider, under its own id as idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Which refund.
    pub refund: RefundId,
    /// To which provider.
    pub provider: Provider,
}

/// The payer's wallet has the money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WentToWallet {
    /// Which refund.
    pub refund: RefundId,
    /// Which wallet.
    pub wallet: WalletId,
    /// Refund → wallet available.
    pub entry: JournalEntry,
}

/// The provider has given the money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succeeded {
    /// Which refund.
    pub refund: RefundId,
    /// The provider's own refund.
    pub object: ObjectId,
    /// Refund → clearing.
    pub entry: JournalEntry,
}

/// The provider could not; the money is back where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Which refund.
    pub refund: RefundId,
    /// The provider of the payment.
    pub provider: Provider,
    /// The provider's own payment.
    pub payment: ObjectId,
    /// The provider's own refund, if it made one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<ObjectId>,
    /// Why, as a code.
    pub reason: Code,
    /// Refund, or clearing → wallet available, or suspense.
    pub entry: JournalEntry,
}

/// A provider gave back what nobody here asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The id that it has here.
    pub refund: RefundId,
    /// The provider's own payment, and all that was given back of it.
    pub receipt: Receipt,
    /// What of that nobody here asked for, and is new.
    pub amount: Money,
    /// Refund → clearing.
    pub entry: JournalEntry,
}

/// What a provider gave back by itself was taken from whom it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Borne {
    /// Which refund.
    pub refund: RefundId,
    /// The provider of the payment.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// The wallet that it was taken from, if a wallet had the money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wallet: Option<WalletId>,
    /// How much.
    pub amount: Money,
    /// From whom → refund.
    pub entry: JournalEntry,
}

/// A refund as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Of what.
    pub of: Of,
    /// The provider's payment.
    pub payment: PaymentKey,
    /// The wallet that it was taken from; absent for money in suspense.
    pub wallet: Option<WalletId>,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Code,
    /// Where it stands.
    pub status: Status,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// To be sent to the provider.
    Requested,
    /// With the provider, outcome open.
    Submitted,
    /// The provider has given it back.
    Succeeded,
    /// A wallet has the money instead.
    ToWallet,
    /// It could not be given back.
    Failed,
    /// A person gave it up: its money is where they put it.
    GivenUp,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Submitted => "submitted",
            Self::Succeeded => "succeeded",
            Self::ToWallet => "to_wallet",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
        }
    }
}
