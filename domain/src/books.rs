//! The books: the balance of every account and currency, and the trial balance over them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chart::Account;
use crate::currency::Currency;
use crate::ids::WalletId;
use crate::journal::{JournalEntry, Side};
use crate::table::Table;

/// A signed sum in minor units, counted on the account's normal side.
pub type Balance = i128;

/// All balances. Credits less debits are kept, so that they sum to zero per currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    credit_balances: Table<(Account, Currency), i128>,
}

impl Books {
    /// Posts an entry.
    pub fn post(&mut self, entry: &JournalEntry) {
        for posting in entry.postings() {
            let minor = i128::from(posting.money.minor());
            let change = match posting.side {
                Side::Debit => -minor,
                Side::Credit => minor,
            };
            let book = (posting.account, posting.money.currency());
            self.credit_balances.update(book, |balance| *balance += change);
        }
    }

    /// The balance of an account in one currency, in minor units on its normal side.
    #[must_use]
    pub fn balance(&self, account: Account, currency: Currency) -> Balance {
        let credit = self.credit_balances.get(&(account, currency)).copied().unwrap_or_default();
        on_normal_side(account, credit)
    }

    /// Whether anything was ever posted to an account in one currency.
    #[must_use]
    pub fn is_there(&self, account: Account, currency: Currency) -> bool {
        self.credit_balances.get(&(account, currency)).is_some()
    }

    /// Spendable money of a wallet in one currency, in minor units.
    #[must_use]
    pub fn available(&self, wallet: WalletId, currency: Currency) -> Balance {
        self.balance(Account::Wallet(wallet), currency)
    }

    /// Every book that was ever posted to, in order, with its balance on its normal side.
    #[must_use]
    pub fn balances(&self) -> Vec<(Account, Currency, Balance)> {
        let sorted = self.credit_balances.sorted();
        sorted
            .into_iter()
            .map(|((account, currency), credit)| {
                (*account, *currency, on_normal_side(*account, *credit))
            })
            .collect()
    }

    /// Credits less debits per currency: zero in each, at every revision.
    #[must_use]
    pub fn trial_balance(&self) -> BTreeMap<Currency, i128> {
        let mut sums = BTreeMap::new();
        for ((_, currency), credit) in self.credit_balances.unordered() {
            *sums.entry(*currency).or_default() += credit;
        }
        sums
    }

    /// A currency in which an account is not at zero. Looks through all books: for rare questions.
    #[must_use]
    pub fn first_not_zero(&self, account: Account) -> Option<Currency> {
        self.credit_balances
            .unordered()
            .filter(|((of, _), credit)| *of == account && **credit != 0)
            .map(|((_, currency), _)| *currency)
            .min()
    }

    pub(crate) fn table(&self) -> &Table<(Account, Currency), i128> {
        &self.credit_balances
    }

    pub(crate) fn table_mut(&mut self) -> &mut Table<(Account, Currency), i128> {
        &mut self.credit_balances
    }
}

fn on_normal_side(account: Account, credit: i128) -> Balance {
    match account.class().normal_side() {
        Side::Debit => -credit,
        Side::Credit => credit,
    }
}
