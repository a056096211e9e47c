//! Money from one wallet to another: one command, one entry.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `Transfer` | `transfer.completed.v1` | from available → to available |

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::journal::JournalEntry;
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
    /// From available → to available.
    pub entry: JournalEntry,
}

pub(crate) fn decide_make(
    state: &LedgerState,
    actor: &Actor,
    command: &Make,
) -> Result<Decided, Refusal> {
    let Make { from, to, amount } = *command;
    wallet::may_spend(state, actor, from, "from", amount)?;
    if from == to {
        return Err(Refusal::SameWallet { field: "to" });
    }
    wallet::may_receive(state, to, "to")?;
    wallet::has(state, from, amount)?;
    let entry = JournalEntry::transfer(Account::Wallet(from), Account::Wallet(to), amount);
    happened([Event::TransferCompleted(Completed { entry })])
}

/// The entry was posted by [`LedgerState::evolve`]; nothing else changes.
pub(crate) const fn evolve_completed(_: &mut LedgerState, _: &Completed) {}
