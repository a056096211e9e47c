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
//! A frozen wallet still takes credits. A closed one takes nothing: money that would reach it goes
//! into suspense. So it is closed only when it is empty and nothing under way can end in it.

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

/// Forbids debits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Which wallet.
    pub wallet: WalletId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
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

/// Debits were forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Which wallet.
    pub wallet: WalletId,
    /// Why.
    pub reason: Code,
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
    /// Credits only.
    Frozen,
    /// Nothing.
    Closed,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Closed => "closed",
        }
    }
}
