//! The chart of accounts: every account a ledger can have, its class and its name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{EscrowId, WalletId, WithdrawalId};
use crate::journal::Side;
use crate::text::Provider;

/// An account of the ledger; one book per account and currency.
///
/// | account | class | what |
/// | --- | --- | --- |
/// | `wallet:{id}:available` | liability | a party's spendable money |
/// | `escrow:{id}` | liability | kept for a condition, still the buyer's |
/// | `withdrawal:{id}` | liability | on its way out; zero when the withdrawal has ended |
/// | `clearing:{provider}` | asset | what a provider holds for us |
/// | `suspense:{provider}` | liability | came in and matched to nothing yet |
/// | `revenue:commission` | income | the platform's share of sales |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// `wallet:{id}:available`
    Wallet(WalletId),
    /// `escrow:{id}`
    Escrow(EscrowId),
    /// `withdrawal:{id}`
    Withdrawal(WithdrawalId),
    /// `clearing:{provider}`
    Clearing(Provider),
    /// `suspense:{provider}`
    Suspense(Provider),
    /// `revenue:commission`
    Commission,
}

/// What an account is in the balance sheet or the income statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What we own or are owed.
    Asset,
    /// What we owe.
    Liability,
    /// What we earned.
    Income,
}

impl Class {
    /// The side on which such an account grows.
    #[must_use]
    pub const fn normal_side(self) -> Side {
        match self {
            Self::Asset => Side::Debit,
            Self::Liability | Self::Income => Side::Credit,
        }
    }

    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Liability => "liability",
            Self::Income => "income",
        }
    }
}

impl Account {
    /// Its class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Wallet(_) | Self::Escrow(_) | Self::Withdrawal(_) | Self::Suspense(_) => {
                Class::Liability
            }
            Self::Clearing(_) => Class::Asset,
            Self::Commission => Class::Income,
        }
    }

    /// The wallet whose spendable money this is.
    #[must_use]
    pub const fn wallet(&self) -> Option<WalletId> {
        match self {
            Self::Wallet(id) => Some(*id),
            Self::Escrow(_)
            | Self::Withdrawal(_)
            | Self::Clearing(_)
            | Self::Suspense(_)
            | Self::Commission => None,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wallet(id) => write!(f, "wallet:{id}:available"),
            Self::Escrow(id) => write!(f, "escrow:{id}"),
            Self::Withdrawal(id) => write!(f, "withdrawal:{id}"),
            Self::Clearing(provider) => write!(f, "clearing:{provider}"),
            Self::Suspense(provider) => write!(f, "suspense:{provider}"),
            Self::Commission => f.write_str("revenue:commission"),
        }
    }
}

/// A text names no account of the chart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no account")]
pub struct UnknownAccount(pub String);

impl FromStr for Account {
    type Err = UnknownAccount;
    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        let unknown = || UnknownAccount(text.chars().take(64).collect());
        let parsed = match text.split_once(':') {
            Some(("wallet", rest)) => {
                rest.strip_suffix(":available").and_then(|id| id.parse().ok()).map(Self::Wallet)
            }
            Some(("escrow", id)) => id.parse().ok().map(Self::Escrow),
            Some(("withdrawal", id)) => id.parse().ok().map(Self::Withdrawal),
            Some(("clearing", provider)) => provider.parse().ok().map(Self::Clearing),
            Some(("suspense", provider)) => provider.parse().ok().map(Self::Suspense),
            Some(("revenue", "commission")) => Some(Self::Commission),
            _ => None,
        };
        parsed.ok_or_else(unknown)
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
