//! Withdrawals: an owner's request to take money out, and the payout a provider makes for it.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Requested: RequestWithdrawal
//!     Requested --> Requested: AutoApproveWithdrawal (too large: alerted)
//!     Requested --> Approved: ApproveWithdrawal, AutoApproveWithdrawal
//!     Requested --> Rejected: RejectWithdrawal
//!     Requested --> Canceled: CancelWithdrawal
//!     Approved --> Canceled: CancelWithdrawal
//!     Approved --> Submitted: SubmitWithdrawal
//!     Submitted --> Unknown: RecordPayoutUnknown
//!     Submitted --> Paid: RecordPayout, ConfirmPayout
//!     Unknown --> Paid: RecordPayout, ConfirmPayout
//!     Submitted --> Failed: RecordPayoutFailure
//!     Unknown --> Failed: RecordPayoutFailure
//!     Paid --> Returned: RecordPayoutFailure
//!     Failed --> Paid: ConfirmPayout
//!     Returned --> Paid: ConfirmPayout
//!     Requested --> GivenUp: GiveUpProcess
//!     Approved --> GivenUp: GiveUpProcess
//!     Submitted --> GivenUp: GiveUpProcess
//!     Unknown --> GivenUp: GiveUpProcess
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `RequestWithdrawal` | `withdrawal.requested.v1` | wallet available → withdrawal, the amount and its fee |
//! | `ApproveWithdrawal`, `AutoApproveWithdrawal` | `withdrawal.approved.v1` | none |
//! | `AutoApproveWithdrawal`, above the four-eyes threshold | `withdrawal.alerted.v1` | none |
//! | `RejectWithdrawal` | `withdrawal.rejected.v1` | withdrawal → wallet available |
//! | `CancelWithdrawal` | `withdrawal.canceled.v1` | withdrawal → wallet available |
//! | `SubmitWithdrawal` | `withdrawal.submitted.v1` | none |
//! | `RecordPayoutUnknown` | `withdrawal.unknown.v1` | none |
//! | `RecordPayout` | `withdrawal.paid.v1` | withdrawal → clearing, and the fee → revenue:fees |
//! | `RecordPayoutFailure`, before it was paid | `withdrawal.failed.v1` | withdrawal → wallet available |
//! | `RecordPayoutFailure`, after it was paid | `withdrawal.returned.v1` | clearing and revenue:fees → wallet available, or suspense when it is closed |
//! | `ConfirmPayout`, after it failed or came back | `withdrawal.paid_after_all.v1` | wallet available, and what it lacks receivable → clearing and revenue:fees |
//! | `GiveUpProcess` | `process.given_up.v1` | withdrawal → the account named |
//!
//! `withdrawal.submitted.v1` is recorded before the provider is called: the intention to pay is in
//! the log, so a crash can lose the call but never the knowledge that it may have been made. A call
//! whose outcome is not known is never made again under another key: the provider is asked. What a
//! provider calls paid may still come back, but only the payout that paid it: that another one
//! failed, or was not taken, gives nobody money. That a payout was paid, told after it failed, may
//! be an old message: only the provider's own answer when it is asked ([`Confirm`]) takes money
//! back out of the wallet.
//!
//! Silence approves after a while, but never what is above the four-eyes threshold, nor what the
//! wallet's state or its debts forbid by then. Nobody approves a withdrawal of their own wallet.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{PaymentMethodId, WalletId, WithdrawalId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::receipt::Receipt;
use crate::text::{Code, ObjectId, Provider, Reference};

mod evolve;
mod payouts;
mod rules;
pub(crate) use evolve::*;
pub(crate) use payouts::*;
pub(crate) use rules::*;

/// Takes money out of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id, chosen by the caller; the idempotency key that the provider is given.
    pub withdrawal: WithdrawalId,
    /// From which wallet.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Where to, as an opaque reference: never a number of an account or a phone. That of the
    /// payment method when not given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub destination: Option<Reference>,
    /// The wallet's payment method that it goes to, if it goes to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<PaymentMethodId>,
}

/// A person lets it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approve {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
}

/// Nobody objected in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoApprove {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
}

/// A person keeps it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// Why, as a code.
    pub reason: Code,
}

/// Its owner takes it back before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
}

/// It is not known whether a provider has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordUnknown {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// Which provider.
    pub provider: Provider,
    /// What happened to the call, as a code.
    pub reason: Code,
}

/// A provider, asked again, says that it has paid it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// What the provider says.
    pub receipt: Receipt,
}

