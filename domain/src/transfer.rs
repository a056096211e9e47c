//! Money from one wallet to another: one command, one entry.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `Transfer` | `transfer.completed.v1` | from available → what the other owes, to available |

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::journal::{Draft, JournalEntry};
use crate::limits;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

/// Moves money between wallets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Make {
    /// Who pays.
    pub from: WalletId,
    /// Who gets it.
    pub to: WalletId,
    /// How much.
    pub amount: Money,
}

/// Money moved between wallets. The entry says it all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// From available → to receivable, to available.
    pub entry: JournalEntry,
}

pub(crate) fn decide_make(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Make,
) -> Result<Decided, Refusal> {
    let Make { from, to, amount } = *command;
    wallet::may_spend(state, actor, at, from, "from", amount)?;
    if from == to {
        return Err(Refusal::SameWallet { field: "to" });
    }
    wallet::may_receive(state, to, "to")?;
    limits::allow_holding(state, to, amount)?;
    wallet::has(state, from, amount)?;
    let owes = state.books.balance(Account::Receivable(to), amount.currency()) > 0;
    let entry = if owes {
        Draft::new(state).debit(Account::Wallet(from), amount).pay(to, amount).entry()?
    } else {
        JournalEntry::transfer(Account::Wallet(from), Account::Wallet(to), amount)
    };
    happened([Event::TransferCompleted(Completed { entry })])
}

/// The entry was posted by [`LedgerState::evolve`]; nothing else changes.
pub(crate) const fn evolve_completed(_: &mut LedgerState, _: &Completed) {}
