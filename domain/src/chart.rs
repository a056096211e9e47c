//! The chart of accounts: every account a ledger can have, its class and its name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::currency::Currency;
use crate::ids::{ChargebackId, EscrowId, HoldId, RefundId, SaleId, WalletId, WithdrawalId};
use crate::journal::Side;
use crate::text::{Provider, TaxCode};

/// An account of the ledger; one book per account and currency.
///
/// | account | class | what |
/// | --- | --- | --- |
/// | `wallet:{id}:available` | liability | a party's spendable money |
/// | `wallet:{id}:pending` | liability | credited to a party, and not yet due |
/// | `wallet:{id}:reserve` | liability | a party's, kept back against a dispute |
/// | `receivable:{id}` | asset | what a party owes us; later credits pay it down first |
/// | `hold:{id}` | liability | reserved for a payment, still the payer's |
/// | `escrow:{id}` | liability | kept for a condition, still the buyer's |
/// | `escrow:{id}:{milestone}` | liability | the same, for one milestone of several |
/// | `order:{id}` | liability | a sale paid and not yet fulfilled |
/// | `withdrawal:{id}` | liability | on its way out; zero when the withdrawal has ended |
/// | `refund:{id}` | liability | on its way back to a payer; zero when the refund has ended |
/// | `chargeback:{id}` | liability | taken back by a provider; zero when all of it is borne by someone |
/// | `clearing:{provider}` | asset | what a provider holds for us |
/// | `suspense:{provider}` | liability | came in and matched to nothing yet |
/// | `bank` | asset | settled to our own account |
/// | `revenue:commission` | income | the platform's share of sales |
/// | `revenue:fees` | income | fees for a service, such as a withdrawal |
/// | `revenue:subscription` | income | the part of subscriptions that is earned |
/// | `revenue:usage` | income | metered use |
/// | `revenue:deferred` | liability | paid for a time that has not passed yet |
/// | `expense:provider-fees` | expense | what providers take |
/// | `expense:promotions` | expense | discounts that the platform bears |
/// | `expense:disputes` | expense | fees for chargebacks |
/// | `expense:adjustments` | expense | corrections by hand |
/// | `loss:bad-debt` | expense | what will not be paid back |
/// | `tax:{code}` | liability | collected for the state |
/// | `exchange:{currency}` | equity | the other side of a change of currency |
/// | `equity:opening` | equity | balances brought from elsewhere |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// `wallet:{id}:available`
    Wallet(WalletId),
    /// `wallet:{id}:pending`
    Pending(WalletId),
    /// `wallet:{id}:reserve`
    Reserve(WalletId),
    /// `receivable:{id}`
    Receivable(WalletId),
    /// `hold:{id}`
    Hold(HoldId),
    /// `escrow:{id}`
    Escrow(EscrowId),
    /// `escrow:{id}:{milestone}`
    Milestone(EscrowId, u16),
    /// `order:{id}`
    Order(SaleId),
    /// `withdrawal:{id}`
    Withdrawal(WithdrawalId),
    /// `refund:{id}`
    Refund(RefundId),
    /// `chargeback:{id}`
    Chargeback(ChargebackId),
    /// `clearing:{provider}`
    Clearing(Provider),
    /// `suspense:{provider}`
    Suspense(Provider),
    /// `bank`
    Bank,
    /// `revenue:commission`
    Commission,
    /// `revenue:fees`
    Fees,
    /// `revenue:subscription`
    SubscriptionRevenue,
    /// `revenue:usage`
    UsageRevenue,
    /// `revenue:deferred`
    Deferred,
    /// `expense:provider-fees`
    ProviderFees,
    /// `expense:promotions`
    Promotions,
    /// `expense:disputes`
    Disputes,
    /// `expense:adjustments`
    Adjustments,
    /// `loss:bad-debt`
    BadDebt,
    /// `tax:{code}`
    Tax(TaxCode),
    /// `exchange:{currency}`
    Exchange(Currency),
    /// `equity:opening`
    Opening,
}

