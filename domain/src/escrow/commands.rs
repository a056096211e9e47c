//! What can be asked of an escrow.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

use crate::commission::Ask;
use crate::ids::{EscrowId, WalletId};
use crate::money::Money;
use crate::receipt::Evidence;
use crate::settings::Seconds;
use crate::text::{Code, Subject};

/// The most milestones that an escrow may have.
pub const MILESTONES_MOST: usize = 50;

/// Agrees terms, and puts the money aside at once unless a date says until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its id, chosen by the caller.
    pub escrow: EscrowId,
    /// Who pays.
    pub buyer: WalletId,
    /// Who gets it when the condition is met.
    pub seller: WalletId,
    /// How much: all milestones together, where there are some.
    pub amount: Money,
    /// How long the buyer may inspect a delivery; the ledger's setting when not given.
    pub inspection_s: Option<Seconds>,
    /// What may be agreed beside that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub more: Option<Box<More>>,
}

/// What may be agreed beside an escrow's parties and amount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct More {
    /// Which commission rule.
    pub commission: Ask,
    /// The milestones, at most [`MILESTONES_MOST`]: they are numbered from 1.
    pub milestones: Vec<Milestone>,
    /// Of an escrow without milestones: refunded when nothing was delivered until then.
    pub deliver_by: Option<DateTime<Utc>>,
    /// To be funded until then; at once when not given.
    pub fund_by: Option<DateTime<Utc>>,
    /// Who decides a dispute, beside staff.
    pub arbiter: Option<Subject>,
}

/// A milestone, as agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// How much.
    pub amount: Money,
    /// Refunded when nothing was delivered until then.
    pub deliver_by: Option<DateTime<Utc>>,
}

/// Puts the money aside, from the buyer's wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone; all that await their funds when not given.
    pub milestone: Option<u16>,
}

/// Gives up what is not funded yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which escrow.
    pub escrow: EscrowId,
}

/// Gives up what was not funded in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireFunding {
    /// Which escrow.
    pub escrow: EscrowId,
}

/// The seller says it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub milestone: Option<u16>,
    /// The digest of what shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
}

/// The buyer wants the delivery done better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRevision {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
    /// Why.
    pub reason: Code,
}

/// An escrow, one milestone of it, or a part of that.
///
/// Its readable form leaves out what is not given, as when an escrow was always given as a whole;
/// its compact form, which has no names, does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Portion {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    #[serde(default)]
    pub milestone: Option<u16>,
    /// How much of it, without what a buyer pays on top; all that is held when not given.
    #[serde(default)]
    pub amount: Option<Money>,
}

impl Portion {
    /// All of an escrow without milestones.
    #[must_use]
    pub const fn all(escrow: EscrowId) -> Self {
        Self { escrow, milestone: None, amount: None }
    }
}

impl Serialize for Portion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Readable {
            escrow: EscrowId,
            #[serde(skip_serializing_if = "Option::is_none")]
            milestone: Option<u16>,
            #[serde(skip_serializing_if = "Option::is_none")]
            amount: Option<Money>,
        }
        let Self { escrow, milestone, amount } = *self;
        if serializer.is_human_readable() {
            Readable { escrow, milestone, amount }.serialize(serializer)
        } else {
            (escrow, milestone, amount).serialize(serializer)
        }
    }
}

/// Gives money to the seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release(pub Portion);

/// Gives the money to the seller because the inspection period is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoRelease {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub milestone: Option<u16>,
}

/// Gives money back to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund(pub Portion);

/// Gives the money back to the buyer because nothing was delivered in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoRefund {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
}

/// One of an escrow's two parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who pays.
    Buyer,
    /// Who delivers.
    Seller,
}

impl Party {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Buyer => Self::Seller,
            Self::Seller => Self::Buyer,
        }
    }

    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
        }
    }
}

/// A party does not agree: nothing moves until it is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDispute {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
    /// Who disputes.
    pub party: Party,
    /// Why.
    pub reason: Code,
    /// The digest of what shows it.
    pub evidence: Option<Evidence>,
}

/// Who disputed does no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawDispute {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
}

/// A party offers to end it: so much for the seller, the rest for the buyer. A later offer replaces
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferSettlement {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
    /// Who offers.
    pub party: Party,
    /// What the seller is to get of what is held, commission included; nothing when not given.
    pub seller: Option<Money>,
}

/// The other party agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptSettlement {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
    /// Who accepts: not the one who offered.
    pub party: Party,
    /// What the seller gets, as it was offered: another offer may have come between.
    pub seller: Option<Money>,
}

/// A party does not agree to an offer, or takes its own back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclineSettlement {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
}

/// The arbiter decides a dispute: the three amounts are together what is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arbitrate {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
    /// For the seller, commission included.
    pub seller: Option<Money>,
    /// For the buyer.
    pub buyer: Option<Money>,
    /// For the platform, as the price of the arbitration.
    pub fee: Option<Money>,
}

/// Takes back from the seller what was released, for the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClawBack {
    /// Which escrow.
    pub escrow: EscrowId,
    /// Which milestone, of an escrow that has some.
    pub milestone: Option<u16>,
    /// How much of what was released, commission included.
    pub amount: Money,
    /// Why.
    pub reason: Code,
}
