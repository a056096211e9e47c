//! Entries in the making, and the two rules that every credit and every claw-back of a wallet keeps.
//!
//! A wallet that owes (`receivable:{wallet}`) pays that down first, out of whatever it is credited;
//! what is taken back from a wallet beyond what it has becomes what it owes. What is to be kept back
//! of it for [chargebacks](crate::chargeback) follows in the same unit.

use std::collections::BTreeMap;

use crate::chargeback;
use crate::chart::Account;
use crate::currency::Currency;
use crate::ids::WalletId;
use crate::journal::{JournalEntry, Posting, Side};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// An entry in the making. Parts that come to nothing are left out.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'a> {
    state: &'a LedgerState,
    postings: Vec<Posting>,
    /// What the postings so far do to wallets and receivables: credits less debits.
    moved: BTreeMap<(Account, Currency), i128>,
}

impl<'a> Draft<'a> {
    /// Nothing yet.
    pub(crate) const fn new(state: &'a LedgerState) -> Self {
        Self { state, postings: Vec::new(), moved: BTreeMap::new() }
    }

    /// Nothing yet, in a unit of which these entries come first.
    pub(crate) fn after<'e>(
        state: &'a LedgerState,
        entries: impl IntoIterator<Item = &'e JournalEntry>,
    ) -> Self {
        let mut draft = Self::new(state);
        for posting in entries.into_iter().flat_map(JournalEntry::postings) {
            draft = draft.post(posting.account, posting.side, Some(posting.money));
        }
        draft.postings.clear();
        draft
    }

    fn post(mut self, account: Account, side: Side, money: Option<Money>) -> Self {
        let Some(money) = money else { return self };
        if account.party().is_some() {
            let minor = i128::from(money.minor());
            let change = if side == Side::Credit { minor } else { -minor };
            *self.moved.entry((account, money.currency())).or_default() += change;
        }
        self.postings.push(Posting { account, side, money });
        self
    }

    /// Debits an account.
    pub(crate) fn debit(self, account: Account, money: impl Into<Option<Money>>) -> Self {
        self.post(account, Side::Debit, money.into())
    }

    /// Credits an account that is not a wallet's: those are [`Draft::pay`]d.
    pub(crate) fn credit(self, account: Account, money: impl Into<Option<Money>>) -> Self {
        self.post(account, Side::Credit, money.into())
    }

    /// The balance of a wallet's account on its normal side, with the postings so far.
    fn balance(&self, account: Account, currency: Currency) -> i128 {
        let moved = self.moved.get(&(account, currency)).copied().unwrap_or_default();
        let change = if account.class().normal_side() == Side::Credit { moved } else { -moved };
        self.state.books().balance(account, currency) + change
    }

    /// Pays a wallet: first what it owes, the rest to what it can spend.
    pub(crate) fn pay(self, wallet: WalletId, money: impl Into<Option<Money>>) -> Self {
        let Some(money) = money.into() else { return self };
        let owed = self.balance(Account::Receivable(wallet), money.currency());
        let (down, rest) = parted(money, owed);
        self.post(Account::Receivable(wallet), Side::Credit, down).post(
            Account::Wallet(wallet),
            Side::Credit,
            rest,
        )
    }

    /// Takes money back from a wallet: what it can spend, and the rest it owes.
    pub(crate) fn take_back(self, wallet: WalletId, money: impl Into<Option<Money>>) -> Self {
        let Some(money) = money.into() else { return self };
        let available = self.balance(Account::Wallet(wallet), money.currency());
        let (there, owed) = parted(money, available);
        self.post(Account::Wallet(wallet), Side::Debit, there).post(
            Account::Receivable(wallet),
            Side::Debit,
            owed,
        )
    }

    /// Takes money back from a wallet: what it can spend, then what is kept back of it, and the
    /// rest it owes.
    ///
    /// What is kept back for chargebacks is owed here, and pays that in the same unit: so it stays
    /// known for which of them how much is kept back.
    pub(crate) fn take_all(self, wallet: WalletId, money: impl Into<Option<Money>>) -> Self {
        let Some(money) = money.into() else { return self };
        let currency = money.currency();
        let available = self.balance(Account::Wallet(wallet), currency);
        let (there, rest) = parted(money, available);
        let draft = self.post(Account::Wallet(wallet), Side::Debit, there);
        let Some(rest) = rest else { return draft };
        let of_cases = chargeback::kept(draft.state, wallet, currency);
        let held = draft.balance(Account::Reserve(wallet), currency) - i128::from(of_cases);
        let beyond = i128::from(rest.minor().saturating_sub(of_cases));
        let (kept, owed) = parted(rest, held.min(beyond));
        draft.post(Account::Reserve(wallet), Side::Debit, kept).post(
            Account::Receivable(wallet),
            Side::Debit,
            owed,
        )
    }

    /// Takes money back from a wallet: what is kept back of it first, then as always.
    pub(crate) fn take_reserve(self, wallet: WalletId, money: impl Into<Option<Money>>) -> Self {
        let Some(money) = money.into() else { return self };
        let kept = self.balance(Account::Reserve(wallet), money.currency());
        let (kept, rest) = parted(money, kept);
        self.post(Account::Reserve(wallet), Side::Debit, kept).take_back(wallet, rest)
    }

    /// The entry, if its postings balance.
    ///
    /// # Errors
    /// [`Refusal::AmountTooLarge`]: parts that were each worked out from one whole can only differ
    /// when a sum was beyond what a ledger holds.
    pub(crate) fn entry(self) -> Result<JournalEntry, Refusal> {
        JournalEntry::try_new(self.postings).map_err(|_| Refusal::AmountTooLarge {})
    }
}

/// The part of `money` that `most` (minor units) covers, and the rest.
fn parted(money: Money, most: i128) -> (Option<Money>, Option<Money>) {
    let most = u64::try_from(most.max(0)).unwrap_or(u64::MAX);
    let first = money.minor().min(most);
    let of = |minor| Money::from_minor(minor, money.currency());
    (of(first), of(money.minor() - first))
}
