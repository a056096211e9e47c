//! The rules of what providers tell of refunds.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rules::{back, end, named, wrong_state};
use super::{Borne, Failed, RecordFailure, RecordRefund, RecordTotal, Status, Succeeded, Told};
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::RefundId;
use crate::journal::{Draft, JournalEntry};
use crate::payin::targets::{Unwound, unwind_payment};
use crate::payin::{self, Payment, PaymentKey};
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Provider;

fn of_provider(provider: Provider, key: &PaymentKey) -> Result<(), Refusal> {
    if provider == key.0 {
        Ok(())
    } else {
        Err(Refusal::ExistsWithOtherTerms { field: "provider" })
    }
}

pub(crate) fn decide_refund(
    state: &LedgerState,
    command: &RecordRefund,
) -> Result<Decided, Refusal> {
    let refund = named(state, command.refund)?;
    of_provider(command.provider, &refund.payment)?;
    match refund.status {
        Status::Submitted => happened([Event::RefundSucceeded(Succeeded {
            refund: command.refund,
            object: command.object.clone(),
            entry: JournalEntry::transfer(
                Account::Refund(command.refund),
                Account::Clearing(command.provider),
                refund.amount,
            ),
        })]),
        // Once it failed, an older success says nothing new.
        Status::Succeeded | Status::Failed => Ok(Decided::Already),
        Status::Requested | Status::ToWallet | Status::GivenUp => wrong_state(refund),
    }
}

pub(crate) fn decide_failure(
    state: &LedgerState,
    command: &RecordFailure,
) -> Result<Decided, Refusal> {
    let refund = named(state, command.refund)?;
    of_provider(command.provider, &refund.payment)?;
    let from = match refund.status {
        Status::Submitted => Account::Refund(command.refund),
        Status::Succeeded => Account::Clearing(command.provider),
        Status::Failed => return Ok(Decided::Already),
        Status::Requested | Status::ToWallet | Status::GivenUp => return wrong_state(refund),
    };
    happened([Event::RefundFailed(Failed {
        refund: command.refund,
        provider: refund.payment.0,
        payment: refund.payment.1.clone(),
        object: command.object.clone(),
        reason: command.reason.clone(),
        entry: back(state, from, refund)?,
    })])
}

/// The id that a refund has which a provider made by itself: one for each total that it told.
fn outside(receipt: &Receipt) -> RefundId {
    let (provider, object, total) = (receipt.provider, &receipt.object, receipt.amount.minor());
    let name = format!("cauri:refunded outside:{provider}:{object}:{total}");
    RefundId(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

pub(crate) fn decide_total(state: &LedgerState, command: &RecordTotal) -> Result<Decided, Refusal> {
    let receipt = &command.receipt;
    if let Some(contradicted) = payin::contradiction(state, receipt) {
        return contradicted;
    }
    let key = (receipt.provider, receipt.object.clone());
    let known = payin::payment(state, &key);
    let ours = known.map_or(0, |payment| payment.sent.saturating_add(payment.outside));
    let more = receipt.amount.minor().saturating_sub(ours);
    let Some(amount) = crate::Money::from_minor(more, receipt.amount.currency()) else {
        return Ok(Decided::Already);
    };
    let refund = outside(receipt);
    happened([Event::RefundTold(Told {
        refund,
        receipt: receipt.clone(),
        amount,
        entry: JournalEntry::transfer(Account::Refund(refund), Account::Clearing(key.0), amount),
    })])
}

/// Takes what a provider gave back by itself from whom it came from, as soon as that is known:
/// what is in suspense first, then the wallet that had the money, and what nobody had is lost.
pub(crate) fn bear(
    state: &LedgerState,
    at: DateTime<Utc>,
    key: &PaymentKey,
    payment: &Payment,
) -> Option<Vec<Event>> {
    if payment.told == 0 {
        return None;
    }
    let (refund, minor) = *payment.unborne.first()?;
    let amount = payment.money(minor)?;
    let held = payment.held.min(minor);
    let rest = payment.money(minor - held);
    let unwound = rest.map(|rest| unwind_payment(state, at, (key, payment), rest));
    let Unwound { mut events, minor: back } = unwound.unwrap_or_default();
    let rest = payment.money((minor - held).saturating_sub(back));
    let draft = Draft::new(state).debit(Account::Suspense(key.0), payment.money(held));
    let draft = match payment.wallet {
        Some(wallet) => {
            draft.debit(Account::Wallet(wallet), payment.money(back)).take_all(wallet, rest)
        }
        None => draft.debit(Account::BadDebt, rest),
    };
    let entry = draft.credit(Account::Refund(refund), amount).entry().ok()?;
    let (provider, object) = key.clone();
    let wallet = payment.wallet;
    events.push(Event::RefundBorne(Borne { refund, provider, object, wallet, amount, entry }));
    Some(events)
}

pub(crate) fn evolve_succeeded(state: &mut LedgerState, event: &Succeeded) {
    end(state, event.refund, Status::Succeeded);
}

pub(crate) fn evolve_failed(state: &mut LedgerState, event: &Failed) {
    let Some(refund) = state.refunds.get(&event.refund) else { return };
    let (key, minor) = (refund.payment.clone(), refund.amount.minor());
    let (was, is_wallets) = (refund.status, refund.wallet.is_some());
    if was == Status::Succeeded {
        state.refunds.modify(event.refund, |refund| refund.status = Status::Failed);
        state.payments.modify(key.clone(), |payment| {
            if is_wallets {
                payment.refunded = payment.refunded.saturating_sub(minor);
            }
        });
    } else {
        end(state, event.refund, Status::Failed);
    }
    payin::hold(state, &key, &event.entry);
}

pub(crate) fn evolve_told(state: &mut LedgerState, event: &Told) {
    let key = (event.receipt.provider, event.receipt.object.clone());
    state.payments.update(key, |payment| {
        payment.currency.get_or_insert(event.receipt.amount.currency());
        payment.outside = payment.outside.saturating_add(event.amount.minor());
        payment.unborne.push((event.refund, event.amount.minor()));
    });
}

pub(crate) fn evolve_borne(state: &mut LedgerState, event: &Borne) {
    let key = (event.provider, event.object.clone());
    payin::hold(state, &key, &event.entry);
    state.payments.modify(key, |payment| {
        payment.unborne.retain(|(refund, _)| *refund != event.refund);
    });
}
