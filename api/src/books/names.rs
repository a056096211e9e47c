//! What accounts are called in plain-text books, and how amounts are written there.
//!
//! One name for all three tools, made by the strictest rules, which are beancount's: the class first,
//! then parts of ASCII letters, digits and dashes that begin with a capital letter or a digit. No two
//! accounts have one name, and no account has another under it: an assertion about an account is then
//! about that account, also where a tool counts those under it.

use std::fmt;

use cauri_domain::{Account, Class, Currency};
use uuid::Uuid;

/// An account as the tools name it: `Liabilities:Wallet:{ID}:Available`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(pub Account);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(root(self.0.class()))?;
        match self.0 {
            Account::Wallet(id) => write!(f, ":Wallet:{}:Available", Id(id.0)),
            Account::Pending(id) => write!(f, ":Wallet:{}:Pending", Id(id.0)),
            Account::Reserve(id) => write!(f, ":Wallet:{}:Reserve", Id(id.0)),
            Account::Receivable(id) => write!(f, ":Receivable:{}", Id(id.0)),
            Account::Hold(id) => write!(f, ":Hold:{}", Id(id.0)),
            // Not above its milestones.
            Account::Escrow(id) => write!(f, ":Escrow:{}:Whole", Id(id.0)),
            Account::Milestone(id, milestone) => write!(f, ":Escrow:{}:{milestone}", Id(id.0)),
            Account::Order(id) => write!(f, ":Order:{}", Id(id.0)),
            Account::Withdrawal(id) => write!(f, ":Withdrawal:{}", Id(id.0)),
            Account::Refund(id) => write!(f, ":Refund:{}", Id(id.0)),
            Account::Chargeback(id) => write!(f, ":Chargeback:{}", Id(id.0)),
            Account::Clearing(provider) => write!(f, ":Clearing:{}", Word(provider.as_str())),
            Account::Suspense(provider) => write!(f, ":Suspense:{}", Word(provider.as_str())),
            Account::Bank => f.write_str(":Bank"),
            Account::Commission => f.write_str(":Commission"),
            Account::Fees => f.write_str(":Fees"),
            Account::SubscriptionRevenue => f.write_str(":Subscription"),
            Account::UsageRevenue => f.write_str(":Usage"),
            Account::Deferred => f.write_str(":Deferred"),
            Account::ProviderFees => f.write_str(":Provider-Fees"),
            Account::Promotions => f.write_str(":Promotions"),
            Account::Disputes => f.write_str(":Disputes"),
            Account::Adjustments => f.write_str(":Adjustments"),
            Account::BadDebt => f.write_str(":Bad-Debt"),
            Account::Tax(code) => write!(f, ":Tax:{}", Word(code.as_str())),
            Account::Exchange(currency) => write!(f, ":Exchange:{currency}"),
            Account::Opening => f.write_str(":Opening"),
        }
    }
}

/// The first part of the names of a class, which all three tools know.
const fn root(class: Class) -> &'static str {
    match class {
        Class::Asset => "Assets",
        Class::Liability => "Liabilities",
        Class::Equity => "Equity",
        Class::Income => "Income",
        Class::Expense => "Expenses",
    }
}

/// An id in capitals: a part may not begin with a small letter.
struct Id(Uuid);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        f.write_str(self.0.hyphenated().encode_upper(&mut text))
    }
}

/// A short name of `a-z`, `0-9` and `-`, with its first letter as a capital.
struct Word<'a>(&'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_bytes().first() {
            // Two capitals begin no other word.
            Some(b'-') => write!(f, "XX{}", self.0),
            Some(first) => write!(f, "{}{}", first.to_ascii_uppercase() as char, &self.0[1..]),
            None => Ok(()),
        }
    }
}

/// A sum in major units with all of its currency's decimals: all digits, in plain notation.
#[derive(Debug, Clone, Copy)]
pub struct Amount(pub i128, pub Currency);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let exponent = u32::from(self.1.exponent());
        let (digits, scale) = (self.0.unsigned_abs(), 10_u128.pow(exponent));
        if exponent == 0 {
            return write!(f, "{sign}{digits}");
        }
        let width = usize::from(self.1.exponent());
        write!(f, "{sign}{}.{:0width$}", digits / scale, digits % scale)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cauri_domain::{ChargebackId, EscrowId, HoldId, RefundId, SaleId, WalletId, WithdrawalId};

    use super::*;

    /// Every kind of account, of several things each.
    fn accounts() -> Vec<Account> {
        let ids = [0, 1, 0xa0, u128::MAX].map(Uuid::from_u128);
        let words = ["a", "aa", "-a", "-", "x-a", "xx-a", "xx", "x--a", "0a", "a-0"];
        let mut accounts = vec![
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
            Account::Opening,
        ];
        for id in ids {
            accounts.extend([
                Account::Wallet(WalletId(id)),
                Account::Pending(WalletId(id)),
                Account::Reserve(WalletId(id)),
                Account::Receivable(WalletId(id)),
                Account::Hold(HoldId(id)),
                Account::Escrow(EscrowId(id)),
                Account::Milestone(EscrowId(id), 0),
                Account::Milestone(EscrowId(id), 11),
                Account::Order(SaleId(id)),
                Account::Withdrawal(WithdrawalId(id)),
                Account::Refund(RefundId(id)),
                Account::Chargeback(ChargebackId(id)),
            ]);
        }
        for word in words {
            accounts.extend([
                Account::Clearing(word.parse().unwrap()),
                Account::Suspense(word.parse().unwrap()),
                Account::Tax(word.parse().unwrap()),
            ]);
        }
        accounts.extend(["XOF", "USD"].map(|code| Account::Exchange(code.parse().unwrap())));
        accounts
    }

    #[test]
    fn no_two_accounts_have_one_name_and_none_is_above_another() {
        let mut names = BTreeMap::new();
        for account in accounts() {
            let other = names.insert(Name(account).to_string(), account);
            assert_eq!(other, None, "{}", Name(account));
        }
        for name in names.keys() {
            let above = format!("{name}:");
            assert!(!names.keys().any(|other| other.starts_with(&above)), "{name}");
        }
    }

    #[test]
    fn names_are_such_as_the_strictest_tool_takes() {
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        for account in accounts() {
            let name = Name(account).to_string();
            assert!(name.contains(':'), "{name}");
            for part in name.split(':') {
                let first = part.as_bytes()[0];
                assert!(first.is_ascii_uppercase() || first.is_ascii_digit(), "{name}");
                assert!(part.bytes().all(letter), "{name}");
            }
        }
    }

    #[test]
    fn amounts_have_all_their_decimals_and_all_their_digits() {
        for (minor, code, text) in [
            (0, "XOF", "0"),
            (-7, "XOF", "-7"),
            (0, "USD", "0.00"),
            (-5, "USD", "-0.05"),
            (1_000, "USD", "10.00"),
            (-1_234, "KWD", "-1.234"),
            (i128::MAX, "CLF", "17014118346046923173168730371588410.5727"),
            (i128::MIN, "XOF", "-170141183460469231731687303715884105728"),
        ] {
            assert_eq!(Amount(minor, code.parse().unwrap()).to_string(), text);
        }
    }
}
