//! Who asks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Subject;

/// What a caller may do, as their token says.
///
/// Buyer and seller are the same to the rules: one user may buy and sell, and what counts is whose
/// wallet it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A party of the marketplace; sees and moves only what is theirs.
    Buyer,
    /// A party of the marketplace; sees and moves only what is theirs.
    Seller,
    /// Judges withdrawals and reads everything.
    Finance,
    /// Reads everything, changes nothing.
    Auditor,
    /// Runs the marketplace: freezes, closes, refunds, judges.
    Admin,
    /// As admin, and sets up the ledger.
    Superadmin,
    /// A program: the marketplace's own back end, a webhook, a process manager.
    Service,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Buyer,
        Self::Seller,
        Self::Finance,
        Self::Auditor,
        Self::Admin,
        Self::Superadmin,
        Self::Service,
    ];

    /// Its lower-case name, as in tokens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Finance => "finance",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Superadmin => "superadmin",
            Self::Service => "service",
        }
    }

    /// Whether the role sees and moves only what is its own.
    #[must_use]
    pub const fn is_party(self) -> bool {
        matches!(self, Self::Buyer | Self::Seller)
    }
}

/// A text names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no role has this name")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asks: recorded with every event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The opaque id of the person or program.
    pub subject: Subject,
    /// In which role.
    pub role: Role,
}

impl Actor {
    /// Whether what belongs to `owner` is theirs to see and move.
    #[must_use]
    pub fn may_act_for(&self, owner: &Subject) -> bool {
        !self.role.is_party() || self.subject == *owner
    }
}

/// Who asks, as rules see it: the actor, and whose proposal it is that they approve by asking.
///
/// A rule that needs a second person looks at `proposed_by`; all others see an [`Actor`].
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// Who proposed what is asked, where somebody else did.
    pub proposed_by: Option<&'a Subject>,
}

impl<'a> Asker<'a> {
    /// Somebody who asks for themselves.
    #[must_use]
    pub const fn alone(actor: &'a Actor) -> Self {
        Self { actor, proposed_by: None }
    }
}

impl std::ops::Deref for Asker<'_> {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        self.actor
    }
}
