//! Pay-ins: money expected from outside into a wallet.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Created: InitiatePayin
//!     Created --> Submitted: RecordSubmission
//!     Created --> Authorised: RecordAuthorisation
//!     Submitted --> Authorised: RecordAuthorisation
//!     Created --> Declined: RecordDecline
//!     Submitted --> Declined: RecordDecline
//!     Authorised --> Declined: RecordDecline
//!     Declined --> Authorised: RecordAuthorisation
//!     Created --> Capturing: RecordAuthorisation (captured at once)
//!     Submitted --> Capturing: RecordAuthorisation (captured at once)
//!     Declined --> Capturing: RecordAuthorisation (captured at once)
//!     Authorised --> Capturing: CapturePayin
//!     Capturing --> Succeeded: RecordReceipt
//!     Capturing --> Declined: RecordDecline
//!     Capturing --> Expired: ExpirePayin
//!     Capturing --> Canceled: CancelPayin (by staff)
//!     Created --> Succeeded: RecordReceipt
//!     Submitted --> Succeeded: RecordReceipt
//!     Authorised --> Succeeded: RecordReceipt
//!     Declined --> Succeeded: RecordReceipt
//!     Created --> Canceled: CancelPayin
//!     Submitted --> Canceled: CancelPayin
//!     Authorised --> Canceled: CancelPayin
//!     Declined --> Canceled: CancelPayin
//!     Created --> Expired: ExpirePayin
//!     Submitted --> Expired: ExpirePayin
//!     Authorised --> Expired: ExpirePayin
//!     Declined --> Expired: ExpirePayin
//!     Expired --> Succeeded: SettleLate, AssignSuspense
//!     Canceled --> Succeeded: SettleLate, AssignSuspense
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `InitiatePayin` | `payin.created.v1` | none |
//! | `RecordSubmission` | `payin.submitted.v1` | none |
//! | `RecordAuthorisation` | `payin.authorised.v1` | none: a card's hold is not money yet |
//! | `CapturePayin`; with `RecordAuthorisation`, unless it is to wait | `payin.capture_requested.v1` | none |
//! | `RecordReceipt`, as asked | `payin.succeeded.v1` | clearing, and what waited in suspense → wallet available |
//! | `RecordReceipt`, more than asked | and `payin.mismatched.v1` | clearing → suspense, the difference |
//! | `RecordReceipt`, after expiry or cancellation | `payin.succeeded_late.v1` | clearing → suspense |
//! | `RecordReceipt`, anything else | `payin.mismatched.v1` | clearing → suspense |
//! | `RecordReceipt`, in another currency than before | `payin.contradicted.v1` | none |
//! | `RecordProviderFee` | `payin.fee_recorded.v1` | expense:provider-fees → clearing |
//! | `RecordDecline` | `payin.declined.v1` | none |
//! | `CancelPayin` | `payin.canceled.v1` | none |
//! | `ExpirePayin` | `payin.expired.v1` | none |
//! | `RecordClosing` | `payin.closed_at_provider.v1` | none |
//!
//! Money that a provider really has is never refused: what matches nothing goes into suspense, from
//! where [`crate::suspense`] takes it out. A provider's payment counts once, up to the largest
//! amount that was told of it, however often and in whatever order it is told; one that reaches
//! what was asked only later is credited then, with what waited in suspense. What a pay-in pays
//! for ([`Target`]) takes the money in the same unit.
//!
//! `payin.capture_requested.v1` is recorded before the provider is asked for the money, with the
//! pay-in's id as idempotency key, as it is with withdrawals; a payment that is being captured is
//! canceled by staff alone.
//!
//! What nobody waits for any more may still be open at its provider, and be paid there:
//! `payin.expired.v1` and `payin.canceled.v1` name it, the provider is asked to close it, and
//! `payin.closed_at_provider.v1` says what became of that. Money that comes all the same is booked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{PayinId, WalletId, WithdrawalId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::payments::LatePolicy;
use crate::receipt::Receipt;
use crate::text::{Code, ObjectId, Provider};