/// What an account is in the balance sheet or the income statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What we own or are owed.
    Asset,
    /// What we owe.
    Liability,
    /// What is the owners'.
    Equity,
    /// What we earned.
    Income,
    /// What it cost.
    Expense,
}

impl Class {
    /// The side on which such an account grows.
    #[must_use]
    pub const fn normal_side(self) -> Side {
        match self {
            Self::Asset | Self::Expense => Side::Debit,
            Self::Liability | Self::Equity | Self::Income => Side::Credit,
        }
    }

    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Liability => "liability",
            Self::Equity => "equity",
            Self::Income => "income",
            Self::Expense => "expense",
        }
    }
}

impl Account {
    /// Its class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Wallet(_)
            | Self::Pending(_)
            | Self::Reserve(_)
            | Self::Hold(_)
            | Self::Escrow(_)
            | Self::Milestone(..)
            | Self::Order(_)
            | Self::Withdrawal(_)
            | Self::Refund(_)
            | Self::Chargeback(_)
            | Self::Suspense(_)
            | Self::Deferred
            | Self::Tax(_) => Class::Liability,
            Self::Receivable(_) | Self::Clearing(_) | Self::Bank => Class::Asset,
            Self::Commission | Self::Fees | Self::SubscriptionRevenue | Self::UsageRevenue => {
                Class::Income
            }
            Self::ProviderFees
            | Self::Promotions
            | Self::Disputes
            | Self::Adjustments
            | Self::BadDebt => Class::Expense,
            Self::Exchange(_) | Self::Opening => Class::Equity,
        }
    }

    /// The wallet whose spendable money this is.
    #[must_use]
    pub const fn wallet(&self) -> Option<WalletId> {
        if let Self::Wallet(id) = self { Some(*id) } else { None }
    }

    /// The wallet whose money this is, spendable or not, or that owes it.
    #[must_use]
    pub const fn party(&self) -> Option<WalletId> {
        if let Self::Wallet(id) | Self::Pending(id) | Self::Reserve(id) | Self::Receivable(id) =
            self
        {
            Some(*id)
        } else {
            None
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wallet(id) => write!(f, "wallet:{id}:available"),
            Self::Pending(id) => write!(f, "wallet:{id}:pending"),
            Self::Reserve(id) => write!(f, "wallet:{id}:reserve"),
            Self::Receivable(id) => write!(f, "receivable:{id}"),
            Self::Hold(id) => write!(f, "hold:{id}"),
            Self::Escrow(id) => write!(f, "escrow:{id}"),
            Self::Milestone(id, milestone) => write!(f, "escrow:{id}:{milestone}"),
            Self::Order(id) => write!(f, "order:{id}"),
            Self::Withdrawal(id) => write!(f, "withdrawal:{id}"),
            Self::Refund(id) => write!(f, "refund:{id}"),
            Self::Chargeback(id) => write!(f, "chargeback:{id}"),
            Self::Clearing(provider) => write!(f, "clearing:{provider}"),
            Self::Suspense(provider) => write!(f, "suspense:{provider}"),
            Self::Bank => f.write_str("bank"),
            Self::Commission => f.write_str("revenue:commission"),
            Self::Fees => f.write_str("revenue:fees"),
            Self::SubscriptionRevenue => f.write_str("revenue:subscription"),
            Self::UsageRevenue => f.write_str("revenue:usage"),
            Self::Deferred => f.write_str("revenue:deferred"),
            Self::ProviderFees => f.write_str("expense:provider-fees"),
            Self::Promotions => f.write_str("expense:promotions"),
            Self::Disputes => f.write_str("expense:disputes"),
            Self::Adjustments => f.write_str("expense:adjustments"),
            Self::BadDebt => f.write_str("loss:bad-debt"),
            Self::Tax(code) => write!(f, "tax:{code}"),
            Self::Exchange(currency) => write!(f, "exchange:{currency}"),
            Self::Opening => f.write_str("equity:opening"),
        }
    }
}

