//! The rules of pay-ins.

use chrono::{DateTime, Utc};

use super::targets::{self, Paid};
use super::{
    Created, Declined, Expire, Expired, Initiate, Mismatch, Mismatched, Payin, RecordDecline,
    RecordReceipt, Status, Succeeded, SucceededLate, Target,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{PayinId, WalletId};
use crate::journal::{Draft, JournalEntry};
use crate::money::Money;
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

pub(crate) fn decide_initiate(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Initiate,
) -> Result<Decided, Refusal> {
    let Initiate { payin, wallet, amount, provider, target } = *command;
    wallet::theirs(state, actor, wallet, "wallet")?;
    if let Some(known) = state.payins.get(&payin) {
        return same_terms(known, command);
    }
    wallet::may_receive(state, wallet, "wallet")?;
    target.iter().try_for_each(|target| targets::may_be_paid(state, target))?;
    state.settings()?.takes(amount.currency())?;
    let expires_at = at + state.settings()?.payin_expiry_s.delta();
    happened([Event::PayinCreated(Created { payin, wallet, amount, provider, expires_at, target })])
}

fn same_terms(known: &Payin, asked: &Initiate) -> Result<Decided, Refusal> {
    let differs = [
        (known.wallet != asked.wallet, "wallet"),
        (known.amount.currency() != asked.amount.currency(), "currency"),
        (known.amount != asked.amount, "amount"),
        (known.provider != asked.provider, "provider"),
        (known.target != asked.target, "target"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

/// Books what a provider has for us: never refused, at most once.
pub(crate) fn decide_receipt(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &RecordReceipt,
) -> Result<Decided, Refusal> {
    let RecordReceipt { payin, receipt } = command;
    let named = payin.and_then(|id| state.payins.get(&id).map(|payin| (id, payin)));
    match state.receipts.get(&(receipt.provider, receipt.object.clone())) {
        None => {}
        // The same object in another currency would be a provider gone mad; keep the first word.
        Some(booked) if booked.currency() != receipt.amount.currency() => {
            return Ok(Decided::Already);
        }
        Some(booked) => {
            let more = receipt.amount.minor().saturating_sub(booked.minor());
            return match Money::from_minor(more, booked.currency()) {
                None => Ok(Decided::Already),
                Some(more) => {
                    into_suspense(named.map(|(id, _)| id), Mismatch::PaidAgain, receipt, more)
                }
            };
        }
    }
    let Some((id, payin)) = named else {
        return into_suspense(None, Mismatch::Reference, receipt, receipt.amount);
    };
    let mismatch = [
        (payin.provider != receipt.provider, Mismatch::Provider),
        (payin.amount.currency() != receipt.amount.currency(), Mismatch::Currency),
        (payin.amount != receipt.amount, Mismatch::Amount),
        (payin.status == Status::Succeeded, Mismatch::PaidAgain),
        (wallet::may_receive(state, payee(payin), "wallet").is_err(), Mismatch::WalletClosed),
    ];
    if let Some((_, reason)) = mismatch.into_iter().find(|(differs, _)| *differs) {
        return into_suspense(Some(id), reason, receipt, receipt.amount);
    }
    match payin.status {
        Status::Created | Status::Declined => succeed(state, at, id, payin, receipt),
        Status::Expired | Status::Succeeded => {
            happened([Event::PayinSucceededLate(SucceededLate {
                payin: id,
                receipt: receipt.clone(),
                entry: suspense_entry(receipt, receipt.amount),
            })])
        }
    }
}

/// Whose wallet the money reaches first.
const fn payee(payin: &Payin) -> WalletId {
    if let Some(Target::Wallet(other)) = payin.target { other } else { payin.wallet }
}

/// The money is the payer's; if the target takes it, in the same unit.
fn succeed(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: PayinId,
    payin: &Payin,
    receipt: &Receipt,
) -> Result<Decided, Refusal> {
    let paid = Paid { payin: id, payer: payin.wallet, amount: receipt.amount };
    let taken = payin.target.map(|target| targets::pay(state, at, &paid, &target));
    let taken = taken.unwrap_or_default();
    let draft = Draft::new(state).debit(Account::Clearing(receipt.provider), receipt.amount);
    let draft = match payin.target {
        Some(Target::Wallet(other)) => draft.pay(other, receipt.amount),
        // What the target takes at once is not used to pay what the payer owes.
        Some(_) if !taken.is_empty() => draft.credit(Account::Wallet(payin.wallet), receipt.amount),
        Some(_) | None => draft.pay(payin.wallet, receipt.amount),
    };
    let (receipt, entry) = (receipt.clone(), draft.entry()?);
    let mut events = vec![Event::PayinSucceeded(Succeeded { payin: id, receipt, entry })];
    events.extend(taken);
    Ok(Decided::Happened(events))
}

fn suspense_entry(receipt: &Receipt, amount: Money) -> JournalEntry {
    let provider = receipt.provider;
    JournalEntry::transfer(Account::Clearing(provider), Account::Suspense(provider), amount)
}

fn into_suspense(
    payin: Option<PayinId>,
    reason: Mismatch,
    receipt: &Receipt,
    amount: Money,
) -> Result<Decided, Refusal> {
    let entry = suspense_entry(receipt, amount);
    happened([Event::PayinMismatched(Mismatched {
        payin,
        reason,
        receipt: receipt.clone(),
        entry,
    })])
}

pub(crate) fn decide_decline(
    state: &LedgerState,
    command: &RecordDecline,
) -> Result<Decided, Refusal> {
    let payin = state.payins.get(&command.payin).ok_or(Refusal::NotFound { field: "payin" })?;
    // Another provider was not asked, so its word changes nothing about this pay-in.
    if payin.provider != command.provider {
        return Err(Refusal::ExistsWithOtherTerms { field: "provider" });
    }
    match payin.status {
        Status::Created => happened([Event::PayinDeclined(Declined {
            payin: command.payin,
            object: command.object.clone(),
            reason: command.reason.clone(),
        })]),
        // A decline that comes after the money, or after expiry, changes nothing.
        Status::Declined | Status::Succeeded | Status::Expired => Ok(Decided::Already),
    }
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let payin = state.payins.get(&command.payin).ok_or(Refusal::NotFound { field: "payin" })?;
    match payin.status {
        Status::Created | Status::Declined if at < payin.expires_at => {
            Err(Refusal::TooEarly { due: payin.expires_at })
        }
        Status::Created | Status::Declined => {
            happened([Event::PayinExpired(Expired { payin: command.payin })])
        }
        Status::Expired => Ok(Decided::Already),
        Status::Succeeded => Err(Refusal::WrongState { state: payin.status.as_str() }),
    }
}

pub(crate) fn evolve_created(state: &mut LedgerState, event: &Created) {
    let payin = Payin {
        wallet: event.wallet,
        amount: event.amount,
        provider: event.provider,
        expires_at: event.expires_at,
        target: event.target,
        status: Status::Created,
    };
    state.payins.insert(event.payin, payin);
    wallet::begin(state, event.wallet);
}

pub(crate) fn evolve_succeeded(state: &mut LedgerState, event: &Succeeded) {
    book(state, &event.receipt);
    set_status(state, event.payin, Status::Succeeded);
    end(state, event.payin);
}

pub(crate) fn evolve_declined(state: &mut LedgerState, event: &Declined) {
    set_status(state, event.payin, Status::Declined);
}

pub(crate) fn evolve_expired(state: &mut LedgerState, event: &Expired) {
    set_status(state, event.payin, Status::Expired);
    end(state, event.payin);
}

pub(crate) fn evolve_succeeded_late(state: &mut LedgerState, event: &SucceededLate) {
    book(state, &event.receipt);
}

pub(crate) fn evolve_mismatched(state: &mut LedgerState, event: &Mismatched) {
    book(state, &event.receipt);
}

fn book(state: &mut LedgerState, receipt: &Receipt) {
    state.receipts.insert((receipt.provider, receipt.object.clone()), receipt.amount);
}

fn set_status(state: &mut LedgerState, id: PayinId, status: Status) {
    state.payins.modify(id, |payin| payin.status = status);
}

fn end(state: &mut LedgerState, id: PayinId) {
    let wallet: Option<WalletId> = state.payins.get(&id).map(|payin| payin.wallet);
    if let Some(wallet) = wallet {
        wallet::end(state, wallet);
    }
}
