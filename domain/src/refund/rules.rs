//! The rules of the refunds that are asked for here.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Failed, Of, Refund, Request, Requested, Status, Submit, Submitted, ToWallet, WentToWallet,
};
use crate::actor::Asker;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::ids::{PayinId, RefundId};
use crate::journal::{Draft, JournalEntry};
use crate::money::Money;
use crate::payin::targets::{Unwound, unwind_payment};
use crate::payin::{self, Payment, PaymentKey};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

pub(crate) fn decide_request(
    state: &LedgerState,
    asker: &Asker<'_>,
    at: DateTime<Utc>,
    command: &Request,
) -> Result<Decided, Refusal> {
    if let Some(known) = state.refunds.get(&command.refund) {
        return same_terms(known, command);
    }
    match &command.of {
        Of::Payin(id) => of_payin(state, asker, at, *id, command),
        Of::Suspense(provider, object) => {
            let key = (*provider, object.clone());
            let held = payin::payment(state, &key).filter(|it| it.held > 0 && it.told > 0);
            let payment = held.ok_or(Refusal::NotFound { field: "of" })?;
            enough(payment, payment.held, command.amount)?;
            if asker.proposed_by.is_none() {
                return Err(Refusal::FourEyesNeeded {});
            }
            let Request { refund, amount, reason, .. } = command;
            let event = of_suspense(*refund, &key, payment, *amount, reason.clone());
            happened([event])
        }
    }
}