/// It is about to be sent to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// To which provider.
    pub provider: Provider,
}

/// A provider has paid it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPayout {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// What the provider says.
    pub receipt: Receipt,
}

/// A provider could not pay it out, or it came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFailure {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// Who says so.
    pub provider: Provider,
    /// The provider's own payout, if it made one.
    pub object: Option<ObjectId>,
    /// Why, as a code.
    pub reason: Code,
}

/// Money is on its way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Its id.
    pub withdrawal: WithdrawalId,
    /// From which wallet.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Where to.
    pub destination: Reference,
    /// The wallet's payment method that it goes to, if it goes to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<PaymentMethodId>,
    /// When it approves itself if nobody judges it.
    pub auto_approve_at: DateTime<Utc>,
    /// What it costs, on top of the amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fee: Option<Money>,
    /// Wallet available → withdrawal.
    pub entry: JournalEntry,
}

/// It may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// By whom.
    pub by: ApprovedBy,
}

/// By whom a withdrawal was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovedBy {
    /// The actor of the event.
    Person,
    /// Nobody objected in time.
    Timer,
}

/// It may not go; the money is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// Why, as a code.
    pub reason: Code,
    /// Withdrawal → wallet available.
    pub entry: JournalEntry,
}

/// It is about to be sent to a provider, under the withdrawal's id as idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// To which provider.
    pub provider: Provider,
}

/// The provider has paid it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// What the provider says.
    pub receipt: Receipt,
    /// Withdrawal → clearing.
    pub entry: JournalEntry,
}

/// The provider could not; the money is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// The provider's own payout, if it made one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<ObjectId>,
    /// Why, as a code.
    pub reason: Code,
    /// Withdrawal → wallet available.
    pub entry: JournalEntry,
}

/// It was paid out and came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// The provider's own payout, if it named one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<ObjectId>,
    /// Why, as a code.
    pub reason: Code,
    /// Clearing → wallet available, or suspense when the wallet was closed in the meantime.
    pub entry: JournalEntry,
}

/// Its owner took it back before it was sent; the money is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// Withdrawal → wallet available.
    pub entry: JournalEntry,
}

/// It is due, and too large to approve itself, or its wallet is under review: persons have to look
/// at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerted {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// The threshold that it is above; none where its wallet is under review instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub threshold: Option<Money>,
}

/// It is not known whether the provider has it: the provider is asked, and nothing is sent anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// Which provider.
    pub provider: Provider,
    /// What happened to the call, as a code.
    pub reason: Code,
}

/// What had failed or come back was paid after all: the money is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidAfterAll {
    /// Which withdrawal.
    pub withdrawal: WithdrawalId,
    /// What the provider says.
    pub receipt: Receipt,
    /// Wallet available, and what it lacks receivable → clearing, fees.
    pub entry: JournalEntry,
}

/// A withdrawal as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// From which wallet.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Where to.
    pub destination: Reference,
    /// The wallet's payment method that it goes to, if it goes to one.
    pub method: Option<PaymentMethodId>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it approves itself if nobody judges it.
    pub auto_approve_at: DateTime<Utc>,
    /// What it costs, on top of the amount.
    pub fee: Option<Money>,
    /// Whether it was due, and too large to approve itself.
    pub is_alerted: bool,
    /// Where it stands.
    pub status: Status,
    /// The provider's own payout that paid it, once it is paid.
    pub paid_as: Option<ObjectId>,
}

/// Where a withdrawal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Waiting for a judgement.
    Requested,
    /// It may go.
    Approved,
    /// It may not.
    Rejected,
    /// With a provider, outcome open.
    Submitted {
        /// Which one.
        provider: Provider,
    },
    /// Perhaps with a provider: it is asked.
    Unknown {
        /// Which one.
        provider: Provider,
    },
    /// Paid out.
    Paid {
        /// By whom.
        provider: Provider,
    },
    /// Not paid out; the money is back.
    Failed {
        /// Which provider could not.
        provider: Provider,
    },
    /// Paid out, and came back.
    Returned {
        /// From which provider.
        provider: Provider,
    },
    /// Taken back by its owner.
    Canceled,
    /// Given up by two persons: its money went where they said.
    GivenUp,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Submitted { .. } => "submitted",
            Self::Paid { .. } => "paid",
            Self::Unknown { .. } => "unknown",
            Self::Failed { .. } => "failed",
            Self::Returned { .. } => "returned",
            Self::Canceled => "canceled",
            Self::GivenUp => "given_up",
        }
    }
}
