//! The rules of wallets, and those that every debit and credit of one has to keep.

use chrono::{DateTime, Utc};

use super::{
    Close, Closed, Freeze, Frozen, Level, Open, Opened, Status, Unfreeze, Unfrozen, Wallet,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::limits;
use crate::member::{self, May};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// The wallet that an input names.
pub(crate) fn named<'a>(
    state: &'a LedgerState,
    id: WalletId,
    field: &'static str,
) -> Result<&'a Wallet, Refusal> {
    state.wallets.get(&id).ok_or(Refusal::NotFound { field })
}

/// The wallet that an input names, if it is the actor's to see and move.
pub(crate) fn theirs<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    id: WalletId,
    field: &'static str,
) -> Result<&'a Wallet, Refusal> {
    within(state, actor, id, field, May::Spend)
}

/// The wallet that an input names, if the actor may look after it: its owner, members who manage
/// it, and staff.
pub(crate) fn managed<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    id: WalletId,
    field: &'static str,
) -> Result<&'a Wallet, Refusal> {
    within(state, actor, id, field, May::Manage)
}

fn within<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    id: WalletId,
    field: &'static str,
    may: May,
) -> Result<&'a Wallet, Refusal> {
    let wallet = named(state, id, field)?;
    if actor.may_act_for(&wallet.owner) || member::may(state, id, &actor.subject, may) {
        Ok(wallet)
    } else {
        Err(Refusal::NotYours { field })
    }
}

/// Whether the actor may take `amount` from the wallet now, if it is there.
pub(crate) fn may_spend(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    id: WalletId,
    field: &'static str,
    amount: Money,
) -> Result<(), Refusal> {
    let wallet = theirs(state, actor, id, field)?;
    not_frozen(wallet, field)?;
    state.settings()?.allows(amount)?;
    limits::allow_spending(state, actor.role, at, id, amount)?;
    member::allow_spending(state, actor, at, id, amount)
}

/// Whether debits are allowed.
pub(crate) const fn not_frozen(wallet: &Wallet, field: &'static str) -> Result<(), Refusal> {
    match wallet.status {
        Status::Active => Ok(()),
        Status::Frozen(_) => Err(Refusal::WalletFrozen { field }),
        Status::Closed => Err(Refusal::WalletClosed { field }),
    }
}

/// Whether credits are allowed.
pub(crate) fn may_receive(
    state: &LedgerState,
    id: WalletId,
    field: &'static str,
) -> Result<(), Refusal> {
    match named(state, id, field)?.status {
        Status::Active | Status::Frozen(Level::NoDebits) => Ok(()),
        Status::Frozen(Level::Neither) => Err(Refusal::WalletFrozen { field }),
        Status::Closed => Err(Refusal::WalletClosed { field }),
    }
}

/// Whether the wallet can pay `needed`, with the credit that it has.
pub(crate) fn has(state: &LedgerState, id: WalletId, needed: Money) -> Result<(), Refusal> {
    let available = state.books.available(id, needed.currency());
    if available + limits::credit(state, id, needed.currency()) >= i128::from(needed.minor()) {
        Ok(())
    } else {
        Err(Refusal::InsufficientFunds { available, needed })
    }
}

/// Something that can end in the wallet begins.
pub(crate) fn begin(state: &mut LedgerState, id: WalletId) {
    state.wallets.modify(id, |wallet| wallet.open += 1);
}

/// It has ended.
pub(crate) fn end(state: &mut LedgerState, id: WalletId) {
    state.wallets.modify(id, |wallet| wallet.open = wallet.open.saturating_sub(1));
}

pub(crate) fn decide_open(
    state: &LedgerState,
    actor: &Actor,
    command: &Open,
) -> Result<Decided, Refusal> {
    if !actor.may_act_for(&command.owner) {
        return Err(Refusal::NotYours { field: "owner" });
    }
    match state.wallets.get(&command.wallet) {
        Some(wallet) if wallet.owner == command.owner => Ok(Decided::Already),
        Some(_) => Err(Refusal::ExistsWithOtherTerms { field: "owner" }),
        None => happened([Event::WalletOpened(Opened {
            wallet: command.wallet,
            owner: command.owner.clone(),
        })]),
    }
}

pub(crate) fn decide_freeze(state: &LedgerState, command: &Freeze) -> Result<Decided, Refusal> {
    match named(state, command.wallet, "wallet")?.status {
        Status::Frozen(level) if level == command.level.unwrap_or_default() => Ok(Decided::Already),
        Status::Active | Status::Frozen(_) => happened([Event::WalletFrozen(Frozen {
            wallet: command.wallet,
            reason: command.reason.clone(),
            level: command.level,
        })]),
        Status::Closed => Err(Refusal::WalletClosed { field: "wallet" }),
    }
}

pub(crate) fn decide_unfreeze(state: &LedgerState, command: &Unfreeze) -> Result<Decided, Refusal> {
    match named(state, command.wallet, "wallet")?.status {
        Status::Active => Ok(Decided::Already),
        Status::Frozen(_) => happened([Event::WalletUnfrozen(Unfrozen { wallet: command.wallet })]),
        Status::Closed => Err(Refusal::WalletClosed { field: "wallet" }),
    }
}

pub(crate) fn decide_close(state: &LedgerState, command: &Close) -> Result<Decided, Refusal> {
    let wallet = named(state, command.wallet, "wallet")?;
    if wallet.status == Status::Closed {
        return Ok(Decided::Already);
    }
    if wallet.open > 0 {
        return Err(Refusal::WalletBusy { open: wallet.open });
    }
    let id = command.wallet;
    let all =
        [Account::Wallet(id), Account::Pending(id), Account::Reserve(id), Account::Receivable(id)];
    match all.into_iter().find_map(|account| state.books.first_not_zero(account)) {
        Some(currency) => Err(Refusal::WalletNotEmpty { currency }),
        None => happened([Event::WalletClosed(Closed { wallet: command.wallet })]),
    }
}

pub(crate) fn evolve_opened(state: &mut LedgerState, event: &Opened) {
    let wallet = Wallet { owner: event.owner.clone(), status: Status::Active, open: 0 };
    state.wallets.insert(event.wallet, wallet);
}

pub(crate) fn evolve_frozen(state: &mut LedgerState, event: &Frozen) {
    let status = Status::Frozen(event.level.unwrap_or_default());
    state.wallets.modify(event.wallet, |wallet| wallet.status = status);
}

pub(crate) fn evolve_unfrozen(state: &mut LedgerState, event: &Unfrozen) {
    state.wallets.modify(event.wallet, |wallet| wallet.status = Status::Active);
}

pub(crate) fn evolve_closed(state: &mut LedgerState, event: &Closed) {
    state.wallets.modify(event.wallet, |wallet| wallet.status = Status::Closed);
}
