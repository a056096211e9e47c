//! Entitlements: what somebody may use because they bought it, or were given it. A file, a ticket,
//! an eSIM, a template.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Granted: SettleOrder, GrantEntitlement
//!     Granted --> Granted: TransferEntitlement
//!     Granted --> Used: UseEntitlement
//!     Granted --> Revoked: RevokeEntitlement, RefundOrder
//!     Granted --> Expired: ExpireEntitlement
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `GrantEntitlement` | `entitlement.granted.v1` | none |
//! | `UseEntitlement` | `entitlement.used.v1` | none |
//! | `TransferEntitlement` | `entitlement.transferred.v1` | where it has a price: new owner → old owner, royalty → seller |
//! | `RevokeEntitlement` | `entitlement.revoked.v1` | none |
//! | `ExpireEntitlement` | `entitlement.expired.v1` | none |
//!
//! An order promises the entitlements of its lines when it is placed, so that no two orders can
//! promise the same one, and grants them when it is settled. What was used, or belongs to somebody
//! else by now, is not refunded.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commission::BasisPoints;
use crate::ids::{EntitlementId, SaleId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::text::{Code, Reference};

mod rules;
pub(crate) use rules::*;

/// Gives one to somebody who did not buy it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id, chosen by the caller.
    pub entitlement: EntitlementId,
    /// Whose it is, by their wallet.
    pub wallet: WalletId,
    /// What it is for, as a word of the marketplace's own vocabulary.
    pub kind: Code,
    /// Who offers what it is for, by their wallet: they may mark it as used.
    pub seller: Option<WalletId>,
    /// Until when; without end when not given.
    pub ends_at: Option<DateTime<Utc>>,
}

/// Uses it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Which.
    pub entitlement: EntitlementId,
    /// Which use, chosen by the caller: the same one asked again is the same use, and another one
    /// is refused.
    pub reference: Reference,
}

/// Gives it to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Which.
    pub entitlement: EntitlementId,
    /// Whose it is then, by their wallet.
    pub to: WalletId,
    /// What they pay for it; nothing when not given. Only the back end can ask for a payment,
    /// because it takes two to agree to it.
    pub price: Option<Money>,
    /// What of that its seller gets.
    pub royalty: BasisPoints,
}

/// Takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// Which.
    pub entitlement: EntitlementId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}

/// Its time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {
    /// Which.
    pub entitlement: EntitlementId,
}

/// Somebody may use something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Its id.
    pub entitlement: EntitlementId,
    /// Whose it is.
    pub wallet: WalletId,
    /// What it is for.
    pub kind: Code,
    /// Who offers what it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seller: Option<WalletId>,
    /// The order and its line that it was bought with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bought: Option<(SaleId, u16)>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends_at: Option<DateTime<Utc>>,
}

/// It was used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Which.
    pub entitlement: EntitlementId,
    /// By which use.
    pub reference: Reference,
}

/// It is somebody else's now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transferred {
    /// Which.
    pub entitlement: EntitlementId,
    /// Whose it was.
    pub from: WalletId,
    /// Whose it is.
    pub to: WalletId,
    /// What they paid for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Money>,
    /// What of that its seller got.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub royalty: Option<Money>,
    /// New owner available → old owner available, seller available.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// It was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Which.
    pub entitlement: EntitlementId,
    /// Why.
    pub reason: Code,
}

/// Its time was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which.
    pub entitlement: EntitlementId,
}

/// An entitlement as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// Whose it was first.
    pub first: WalletId,
    /// Whose it is.
    pub wallet: WalletId,
    /// What it is for.
    pub kind: Code,
    /// Who offers what it is for.
    pub seller: Option<WalletId>,
    /// The order and its line that it was bought with.
    pub bought: Option<(SaleId, u16)>,
    /// Until when.
    pub ends_at: Option<DateTime<Utc>>,
    /// By which use it was used up.
    pub used: Option<Reference>,
    /// Where it stands.
    pub status: Status,
}

/// Where an entitlement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// An order that is not settled yet will grant it.
    Promised,
    /// It can be used.
    Granted,
    /// It was used up.
    Used,
    /// It was taken away.
    Revoked,
    /// Its time was over.
    Expired,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promised => "promised",
            Self::Granted => "granted",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}
