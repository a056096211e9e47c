//! Escrow: money kept for a condition, still the buyer's until it is released.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Funded: OpenEscrow
//!     Funded --> Delivered: MarkDelivered
//!     Funded --> Released: ReleaseEscrow
//!     Delivered --> Released: ReleaseEscrow, AutoReleaseEscrow
//!     Funded --> Refunded: RefundEscrow
//!     Delivered --> Refunded: RefundEscrow
//! ```
//!
//! | command | events | entry |
//! | --- | --- | --- |
//! | `OpenEscrow` | `escrow.opened.v1`, `escrow.funded.v1` | buyer available → escrow |
//! | `MarkDelivered` | `escrow.delivered.v1` | none |
//! | `ReleaseEscrow`, `AutoReleaseEscrow` | `escrow.released.v1` | escrow → seller available, commission |
//! | `RefundEscrow` | `escrow.refunded.v1` | escrow → buyer available |
//!
//! The terms, the commission's rate among them, are frozen when the escrow is opened. The buyer
//! releases, the seller refunds; staff and the marketplace's back end may do both.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commission::BasisPoints;
use crate::ids::{EscrowId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::settings::Seconds;

mod rules;
pub(crate) use rules::*;

/// Agrees terms and puts the money aside, from the buyer's wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its id, chosen by the caller.
    pub escrow: EscrowId,
    /// Who pays.
    pub buyer: WalletId,
    /// Who gets it when the condition is met.
    pub seller: WalletId,
    /// How much.
    pub amount: Money,
    /// How long the buyer may inspect a delivery; the ledger's setting when not given.
    pub inspection_s: Option<Seconds>,
}

/// The seller says it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// Which escrow.
    pub escrow: EscrowId,
}

/// Gives the money to the seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which escrow.
    pub escrow: EscrowId,
}

/// Gives the money to the seller because the inspection period is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoRelease {
    /// Which escrow.
    pub escrow: EscrowId,
}

/// Gives the money back to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Which escrow.
    pub escrow: EscrowId,
}

/// What was agreed, frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who pays.
    pub buyer: WalletId,
    /// Who gets it when the condition is met.
    pub seller: WalletId,
    /// How much.
    pub amount: Money,
    /// How long the buyer may inspect a delivery.
    pub inspection_s: Seconds,
    /// The platform's share.
    pub commission: BasisPoints,
}

/// Terms were agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its id.
    pub escrow: EscrowId,
    /// What was agreed.
    pub terms: Terms,
}

/// The money was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funded {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Buyer available → escrow.
    pub entry: JournalEntry,
}

/// The seller says it is done; the inspection period runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Which escrow.
    pub escrow: EscrowId,
    /// When it will be released if the buyer does nothing.
    pub auto_release_at: DateTime<Utc>,
}

/// The seller has the money, less commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Why now.
    pub by: ReleasedBy,
    /// The platform's share; absent when it rounds to nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<Money>,
    /// Escrow → seller available, revenue:commission.
    pub entry: JournalEntry,
}

/// Why an escrow was released when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleasedBy {
    /// Somebody asked: the buyer, or staff for them.
    Request,
    /// The inspection period was over.
    Timer,
}

/// The buyer has the money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Escrow → buyer available.
    pub entry: JournalEntry,
}

/// An escrow as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escrow {
    /// What was agreed.
    pub terms: Terms,
    /// Where it stands.
    pub status: Status,
}

/// Where an escrow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Agreed, and not yet funded: never seen from outside, since both happen as one.
    Opened,
    /// The money is put aside.
    Funded,
    /// The seller says it is done.
    Delivered {
        /// When it will be released if the buyer does nothing.
        auto_release_at: DateTime<Utc>,
    },
    /// The seller has it.
    Released,
    /// The buyer has it back.
    Refunded,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Funded => "funded",
            Self::Delivered { .. } => "delivered",
            Self::Released => "released",
            Self::Refunded => "refunded",
        }
    }
}
