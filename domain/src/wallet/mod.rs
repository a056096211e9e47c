//! Wallets: a party's money, in as many currencies as the ledger takes.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Active: OpenWallet
//!     Active --> Frozen: FreezeWallet
//!     Frozen --> Active: UnfreezeWallet
//!     Active --> Closed: CloseWallet
//!     Frozen --> Closed: CloseWallet
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `OpenWallet` | `wallet.opened.v1` | none |
//! | `FreezeWallet` | `wallet.frozen.v1` | none |
//! | `UnfreezeWallet` | `wallet.unfrozen.v1` | none |
//! | `CloseWallet` | `wallet.closed.v1` | none |
//!
//! A frozen wallet still takes credits, unless it is frozen at the level `neither`: then nothing new
//! reaches it either, and money that a provider has for it goes into suspense. What was on its way
//! before (a hold that is given back, an escrow that ends) comes to it all the same: it was the
//! wallet's already. A closed one takes nothing at all. So it is closed only when it is empty and
//! nothing under way can end in it. Freezing again at another level changes the level.
//!
//! Its owner acts for it, and so do its members, see [`crate::member`].

use serde::{Deserialize, Serialize};

use crate::ids::WalletId;
use crate::text::{Code, Subject};

mod rules;
pub(crate) use rules::*;

/// Opens a wallet for a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its id, chosen by the caller.
    pub wallet: WalletId,
    /// Whose it is.
    pub owner: Subject,
}

/// How much a frozen wallet is forbidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Debits are refused; credits come in.
    #[default]
    NoDebits,
    /// Credits are refused too.
    Neither,
}

impl Level {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoDebits => "no_debits",
            Self::Neither => "neither",
        }
    }
}

/// Forbids debits, or all that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Which wallet.
    pub wallet: WalletId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
    /// How much is forbidden; debits where it is not said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<Level>,
}

/// Allows debits again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfreeze {
    /// Which wallet.
    pub wallet: WalletId,
}

/// Closes an empty wallet, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    /// Which wallet.
    pub wallet: WalletId,
}

/// A wallet was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its id.
    pub wallet: WalletId,
    /// Whose it is.
    pub owner: Subject,
}

/// Debits were forbidden, or all that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Which wallet.
    pub wallet: WalletId,
    /// Why.
    pub reason: Code,
    /// How much is forbidden; debits where it is not said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<Level>,
}

/// Debits were allowed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfrozen {
    /// Which wallet.
    pub wallet: WalletId,
}

/// A wallet was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Which wallet.
    pub wallet: WalletId,
}

/// A wallet as the rules see it. Its money is in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Whose it is.
    pub owner: Subject,
    /// What it may do.
    pub status: Status,
    /// Pay-ins, escrows and withdrawals under way that can end in it.
    pub open: u32,
}

/// What a wallet may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Debits and credits.
    Active,
    /// Credits only, or nothing new.
    Frozen(Level),
    /// Nothing.
    Closed,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen(_) => "frozen",
            Self::Closed => "closed",
        }
    }
}
