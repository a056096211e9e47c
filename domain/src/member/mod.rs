//! Members: persons other than its owner who act for a wallet. A shop has its cashiers, a family its
//! children, a company its book-keeper.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Member: GrantMember
//!     Member --> Member: GrantMember (on other terms)
//!     Member --> [*]: RevokeMember
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `GrantMember` | `member.granted.v1` | none |
//! | `RevokeMember` | `member.revoked.v1` | none |
//! | any that spends, asked by a member | `member.spent.v1` | none |
//!
//! What a member may: `view` sees the wallet and what is of it; `spend` does what its owner may do
//! with its money; `manage` also grants and revokes members and looks after payment methods. Nobody
//! grants or changes their own. A member who spends may be given an amount for a day, in one
//! currency: then they spend in that currency only, and no more than that in a day of the ledger's
//! time zone, whatever the wallet's own limits leave. What a member spends is recorded beside the
//! event that spends it; what comes back unspent makes no room.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::WalletId;
use crate::money::Money;
use crate::text::Subject;

mod rules;
pub(crate) use rules::*;

/// What a member may do with a wallet: each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum May {
    /// See it and what is of it.
    View,
    /// Do with its money what its owner may.
    Spend,
    /// Look after its members and payment methods.
    Manage,
}

impl May {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Spend => "spend",
            Self::Manage => "manage",
        }
    }
}

/// Makes somebody a member of a wallet, or changes what they may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Of which wallet.
    pub wallet: WalletId,
    /// Who.
    pub subject: Subject,
    /// What they may.
    pub may: May,
    /// The most that they may spend in a day; no limit of their own where it is not said.
    pub daily: Option<Money>,
}

/// Makes a member nobody to a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// Of which wallet.
    pub wallet: WalletId,
    /// Who.
    pub subject: Subject,
}

/// Somebody is a member of a wallet, on these terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Of which wallet.
    pub wallet: WalletId,
    /// Who.
    pub subject: Subject,
    /// What they may.
    pub may: May,
    /// The most that they may spend in a day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub daily: Option<Money>,
    /// Who granted it.
    pub by: Subject,
}

/// A member is none any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Of which wallet.
    pub wallet: WalletId,
    /// Who.
    pub subject: Subject,
    /// Who revoked it.
    pub by: Subject,
}

/// A member spent of a wallet: an event of the same unit says for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Of which wallet.
    pub wallet: WalletId,
    /// Who.
    pub subject: Subject,
    /// How much.
    pub amount: Money,
    /// When.
    pub at: DateTime<Utc>,
}

/// A member as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What they may.
    pub may: May,
    /// The most that they may spend in a day.
    pub daily: Option<Money>,
}

/// What somebody spent of a wallet on the last day that they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Day {
    /// Which day, in days from 1 January of year 1.
    pub day: i32,
    /// How much, in minor units.
    pub minor: u64,
}