fn same_terms(known: &Refund, asked: &Request) -> Result<Decided, Refusal> {
    let differs = [
        (known.of != asked.of, "of"),
        (known.amount.currency() != asked.amount.currency(), "currency"),
        (known.amount != asked.amount, "amount"),
        (known.reason != asked.reason, "reason"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

/// Whether `left` minor units of the payment are enough for the amount.
fn enough(payment: &Payment, left: u64, amount: Money) -> Result<(), Refusal> {
    let currency = amount.currency();
    if payment.currency != Some(currency) {
        return Err(Refusal::WrongCurrency { currency });
    }
    if amount.minor() > left {
        return Err(Refusal::RefundExceeds { left: i128::from(left), asked: amount });
    }
    Ok(())
}

fn of_payin(
    state: &LedgerState,
    asker: &Asker<'_>,
    at: DateTime<Utc>,
    id: PayinId,
    command: &Request,
) -> Result<Decided, Refusal> {
    let payin = state.payins.get(&id).ok_or(Refusal::NotFound { field: "of" })?;
    let wrong_state = Refusal::WrongState { state: payin.status.as_str() };
    let key = payin.paid_by.clone().ok_or_else(|| wrong_state.clone())?;
    let payment = payin::payment(state, &key).ok_or(wrong_state)?;
    let amount = command.amount;
    enough(payment, payment.settled.saturating_sub(payment.given()), amount)?;
    four_eyes::needed(state, asker, amount)?;
    let payer = payin.payee();
    let Unwound { mut events, minor } = unwind_payment(state, at, (&key, payment), amount);
    let back = Money::from_minor(minor, amount.currency());
    let rest = Money::from_minor(amount.minor().saturating_sub(minor), amount.currency());
    if let Some(rest) = rest.filter(|_| !command.into_debt) {
        let balance = |account| state.books.balance(account, rest.currency()).max(0);
        let there = balance(Account::Wallet(payer)) + balance(Account::Reserve(payer));
        if there < i128::from(rest.minor()) {
            return Err(Refusal::InsufficientFunds { available: there, needed: rest });
        }
    }
    let draft = Draft::new(state)
        .debit(Account::Wallet(payer), back)
        .take_all(payer, rest)
        .credit(Account::Refund(command.refund), amount);
    let (provider, object) = key;
    events.push(Event::RefundRequested(Requested {
        refund: command.refund,
        of: command.of.clone(),
        provider,
        object,
        payin: None,
        wallet: Some(payer),
        amount,
        reason: command.reason.clone(),
        entry: draft.entry()?,
    }));
    Ok(Decided::Happened(events))
}

fn of_suspense(
    refund: RefundId,
    key: &PaymentKey,
    payment: &Payment,
    amount: Money,
    reason: Code,
) -> Event {
    let (provider, object) = key.clone();
    let (from, to) = (Account::Suspense(provider), Account::Refund(refund));
    Event::RefundRequested(Requested {
        refund,
        of: Of::Suspense(provider, object.clone()),
        provider,
        object,
        payin: payment.payin,
        wallet: None,
        amount,
        reason,
        entry: JournalEntry::transfer(from, to, amount),
    })
}

/// Late money goes back, all of it, under an id made of its payment.
pub(crate) fn of_late(payin: PayinId, key: &PaymentKey, payment: &Payment) -> Option<Event> {
    let amount = payment.money(payment.held)?;
    let name = format!("late:{}:{}:{}", key.0, key.1, payment.told);
    let refund = RefundId(Uuid::new_v5(&payin.0, name.as_bytes()));
    let reason = "late".parse().expect("a word in lower case");
    Some(of_suspense(refund, key, payment, amount, reason))
}

pub(super) fn named(state: &LedgerState, id: RefundId) -> Result<&Refund, Refusal> {
    state.refunds.get(&id).ok_or(Refusal::NotFound { field: "refund" })
}

pub(super) fn wrong_state(refund: &Refund) -> Result<Decided, Refusal> {
    Err(Refusal::WrongState { state: refund.status.as_str() })
}

pub(crate) fn decide_submit(state: &LedgerState, command: &Submit) -> Result<Decided, Refusal> {
    let refund = named(state, command.refund)?;
    match refund.status {
        Status::Requested if is_overtaken(state, refund) => {
            happened([Event::RefundFailed(Failed {
                refund: command.refund,
                provider: refund.payment.0,
                payment: refund.payment.1.clone(),
                object: None,
                reason: "overtaken".parse().expect("a word in lower case"),
                entry: back(state, Account::Refund(command.refund), refund)?,
            })])
        }
        Status::Requested => happened([Event::RefundSubmitted(Submitted {
            refund: command.refund,
            provider: refund.payment.0,
        })]),
        Status::Submitted | Status::Succeeded => Ok(Decided::Already),
        Status::ToWallet | Status::Failed | Status::GivenUp => wrong_state(refund),
    }
}

/// Whether a dispute, or the provider by itself, has taken meanwhile what this would give back.
fn is_overtaken(state: &LedgerState, refund: &Refund) -> bool {
    let Some(payment) = payin::payment(state, &refund.payment) else { return false };
    match refund.of {
        Of::Payin(_) => payment.given() > payment.settled,
        Of::Suspense(..) => {
            let taken = payment.outside.saturating_add(payment.disputed);
            let left = payment.told.saturating_sub(taken);
            refund.amount.minor() > left
        }
    }
}

/// The way back: to the wallet, as any credit, or into suspense when it is not there to take it.
pub(super) fn back(
    state: &LedgerState,
    from: Account,
    refund: &Refund,
) -> Result<JournalEntry, Refusal> {
    let draft = Draft::new(state).debit(from, refund.amount);
    let open = |id| wallet::may_receive(state, id, "wallet").is_ok();
    let draft = match refund.wallet.filter(|id| open(*id)) {
        Some(wallet) => draft.pay(wallet, refund.amount),
        None => draft.credit(Account::Suspense(refund.payment.0), refund.amount),
    };
    draft.entry()
}

pub(crate) fn decide_to_wallet(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &ToWallet,
) -> Result<Decided, Refusal> {
    let refund = named(state, command.refund)?;
    match refund.status {
        Status::Requested => {
            let payment = payin::payment(state, &refund.payment);
            let payin = payment.and_then(|it| it.payin).and_then(|id| state.payins.get(&id));
            let wallet = payin.ok_or(Refusal::NotFound { field: "payin" })?.wallet;
            four_eyes::needed(state, asker, refund.amount)?;
            wallet::may_receive(state, wallet, "payin")?;
            let draft = Draft::new(state).debit(Account::Refund(command.refund), refund.amount);
            happened([Event::RefundWentToWallet(WentToWallet {
                refund: command.refund,
                wallet,
                entry: draft.pay(wallet, refund.amount).entry()?,
            })])
        }
        Status::ToWallet => Ok(Decided::Already),
        Status::Submitted | Status::Succeeded | Status::Failed | Status::GivenUp => {
            wrong_state(refund)
        }
    }
}

pub(crate) fn evolve_requested(state: &mut LedgerState, event: &Requested) {
    let key = (event.provider, event.object.clone());
    payin::hold(state, &key, &event.entry);
    if event.wallet.is_some() {
        let minor = event.amount.minor();
        state.payments.modify(key.clone(), |payment| payment.refunding += minor);
    }
    if let Some(wallet) = event.wallet {
        wallet::begin(state, wallet);
    }
    let refund = Refund {
        of: event.of.clone(),
        payment: key,
        wallet: event.wallet,
        amount: event.amount,
        reason: event.reason.clone(),
        status: Status::Requested,
    };
    state.refunds.insert(event.refund, refund);
}

pub(crate) fn evolve_submitted(state: &mut LedgerState, event: &Submitted) {
    state.refunds.modify(event.refund, |refund| refund.status = Status::Submitted);
    let Some(refund) = state.refunds.get(&event.refund) else { return };
    let (key, minor) = (refund.payment.clone(), refund.amount.minor());
    state.payments.modify(key, |payment| payment.sent = payment.sent.saturating_add(minor));
}

pub(crate) fn evolve_to_wallet(state: &mut LedgerState, event: &WentToWallet) {
    end(state, event.refund, Status::ToWallet);
}

/// What giving it up posts: all that is under way, into an account.
pub(crate) fn given_up(
    state: &LedgerState,
    id: RefundId,
    into: Account,
) -> Result<JournalEntry, Refusal> {
    let refund = state.refunds.get(&id).ok_or(Refusal::NotFound { field: "instance" })?;
    match refund.status {
        Status::Requested | Status::Submitted => {
            Ok(JournalEntry::transfer(Account::Refund(id), into, refund.amount))
        }
        Status::Succeeded | Status::ToWallet | Status::Failed | Status::GivenUp => {
            Err(Refusal::WrongState { state: refund.status.as_str() })
        }
    }
}

/// It has ended: a fact that other events tell.
pub(crate) fn give_up(state: &mut LedgerState, id: RefundId) {
    end(state, id, Status::GivenUp);
}

/// A refund under way has ended; what of it was given back counts as such.
pub(super) fn end(state: &mut LedgerState, id: RefundId, status: Status) {
    let Some(refund) = state.refunds.get(&id) else { return };
    let (key, wallet, minor) = (refund.payment.clone(), refund.wallet, refund.amount.minor());
    state.refunds.modify(id, |refund| refund.status = status);
    let Some(wallet) = wallet else { return };
    state.payments.modify(key, |payment| {
        payment.refunding = payment.refunding.saturating_sub(minor);
        if matches!(status, Status::Succeeded | Status::ToWallet) {
            payment.refunded = payment.refunded.saturating_add(minor);
        }
    });
    wallet::end(state, wallet);
}
