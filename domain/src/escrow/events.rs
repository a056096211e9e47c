//! What can have happened to an escrow.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::commands::{Milestone, Party};
use crate::commission::{Agreed, BasisPoints, Breakdown};
use crate::ids::{EscrowId, PayinId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::receipt::Evidence;
use crate::settings::Seconds;
use crate::text::{Code, Subject};

/// What was agreed, frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who pays.
    pub buyer: WalletId,
    /// Who gets it when the condition is met.
    pub seller: WalletId,
    /// How much.
    pub amount: Money,
    /// How long the buyer may inspect a delivery.
    pub inspection_s: Seconds,
    /// The platform's share in the ledger's settings, where no rule was agreed.
    pub commission: BasisPoints,
    /// The commission rule that was agreed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agreed: Option<Box<Agreed>>,
    /// The milestones, from number 1.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub milestones: Vec<Milestone>,
    /// Without milestones: refunded when nothing was delivered until then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deliver_by: Option<DateTime<Utc>>,
    /// To be funded until then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fund_by: Option<DateTime<Utc>>,
    /// Who decides a dispute, beside staff.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub arbiter: Option<Subject>,
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
    /// Which milestone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub milestone: Option<u16>,
    /// By which pay-in, if it came straight from one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payin: Option<PayinId>,
    /// Refunded when nothing is delivered until then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deliver_by: Option<DateTime<Utc>>,
    /// Buyer available → escrow.
    pub entry: JournalEntry,
}

/// It was given up before it was funded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestones; none of an escrow that has none.
    pub milestones: Vec<u16>,
    /// Whether nobody funded it in time.
    pub overdue: bool,
}

/// The seller says it is done; the inspection period runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub milestone: Option<u16>,
    /// When it will be released if the buyer does nothing.
    pub auto_release_at: DateTime<Utc>,
    /// The digest of what shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
}

/// The buyer wants it done better: it is not delivered any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionRequested {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    pub milestone: Option<u16>,
    /// Why.
    pub reason: Code,
    /// Refunded when nothing is delivered until then, if it ever was to be.
    pub deliver_by: Option<DateTime<Utc>>,
}

/// The seller has money, less commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub milestone: Option<u16>,
    /// Why now.
    pub by: ReleasedBy,
    /// The platform's share; absent when it rounds to nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<Money>,
    /// How it was shared; absent of those that were released before rules were agreed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shared: Option<Box<Breakdown>>,
    /// What is held after it; absent when nothing is, and it has ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<Money>,
    /// Whether the buyer had some of it back.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub mixed: bool,
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

/// The buyer has money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub milestone: Option<u16>,
    /// How much of it, without what the buyer paid on top; absent of those that went back whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Money>,
    /// Why, where nobody here asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<RefundedBy>,
    /// What is held after it; absent when nothing is, and it has ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<Money>,
    /// Whether the seller had some of it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub mixed: bool,
    /// Escrow → buyer available.
    pub entry: JournalEntry,
}

/// Why the buyer had money back without anybody's asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundedBy {
    /// Nothing was delivered in time.
    Timer,
    /// The payment that paid for it goes back.
    Payment,
}

/// A party does not agree: nothing moves until it is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disputed {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    pub milestone: Option<u16>,
    /// Who disputes.
    pub party: Party,
    /// Why.
    pub reason: Code,
    /// The digest of what shows it.
    pub evidence: Option<Evidence>,
}

/// Who disputed does no more. The deadline has as much time left as it had then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeWithdrawn {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    pub milestone: Option<u16>,
    /// When it will be released, if it was delivered.
    pub auto_release_at: Option<DateTime<Utc>>,
    /// When it will be refunded, if it was not.
    pub deliver_by: Option<DateTime<Utc>>,
}

/// A party offers to end it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementOffered {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    pub milestone: Option<u16>,
    /// Who offers.
    pub party: Party,
    /// What the seller is to get, commission included.
    pub seller: Option<Money>,
}

/// The offer is off the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementDeclined {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    pub milestone: Option<u16>,
}

/// All that was held was split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    pub milestone: Option<u16>,
    /// Who decided.
    pub by: SettledBy,
    /// The seller's, commission included.
    pub seller: Option<Money>,
    /// The buyer's.
    pub buyer: Option<Money>,
    /// The platform's, for the arbitration.
    pub fee: Option<Money>,
    /// How the seller's part was shared.
    pub shared: Option<Box<Breakdown>>,
    /// Escrow → seller available, revenue:commission, buyer available, revenue:fees.
    pub entry: JournalEntry,
}

/// Who decided how it was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledBy {
    /// Both parties.
    Agreement,
    /// The arbiter, or staff.
    Arbiter,
}

/// What was released was taken back from the seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClawedBack {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone.
    pub milestone: Option<u16>,
    /// How much of it, commission included.
    pub amount: Money,
    /// Why.
    pub reason: Code,
    /// How the commission was given back.
    pub returned: Box<Breakdown>,
    /// Seller available (or what it owes), revenue:commission → buyer available.
    pub entry: JournalEntry,
}
