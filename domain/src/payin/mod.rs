//! Pay-ins: money expected from outside into a wallet.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Created: InitiatePayin
//!     Created --> Declined: RecordDecline
//!     Created --> Succeeded: RecordReceipt
//!     Declined --> Succeeded: RecordReceipt
//!     Created --> Expired: ExpirePayin
//!     Declined --> Expired: ExpirePayin
//!     Expired --> Expired: RecordReceipt (into suspense)
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `InitiatePayin` | `payin.created.v1` | none |
//! | `RecordReceipt`, as asked | `payin.succeeded.v1` | clearing → wallet available |
//! | `RecordReceipt`, after expiry | `payin.succeeded_late.v1` | clearing → suspense |
//! | `RecordReceipt`, anything else | `payin.mismatched.v1` | clearing → suspense |
//! | `RecordDecline` | `payin.declined.v1` | none |
//! | `ExpirePayin` | `payin.expired.v1` | none |
//!
//! Money that a provider really has is never refused: what matches nothing goes into suspense. A
//! provider's object counts once, up to the largest amount that was told of it, however often and
//! in whatever order it is told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{PayinId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::receipt::Receipt;
use crate::text::{Code, ObjectId, Provider};

mod rules;
pub(crate) mod targets;
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
}

/// The money came after expiry. It is real: it waits in suspense for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SucceededLate {
    /// Which pay-in.
    pub payin: PayinId,
    /// What the provider says.
    pub receipt: Receipt,
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
    /// The wallet was closed in the meantime.
    WalletClosed,
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
            Self::WalletClosed => "wallet_closed",
        }
    }
}

/// A pay-in as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payin {
    /// Who gets the money.
    pub wallet: WalletId,
    /// How much was asked.
    pub amount: Money,
    /// Through whom.
    pub provider: Provider,
    /// Until when it waits.
    pub expires_at: DateTime<Utc>,
    /// What it pays for, if not for the wallet itself.
    pub target: Option<Target>,
    /// Where it stands.
    pub status: Status,
}

/// Where a pay-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Waiting for its money.
    Created,
    /// The payer failed once, and may come back.
    Declined,
    /// The money is in the wallet.
    Succeeded,
    /// Too late.
    Expired,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Declined => "declined",
            Self::Succeeded => "succeeded",
            Self::Expired => "expired",
        }
    }
}
