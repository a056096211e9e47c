//! Money laundering and fraud: suspicions on record, and money that is kept back while somebody
//! looks into them.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Open: FlagTransaction
//!     Open --> Cleared: ClearFlag
//! ```
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Placed: PlaceRiskHold
//!     Placed --> Released: ReleaseRiskHold
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `FlagTransaction` | `flag.raised.v1` | none |
//! | `ClearFlag` | `flag.cleared.v1` | none |
//! | `PlaceRiskHold` | `risk_hold.placed.v1` | wallet available → wallet reserve |
//! | `ReleaseRiskHold` | `risk_hold.released.v1` | wallet reserve → wallet available, as far as it is there |
//!
//! A flag is about a wallet, an event of the log, or both. A wallet with a flag that is not cleared
//! is under review: none of its withdrawals approves itself, persons have to look at each. A flag
//! moves no money and refuses none; freezing and risk holds do. What a risk hold keeps back may be
//! needed before it is released, for a refund to whom the wallet's money came from: then only the
//! rest is released.

use serde::{Deserialize, Serialize};

use crate::ids::{FlagId, Revision, RiskHoldId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::text::{Code, Subject};

mod rules;
pub(crate) use rules::*;

/// How grave a suspicion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look.
    Low,
    /// Unusual.
    Medium,
    /// To be looked at first.
    High,
}

impl Severity {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Puts a suspicion on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raise {
    /// Its id, chosen by the caller.
    pub flag: FlagId,
    /// About which wallet, which is then under review.
    pub wallet: Option<WalletId>,
    /// About which event of the log.
    pub revision: Option<Revision>,
    /// What is suspected, as a word of the marketplace's own vocabulary.
    pub reason: Code,
    /// How grave it is.
    pub severity: Severity,
}

/// Ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clear {
    /// Which.
    pub flag: FlagId,
    /// What came of it, as a word of the marketplace's own vocabulary.
    pub outcome: Code,
}

/// Keeps money of a wallet back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceHold {
    /// Its id, chosen by the caller.
    pub hold: RiskHoldId,
    /// Of which wallet.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}

/// Gives it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseHold {
    /// Which.
    pub hold: RiskHoldId,
}

/// A suspicion is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// Its id.
    pub flag: FlagId,
    /// About which wallet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wallet: Option<WalletId>,
    /// About which event of the log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revision: Option<Revision>,
    /// What is suspected.
    pub reason: Code,
    /// How grave it is.
    pub severity: Severity,
    /// Who put it on record.
    pub by: Subject,
}

/// It has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// Which.
    pub flag: FlagId,
    /// What came of it.
    pub outcome: Code,
    /// Who ended it.
    pub by: Subject,
}

/// Money of a wallet is kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldPlaced {
    /// Its id.
    pub hold: RiskHoldId,
    /// Of which wallet.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Code,
    /// Wallet available → wallet reserve.
    pub entry: JournalEntry,
}

/// It is the wallet's again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReleased {
    /// Which.
    pub hold: RiskHoldId,
    /// Of which wallet.
    pub wallet: WalletId,
    /// How much was still there; nothing where all of it was needed before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub released: Option<Money>,
    /// Wallet reserve → wallet available; none where nothing was there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// A flag as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// About which wallet.
    pub wallet: Option<WalletId>,
    /// About which event of the log.
    pub revision: Option<Revision>,
    /// What is suspected.
    pub reason: Code,
    /// How grave it is.
    pub severity: Severity,
    /// What came of it, once it has ended.
    pub outcome: Option<Code>,
}

/// A risk hold as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskHold {
    /// Of which wallet.
    pub wallet: WalletId,
    /// How much was kept back.
    pub amount: Money,
    /// Why.
    pub reason: Code,
    /// Whether it has ended.
    pub is_released: bool,
}
