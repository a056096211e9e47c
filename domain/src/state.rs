//! The state of one ledger: what all its events come to.

use serde::{Deserialize, Serialize};

use crate::books::Books;
use crate::escrow::Escrow;
use crate::event::Event;
use crate::ids::{EscrowId, PayinId, WalletId, WithdrawalId};
use crate::payin::{Payin, Receipts};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::table::Table;
use crate::wallet::Wallet;
use crate::withdrawal::Withdrawal;

/// The form of [`LedgerState`]. A snapshot with another number is ignored: count it up whenever
/// the state's shape, or what events do to it, changes.
pub const STATE_VERSION: u32 = 2;

/// What all events of a ledger come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerState {
    pub(crate) settings: Table<(), Settings>,
    pub(crate) books: Books,
    pub(crate) wallets: Table<WalletId, Wallet>,
    pub(crate) payins: Table<PayinId, Payin>,
    pub(crate) receipts: Receipts,
    pub(crate) escrows: Table<EscrowId, Escrow>,
    pub(crate) withdrawals: Table<WithdrawalId, Withdrawal>,
}

/// How many changes each table remembers: up to where to undo, or how much to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark([usize; 7]);

macro_rules! each_table {
    ($state:expr, $mark:expr, |$table:ident, $changes:ident| $do:expr, $($reference:tt)*) => {{
        let Mark([a, b, c, d, e, f, g]) = $mark;
        { let ($table, $changes) = ($($reference)* $state.settings, a); $do }
        { let ($table, $changes) = ($state.books.table_mut(), b); $do }
        { let ($table, $changes) = ($($reference)* $state.wallets, c); $do }
        { let ($table, $changes) = ($($reference)* $state.payins, d); $do }
        { let ($table, $changes) = ($($reference)* $state.receipts, e); $do }
        { let ($table, $changes) = ($($reference)* $state.escrows, f); $do }
        { let ($table, $changes) = ($($reference)* $state.withdrawals, g); $do }
    }};
}

impl LedgerState {
    /// Applies a fact. Total: what was recorded is never refused.
    ///
    /// This is the one place where entries are posted, so that no lifecycle can forget to.
    pub fn evolve(&mut self, event: &Event) {
        if let Some(entry) = event.entry() {
            self.books.post(entry);
        }
        event.apply(self);
    }

    /// The rules in force.
    ///
    /// # Errors
    /// [`Refusal::LedgerNotOpen`] before the ledger's first event.
    pub fn settings(&self) -> Result<&Settings, Refusal> {
        self.settings.get(&()).ok_or(Refusal::LedgerNotOpen {})
    }

    /// All balances.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// The wallet with this id.
    #[must_use]
    pub fn wallet(&self, id: WalletId) -> Option<&Wallet> {
        self.wallets.get(&id)
    }

    /// The pay-in with this id.
    #[must_use]
    pub fn payin(&self, id: PayinId) -> Option<&Payin> {
        self.payins.get(&id)
    }

    /// The escrow with this id.
    #[must_use]
    pub fn escrow(&self, id: EscrowId) -> Option<&Escrow> {
        self.escrows.get(&id)
    }

    /// The withdrawal with this id.
    #[must_use]
    pub fn withdrawal(&self, id: WithdrawalId) -> Option<&Withdrawal> {
        self.withdrawals.get(&id)
    }

    /// How much could be taken back now. Everything evolved later can be undone up to here.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark([
            self.settings.changes(),
            self.books.table().changes(),
            self.wallets.changes(),
            self.payins.changes(),
            self.receipts.changes(),
            self.escrows.changes(),
            self.withdrawals.changes(),
        ])
    }

    /// Takes back everything evolved since `mark`.
    pub fn undo_to(&mut self, mark: Mark) {
        each_table!(self, mark, |table, kept| table.undo_to(kept), &mut);
    }

    /// Makes everything evolved before `mark` final. Marks taken before are then meaningless;
    /// those taken after it shrink by it: see [`Mark::since`].
    pub fn forget(&mut self, mark: Mark) {
        each_table!(self, mark, |table, changes| table.forget(changes), &mut);
    }
}

impl Mark {
    /// This mark as it is after `forgotten` was made final.
    #[must_use]
    pub fn since(self, forgotten: Self) -> Self {
        let mut counts = self.0;
        for (count, gone) in counts.iter_mut().zip(forgotten.0) {
            *count = count.saturating_sub(gone);
        }
        Self(counts)
    }
}