mod capture;
mod closing;
mod payment;
mod receipts;
mod rules;
pub(crate) mod targets;
pub(crate) use capture::*;
pub use closing::{ClosedAtProvider, Closing, RecordClosing};
pub(crate) use closing::{decide_closing, evolve_closed_at_provider};
pub use payment::{Payment, PaymentKey};
pub(crate) use payment::{hold, payment, settle, tell};
pub(crate) use receipts::*;
pub use rules::may_start;
pub(crate) use rules::*;
pub use targets::Target;

/// Expects money from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initiate {
    /// Its id, chosen by the caller; the reference that the provider is given.
    pub payin: PayinId,
    /// Who gets the money.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Through whom.
    pub provider: Provider,
    /// What it pays for; the wallet itself when not given.
    #[serde(default)]
    pub target: Option<Target>,
    /// Whether an authorised payment waits for [`Capture`]; it is captured at once else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub capture_later: bool,
}

/// Takes the money of an authorised payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Which pay-in.
    pub payin: PayinId,
}

/// A provider has money for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordReceipt {
    /// The pay-in that the provider named, if it named one.
    pub payin: Option<PayinId>,
    /// What the provider says.
    pub receipt: Receipt,
}

/// A provider says that a payer did not pay. They may still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDecline {
    /// Which pay-in.
    pub payin: PayinId,
    /// Who says so.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// Why, as a code.
    pub reason: Code,
}

/// A provider has taken the payment on; its outcome is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSubmission {
    /// Which pay-in.
    pub payin: PayinId,
    /// Who says so.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
}

/// A card's issuer keeps the money for us; it is not ours yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAuthorisation {
    /// Which pay-in.
    pub payin: PayinId,
    /// What the provider says is kept.
    pub receipt: Receipt,
}

/// What a provider takes for a payment or a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordProviderFee {
    /// The provider's own payment or payout, and all that it has taken for it so far.
    pub receipt: Receipt,
    /// The withdrawal that it is for; absent for a payment.
    #[serde(default)]
    pub withdrawal: Option<WithdrawalId>,
}

/// The payer, or the marketplace for them, gives up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which pay-in.
    pub payin: PayinId,
}

/// No money came in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {
    /// Which pay-in.
    pub payin: PayinId,
}

/// Money is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Its id.
    pub payin: PayinId,
    /// Who gets the money.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Through whom.
    pub provider: Provider,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// What it pays for, if not for the wallet itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<Target>,
    /// Whether an authorised payment waits to be captured.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub capture_later: bool,
}

/// The money came, as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succeeded {
    /// Which pay-in.
    pub payin: PayinId,
    /// What the provider says.
    pub receipt: Receipt,
    /// Clearing → wallet available.
    pub entry: JournalEntry,
}

/// A provider has taken the payment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Which pay-in.
    pub payin: PayinId,
    /// The provider's own payment.
    pub object: ObjectId,
}

/// A card's issuer keeps the money for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorised {
    /// Which pay-in.
    pub payin: PayinId,
    /// What the provider says is kept.
    pub receipt: Receipt,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// The provider is about to be asked for the money of an authorised payment, under the pay-in's id
/// as idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureRequested {
    /// Which pay-in.
    pub payin: PayinId,
    /// Of which provider.
    pub provider: Provider,
    /// The provider's own authorised payment.
    pub object: ObjectId,
    /// How much.
    pub amount: Money,
}

/// What a provider has taken for a payment or a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeRecorded {
    /// The provider's own payment or payout, and all that it has taken for it so far.
    pub receipt: Receipt,
    /// The withdrawal that it is for; absent for a payment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub withdrawal: Option<WithdrawalId>,
    /// Provider fees → clearing, what is new.
    pub entry: JournalEntry,
}

/// The payment was given up. Its money may come all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// Which pay-in.
    pub payin: PayinId,
    /// The provider's own payment that may still be open, if it told of one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<ObjectId>,
}

