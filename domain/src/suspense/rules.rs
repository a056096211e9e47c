//! The rules of suspense.

use chrono::{DateTime, Utc};

use super::{Assign, Assigned, AssignedBy, Exit, SettleLate};
use crate::actor::Asker;
use crate::chart::Account;
use crate::decider::Decided;
use crate::event::Event;
use crate::ids::{PayinId, WalletId};
use crate::journal::Draft;
use crate::money::Money;
use crate::payin::{self, Payin, Payment, PaymentKey};
use crate::payments::{self, LatePolicy};
use crate::refund;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

const OBJECT: &str = "providerObject";

fn named<'a>(state: &'a LedgerState, key: &PaymentKey) -> Result<&'a Payment, Refusal> {
    payin::payment(state, key).ok_or(Refusal::NotFound { field: OBJECT })
}

pub(crate) fn decide_assign(
    state: &LedgerState,
    asker: &Asker<'_>,
    at: DateTime<Utc>,
    command: &Assign,
) -> Result<Decided, Refusal> {
    let Assign { provider, object, amount, to } = command;
    let key = (*provider, object.clone());
    let payment = named(state, &key)?;
    let Some(held) = payment.money(payment.held) else {
        return gone(state, &key, payment, *to);
    };
    if held.currency() != amount.currency() {
        return Err(Refusal::WrongCurrency { currency: amount.currency() });
    }
    if held != *amount {
        return Err(Refusal::TotalDiffers { field: "amount", total: held, expected: *amount });
    }
    if asker.proposed_by.is_none() {
        return Err(Refusal::FourEyesNeeded {});
    }
    match to {
        Exit::Wallet(wallet) => to_wallet(state, &key, payment, *wallet, held),
        Exit::Payin(id) => {
            let payin = state.payins.get(id).ok_or(Refusal::NotFound { field: "payin" })?;
            if payin.status == payin::Status::Succeeded {
                return Err(Refusal::WrongState { state: payin.status.as_str() });
            }
            if payin.amount != held {
                let (field, total) = ("payin", payin.amount);
                return Err(Refusal::TotalDiffers { field, total, expected: held });
            }
            to_payin(state, at, &key, *id, payin, AssignedBy::Person)
        }
    }
}

/// Nothing is there any more: it was assigned as is asked now, or otherwise.
fn gone(
    state: &LedgerState,
    key: &PaymentKey,
    payment: &Payment,
    to: Exit,
) -> Result<Decided, Refusal> {
    let is_so = match to {
        Exit::Wallet(wallet) => payment.wallet == Some(wallet),
        Exit::Payin(id) => {
            state.payins.get(&id).is_some_and(|payin| payin.paid_by.as_ref() == Some(key))
        }
    };
    if is_so { Ok(Decided::Already) } else { Err(Refusal::NotFound { field: OBJECT }) }
}

fn to_wallet(
    state: &LedgerState,
    key: &PaymentKey,
    payment: &Payment,
    wallet: WalletId,
    amount: Money,
) -> Result<Decided, Refusal> {
    wallet::may_receive(state, wallet, "wallet")?;
    let draft = Draft::new(state).debit(Account::Suspense(key.0), amount).pay(wallet, amount);
    let (provider, object) = key.clone();
    let (payin, meant, by) = (None, payment.payin, AssignedBy::Person);
    let entry = draft.entry()?;
    let assigned = Assigned { provider, object, wallet, payin, meant, amount, by, entry };
    Ok(Decided::Happened(vec![Event::SuspenseAssigned(assigned)]))
}

fn to_payin(
    state: &LedgerState,
    at: DateTime<Utc>,
    key: &PaymentKey,
    id: PayinId,
    payin: &Payin,
    by: AssignedBy,
) -> Result<Decided, Refusal> {
    let (wallet, amount) = (payin.payee(), payin.amount);
    wallet::may_receive(state, wallet, "payin")?;
    let draft = Draft::new(state).debit(Account::Suspense(key.0), amount);
    let (draft, taken) = payin::credited(state, at, draft, id, payin);
    let (provider, object) = key.clone();
    let (payin, meant, entry) = (Some(id), None, draft.entry()?);
    let assigned = Assigned { provider, object, wallet, payin, meant, amount, by, entry };
    let mut events = vec![Event::SuspenseAssigned(assigned)];
    events.extend(taken);
    Ok(Decided::Happened(events))
}

pub(crate) fn decide_late(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &SettleLate,
) -> Result<Decided, Refusal> {
    let id = command.payin;
    let payin = state.payins.get(&id).ok_or(Refusal::NotFound { field: "payin" })?;
    let held = payin.late.iter().filter_map(|key| {
        let payment = payin::payment(state, key).filter(|payment| payment.held > 0)?;
        Some((key, payment))
    });
    let held: Vec<_> = held.collect();
    let Some((key, payment)) = held.first() else {
        let wrong_state = Refusal::WrongState { state: payin.status.as_str() };
        return if payin.late.is_empty() { Err(wrong_state) } else { Ok(Decided::Already) };
    };
    let policy = payments::rules(state).late;
    match policy {
        LatePolicy::Hold => Err(Refusal::WrongState { state: policy.as_str() }),
        LatePolicy::Refund => {
            let refunds =
                held.iter().filter_map(|(key, payment)| refund::of_late(id, key, payment));
            Ok(Decided::Happened(refunds.collect()))
        }
        LatePolicy::Credit if payin.paid_by.is_some() => {
            Err(Refusal::WrongState { state: payin.status.as_str() })
        }
        // Part of it was given back meanwhile.
        LatePolicy::Credit if payment.held < payin.amount.minor() => {
            Err(Refusal::ExistsWithOtherTerms { field: "amount" })
        }
        LatePolicy::Credit => to_payin(state, at, key, id, payin, AssignedBy::Policy),
    }
}

pub(crate) fn evolve_assigned(state: &mut LedgerState, event: &Assigned) {
    let key = (event.provider, event.object.clone());
    payin::hold(state, &key, &event.entry);
    match event.payin {
        Some(id) => {
            state.payments.modify(key.clone(), |payment| payment.payin = Some(id));
            payin::paid(state, id, &key);
        }
        None => payin::settle(state, &key, event.wallet, event.amount.minor()),
    }
}