/// A text names no account of the chart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no account")]
pub struct UnknownAccount(pub String);

/// The accounts of which there is one.
fn single(name: &str) -> Option<Account> {
    Some(match name {
        "bank" => Account::Bank,
        "revenue:commission" => Account::Commission,
        "revenue:fees" => Account::Fees,
        "revenue:subscription" => Account::SubscriptionRevenue,
        "revenue:usage" => Account::UsageRevenue,
        "revenue:deferred" => Account::Deferred,
        "expense:provider-fees" => Account::ProviderFees,
        "expense:promotions" => Account::Promotions,
        "expense:disputes" => Account::Disputes,
        "expense:adjustments" => Account::Adjustments,
        "loss:bad-debt" => Account::BadDebt,
        "equity:opening" => Account::Opening,
        _ => return None,
    })
}

/// The accounts of which there is one for each thing: `kind:rest`.
fn of_a_thing(kind: &str, rest: &str) -> Option<Account> {
    Some(match kind {
        "wallet" => {
            let (id, part) = rest.split_once(':')?;
            let id = id.parse().ok()?;
            match part {
                "available" => Account::Wallet(id),
                "pending" => Account::Pending(id),
                "reserve" => Account::Reserve(id),
                _ => return None,
            }
        }
        "escrow" => match rest.split_once(':') {
            Some((id, milestone)) => Account::Milestone(id.parse().ok()?, milestone.parse().ok()?),
            None => Account::Escrow(rest.parse().ok()?),
        },
        "receivable" => Account::Receivable(rest.parse().ok()?),
        "hold" => Account::Hold(rest.parse().ok()?),
        "order" => Account::Order(rest.parse().ok()?),
        "withdrawal" => Account::Withdrawal(rest.parse().ok()?),
        "refund" => Account::Refund(rest.parse().ok()?),
        "chargeback" => Account::Chargeback(rest.parse().ok()?),
        "clearing" => Account::Clearing(rest.parse().ok()?),
        "suspense" => Account::Suspense(rest.parse().ok()?),
        "tax" => Account::Tax(rest.parse().ok()?),
        "exchange" => Account::Exchange(rest.parse().ok()?),
        _ => return None,
    })
}

impl FromStr for Account {
    type Err = UnknownAccount;
    fn from_str(text: &str) -> Result<Self, UnknownAccount> {
        let parsed = single(text)
            .or_else(|| text.split_once(':').and_then(|(kind, rest)| of_a_thing(kind, rest)));
        parsed.ok_or_else(|| UnknownAccount(text.chars().take(64).collect()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_name_is_read_back() {
        let id = Uuid::from_u128(7);
        let accounts = [
            Account::Wallet(WalletId(id)),
            Account::Pending(WalletId(id)),
            Account::Reserve(WalletId(id)),
            Account::Receivable(WalletId(id)),
            Account::Hold(HoldId(id)),
            Account::Escrow(EscrowId(id)),
            Account::Milestone(EscrowId(id), 3),
            Account::Order(SaleId(id)),
            Account::Withdrawal(WithdrawalId(id)),
            Account::Refund(RefundId(id)),
            Account::Chargeback(ChargebackId(id)),
            Account::Clearing("sim".parse().unwrap()),
            Account::Suspense("sim".parse().unwrap()),
            Account::Bank,
            Account::Commission,
            Account::Fees,
            Account::SubscriptionRevenue,
            Account::UsageRevenue,
            Account::Deferred,
            Account::ProviderFees,
            Account::Promotions,
            Account::Disputes,
            Account::Adjustments,
            Account::BadDebt,
            Account::Tax("vat".parse().unwrap()),
            Account::Exchange("XOF".parse().unwrap()),
            Account::Opening,
        ];
        for account in accounts {
            assert_eq!(account.to_string().parse(), Ok(account));
        }
        for text in ["", "wallet:x:available", "escrow:x:1", "revenue", "tax:", "hold"] {
            assert!(text.parse::<Account>().is_err(), "{text}");
        }
    }
}
