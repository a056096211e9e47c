//! Four eyes: what one person proposes, another one approves.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Open: Propose
//!     Open --> Approved: ApproveProposal
//!     Open --> Rejected: RejectProposal
//!     Open --> Withdrawn: WithdrawProposal
//!     Open --> Expired: ExpireProposal
//! ```
//!
//! | command | events | entry |
//! | --- | --- | --- |
//! | `ConfigureFourEyes` | `four_eyes.configured.v1` | none |
//! | `Propose` | `proposal.made.v1` | none |
//! | `ApproveProposal` | `proposal.approved.v1`, and those of the command | the command's |
//! | `RejectProposal` | `proposal.rejected.v1` | none |
//! | `WithdrawProposal` | `proposal.withdrawn.v1` | none |
//! | `ExpireProposal` | `proposal.expired.v1` | none |
//!
//! One mechanism for every act that needs a second person. A rule says when that is so
//! and refuses with `FOUR_EYES_NEEDED`; the same command is then
//! proposed, whole, and applied in the unit in which somebody else approves it. It is judged afresh
//! there: if it is refused by then, the approval is refused in the same words, and the proposal
//! stays open. The approver must be another person than the proposer, and one who might ask the
//! command themselves.
//!
//! Thresholds are data: an amount above the threshold of its currency needs four eyes; without a
//! threshold for it, none of that currency does. What always needs them, needs them always.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::ids::ProposalId;
use crate::money::Money;
use crate::settings::Seconds;
use crate::text::{Code, Subject};

mod rules;
pub(crate) use rules::*;

/// The commands that can be proposed. Their JSON form is part of `proposal.made.v1`, for ever.
pub const PROPOSABLE: &[&str] = &[
    "ApproveWithdrawal",
    "ReleaseEscrow",
    "RefundEscrow",
    "ArbitrateEscrow",
    "ClawBackEscrow",
    "IssueCreditNote",
    "CloseWallet",
    "SetCommissionRule",
    "Adjust",
    "Reverse",
    "RecordSettlement",
    "ReverseSettlement",
    "GiveUpProcess",
    "AssignSuspense",
    "RequestRefund",
    "RefundToWallet",
];

/// How long a proposal stays open when nothing is said: a week.
pub const USUAL_SPAN_S: u32 = 7 * 24 * 3_600;

/// Puts other thresholds in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configure {
    /// Amounts above these need four eyes, at most one per currency.
    pub thresholds: Vec<Money>,
}

/// Other thresholds are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configured {
    /// In order of currency.
    pub thresholds: Vec<Money>,
}

/// Proposes a command to another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Propose {
    /// Its id, chosen by the caller.
    pub proposal: ProposalId,
    /// What is proposed.
    pub command: Box<Command>,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
    /// How long it may wait; a week when not given.
    pub span_s: Option<Seconds>,
}

/// Approves a proposal: its command happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approve {
    /// Which.
    pub proposal: ProposalId,
}

/// Rejects a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Which.
    pub proposal: ProposalId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}

/// Takes one's own proposal back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdraw {
    /// Which.
    pub proposal: ProposalId,
}

/// Its time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {
    /// Which.
    pub proposal: ProposalId,
}

/// A command was proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its id.
    pub proposal: ProposalId,
    /// Who proposed it.
    pub by: Subject,
    /// What was proposed.
    pub command: Box<Command>,
    /// Why.
    pub reason: Code,
    /// Until when it waits.
    pub expires_at: DateTime<Utc>,
}

/// Somebody else approved it: what follows in the same unit is its command's doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Which.
    pub proposal: ProposalId,
    /// Who approved it.
    pub by: Subject,
}

/// Somebody rejected it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Which.
    pub proposal: ProposalId,
    /// Who rejected it.
    pub by: Subject,
    /// Why.
    pub reason: Code,
}

/// Its proposer took it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Which.
    pub proposal: ProposalId,
}

/// Nobody judged it in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which.
    pub proposal: ProposalId,
}

/// A proposal as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Who proposed it.
    pub by: Subject,
    /// What was proposed.
    pub command: Box<Command>,
    /// Why.
    pub reason: Code,
    /// Until when it waits.
    pub expires_at: DateTime<Utc>,
    /// Where it stands.
    pub status: Status,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Waiting for another person.
    Open,
    /// Its command has happened.
    Approved,
    /// Another person said no.
    Rejected,
    /// Its proposer took it back.
    Withdrawn,
    /// Nobody judged it in time.
    Expired,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}