/// A provider told of a payment in another currency than before. The first word stands: this one
/// is on record, and is not booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradicted {
    /// The pay-in that the payment is for, if it is for one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payin: Option<PayinId>,
    /// What the provider says now.
    pub receipt: Receipt,
    /// The most that it said before.
    pub before: Money,
}

/// The payer did not pay; they still may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// Which pay-in.
    pub payin: PayinId,
    /// The provider's own payment.
    pub object: ObjectId,
    /// Why, as a code.
    pub reason: Code,
}

/// No money came in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which pay-in.
    pub payin: PayinId,
    /// The provider's own payment that may still be open, if it told of one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<ObjectId>,
}

/// The money came after expiry. It is real: it waits in suspense for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SucceededLate {
    /// Which pay-in.
    pub payin: PayinId,
    /// What the provider says.
    pub receipt: Receipt,
    /// What is to become of it; absent where a person decides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<LatePolicy>,
    /// Clearing → suspense.
    pub entry: JournalEntry,
}

/// Money came that is not what was asked. It waits in suspense for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatched {
    /// The pay-in that the provider named, if it named one that exists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payin: Option<PayinId>,
    /// In what it differs.
    pub reason: Mismatch,
    /// What the provider says.
    pub receipt: Receipt,
    /// Clearing → suspense.
    pub entry: JournalEntry,
}

/// In what received money differs from what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// It names no pay-in that exists.
    Reference,
    /// It came through another provider than the one asked.
    Provider,
    /// Another currency.
    Currency,
    /// Another amount.
    Amount,
    /// The pay-in had its money already: it was paid twice, or the total grew.
    PaidAgain,
    /// More than was asked: this is the difference.
    Overpaid,
    /// The wallet was closed in the meantime.
    WalletClosed,
    /// The wallet was frozen in the meantime, and takes nothing.
    WalletFrozen,
}

impl Mismatch {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Provider => "provider",
            Self::Currency => "currency",
            Self::Amount => "amount",
            Self::PaidAgain => "paid_again",
            Self::Overpaid => "overpaid",
            Self::WalletClosed => "wallet_closed",
            Self::WalletFrozen => "wallet_frozen",
        }
    }
}

/// A pay-in as the rules see it. What became of its money is in its [`Payment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payin {
    /// Who pays, and gets the money unless it is for something else.
    pub wallet: WalletId,
    /// How much was asked.
    pub amount: Money,
    /// Through whom.
    pub provider: Provider,
    /// Until when it waits.
    pub expires_at: DateTime<Utc>,
    /// What it pays for, if not for the wallet itself.
    pub target: Option<Target>,
    /// Whether an authorised payment waits to be captured.
    pub capture_later: bool,
    /// The provider's own payment that is authorised, once one is.
    pub authorised: Option<ObjectId>,
    /// The provider's own payment that may be open there, once it told of one.
    pub open_object: Option<ObjectId>,
    /// Where it stands.
    pub status: Status,
    /// The provider's payment that paid it, once one has.
    pub paid_by: Option<PaymentKey>,
    /// The payments that came after its end.
    pub late: Vec<PaymentKey>,
}

impl Payin {
    /// Whose wallet its money reaches first.
    #[must_use]
    pub const fn payee(&self) -> WalletId {
        if let Some(Target::Wallet(other)) = self.target { other } else { self.wallet }
    }
}

/// Where a pay-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Waiting for its money.
    Created,
    /// The provider has taken it on.
    Submitted,
    /// A card's issuer keeps the money for us.
    Authorised,
    /// The provider is asked for the money that is kept for us.
    Capturing,
    /// The payer failed once, and may come back.
    Declined,
    /// The money is in the wallet.
    Succeeded,
    /// Too late.
    Expired,
    /// Given up.
    Canceled,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Submitted => "submitted",
            Self::Authorised => "authorised",
            Self::Capturing => "capturing",
            Self::Declined => "declined",
            Self::Succeeded => "succeeded",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }

    /// Whether it waits for its money.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Created
            | Self::Submitted
            | Self::Authorised
            | Self::Capturing
            | Self::Declined => true,
            Self::Succeeded | Self::Expired | Self::Canceled => false,
        }
    }
}
