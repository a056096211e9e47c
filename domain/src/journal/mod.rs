//! Journal entries: postings whose debits equal their credits in every currency.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chart::Account;
use crate::currency::Currency;
use crate::money::Money;

mod draft;
pub(crate) use draft::Draft;

/// The side of an account that a posting is made to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Left: assets and expenses grow.
    #[serde(rename = "D")]
    Debit,
    /// Right: liabilities and income grow.
    #[serde(rename = "C")]
    Credit,
}

impl Side {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }
}

/// One line of a journal entry. On the wire: `["revenue:commission","C","1.00","USD"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The account posted to.
    pub account: Account,
    /// Debit or credit.
    pub side: Side,
    /// How much.
    pub money: Money,
}

/// Postings that balance in every currency. Never empty, never unbalanced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Posting>", into = "Vec<Posting>")]
pub struct JournalEntry(Vec<Posting>);

/// Why postings are no journal entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// There are none.
    #[error("a journal entry has at least two postings")]
    Empty,
    /// Debits and credits differ.
    #[error("debits and credits of {currency} differ by {difference} minor units")]
    Unbalanced {
        /// In which currency.
        currency: Currency,
        /// Debits less credits, in minor units.
        difference: i128,
    },
}

impl JournalEntry {
    /// Checks that the postings balance.
    ///
    /// # Errors
    /// When there are none, or debits and credits differ in some currency.
    pub fn try_new(postings: Vec<Posting>) -> Result<Self, EntryError> {
        let mut sums = BTreeMap::<Currency, i128>::new();
        for posting in &postings {
            let minor = i128::from(posting.money.minor());
            *sums.entry(posting.money.currency()).or_default() += match posting.side {
                Side::Debit => minor,
                Side::Credit => -minor,
            };
        }
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            Some((currency, difference)) => Err(EntryError::Unbalanced { currency, difference }),
            None if postings.is_empty() => Err(EntryError::Empty),
            None => Ok(Self(postings)),
        }
    }

    /// Debits `from` and credits `to`: cannot be unbalanced.
    #[must_use]
    pub fn transfer(from: Account, to: Account, money: Money) -> Self {
        Self(vec![
            Posting { account: from, side: Side::Debit, money },
            Posting { account: to, side: Side::Credit, money },
        ])
    }

    /// Debits `from` with the sum of `parts` and credits each part: cannot be unbalanced.
    ///
    /// `None` when there are no parts or their sum is no [`Money`] of one currency.
    #[must_use]
    pub fn split(from: Account, parts: &[(Account, Money)]) -> Option<Self> {
        let currency = parts.first()?.1.currency();
        let mut total = 0_u64;
        for (_, money) in parts {
            total = total.checked_add(money.minor()).filter(|_| money.currency() == currency)?;
        }
        let money = Money::from_minor(total, currency)?;
        let credits = parts.iter().map(|(account, money)| Posting {
            account: *account,
            side: Side::Credit,
            money: *money,
        });
        let debit = Posting { account: from, side: Side::Debit, money };
        Some(Self(std::iter::once(debit).chain(credits).collect()))
    }

    /// The postings, in the order in which they were made.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.0
    }
}

impl TryFrom<Vec<Posting>> for JournalEntry {
    type Error = EntryError;
    fn try_from(postings: Vec<Posting>) -> Result<Self, EntryError> {
        Self::try_new(postings)
    }
}

impl From<JournalEntry> for Vec<Posting> {
    fn from(entry: JournalEntry) -> Self {
        entry.0
    }
}

impl fmt::Display for JournalEntry {
    /// As an accountant would write it: one posting a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, posting) in self.0.iter().enumerate() {
            let end = if line + 1 == self.0.len() { "" } else { "\n" };
            let indent = if posting.side == Side::Credit { "    " } else { "" };
            write!(
                f,
                "{indent}{} {} {}{end}",
                posting.side.as_str(),
                posting.account,
                posting.money
            )?;
        }
        Ok(())
    }
}

impl Serialize for Posting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::money::with_amount(self.money, |amount| {
            (&self.account, self.side, amount, self.money.currency().code()).serialize(serializer)
        })
    }
}

impl<'de> Deserialize<'de> for Posting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (account, side, amount, currency) =
            <(Account, Side, String, Currency)>::deserialize(deserializer)?;
        let money = Money::parse(&amount, currency).map_err(serde::de::Error::custom)?;
        Ok(Self { account, side, money })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_balance_is_no_entry_even_when_decoded() {
        let wire = r#"[["clearing:sim","D","1.00","USD"],["revenue:commission","C","1.01","USD"]]"#;
        let error = serde_json::from_str::<JournalEntry>(wire).unwrap_err();
        assert!(error.to_string().contains("differ by -1 minor units"), "{error}");
        assert!(serde_json::from_str::<JournalEntry>("[]").is_err());
        let mixed =
            r#"[["clearing:sim","D","1.00","USD"],["revenue:commission","C","1.00","EUR"]]"#;
        assert!(serde_json::from_str::<JournalEntry>(mixed).is_err());
    }

    #[test]
    fn the_wire_form_is_read_back() {
        let wire = r#"[["clearing:sim","D","1.00","USD"],["revenue:commission","C","1.00","USD"]]"#;
        let entry: JournalEntry = serde_json::from_str(wire).unwrap();
        assert_eq!(serde_json::to_string(&entry).unwrap(), wire);
    }
}
