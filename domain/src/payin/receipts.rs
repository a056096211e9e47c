//! The rules of money that a provider has for us: never refused, booked once.

use chrono::{DateTime, Utc};

use super::targets::{self, Paid};
use super::{
    Contradicted, FeeRecorded, Mismatch, Mismatched, Payin, PaymentKey, RecordProviderFee,
    RecordReceipt, Status, Succeeded, SucceededLate, Target, hold, set_status, settle, tell,
};
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{PayinId, WithdrawalId};
use crate::journal::{Draft, JournalEntry};
use crate::money::Money;
use crate::payments;
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

/// A receipt against what is known of its payment.
struct News<'a> {
    receipt: &'a Receipt,
    /// What of it is new, in minor units.
    more: u64,
    /// What of the payment waits in suspense.
    held: u64,
}

impl News<'_> {
    fn money(&self, minor: u64) -> Option<Money> {
        Money::from_minor(minor, self.receipt.amount.currency())
    }
}

/// Books what a provider has for us: never refused, at most once.
pub(crate) fn decide_receipt(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &RecordReceipt,
) -> Result<Decided, Refusal> {
    let receipt = &command.receipt;
    let known = state.payments.get(&(receipt.provider, receipt.object.clone()));
    if let Some(contradicted) = contradiction(state, receipt) {
        return contradicted;
    }
    let payin = known.and_then(|known| known.payin).or(command.payin);
    let named = payin.and_then(|id| state.payins.get(&id).map(|payin| (id, payin)));
    let news = News {
        receipt,
        more: receipt.amount.minor().saturating_sub(known.map_or(0, |known| known.told)),
        held: known.map_or(0, |known| known.held),
    };
    let is_named_only_now = named.is_some() && known.is_some_and(|known| known.payin.is_none());
    if news.more == 0 && !(is_named_only_now && news.held > 0) {
        return Ok(Decided::Already);
    }
    let Some((id, payin)) = named else {
        return mismatched(None, Mismatch::Reference, &news);
    };
    let there = news.held.saturating_add(news.more);
    let asked = payin.amount.minor();
    let taken = wallet::may_receive(state, payin.payee(), "wallet");
    let is_frozen = matches!(taken, Err(Refusal::WalletFrozen { .. }));
    let mismatch = [
        (payin.provider != receipt.provider, Mismatch::Provider),
        (payin.amount.currency() != receipt.amount.currency(), Mismatch::Currency),
        (is_paid_by(payin, receipt), Mismatch::Overpaid),
        (payin.status == Status::Succeeded, Mismatch::PaidAgain),
        (there < asked, Mismatch::Amount),
        (is_frozen, Mismatch::WalletFrozen),
        (taken.is_err(), Mismatch::WalletClosed),
    ];
    match mismatch.into_iter().find(|(differs, _)| *differs) {
        Some((_, reason)) => mismatched(Some(id), reason, &news),
        None if payin.status.is_open() => succeed(state, at, id, payin, &news),
        None => late(state, id, &news),
    }
}

fn is_paid_by(payin: &Payin, receipt: &Receipt) -> bool {
    let paid_by = payin.paid_by.as_ref();
    paid_by.is_some_and(|(provider, object)| {
        *provider == receipt.provider && *object == receipt.object
    })
}

/// A payment that is told in another currency than before is a provider gone mad: its first word
/// stands, and each other currency leaves one trace.
pub(crate) fn contradiction(
    state: &LedgerState,
    receipt: &Receipt,
) -> Option<Result<Decided, Refusal>> {
    let known = state.payments.get(&(receipt.provider, receipt.object.clone()))?;
    if known.told == 0 && known.outside == 0 {
        // Only a dispute was told of it, which may be in another currency than the payment.
        return None;
    }
    let currency = receipt.amount.currency();
    if known.currency.is_none_or(|first| first == currency) {
        return None;
    }
    let before = known.money(known.told.max(known.outside)).filter(|_| {
        // One trace for each currency is enough.
        !known.contradicted.contains(&currency)
    });
    Some(match before {
        None => Ok(Decided::Already),
        Some(before) => happened([Event::PayinContradicted(Contradicted {
            payin: known.payin,
            receipt: receipt.clone(),
            before,
        })]),
    })
}

/// The money is the payer's; what it pays for takes it in the same unit. What is more than asked
/// waits in suspense.
fn succeed(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: PayinId,
    payin: &Payin,
    news: &News<'_>,
) -> Result<Decided, Refusal> {
    let (receipt, asked) = (news.receipt, payin.amount.minor());
    let new = news.more.min(asked);
    let draft = Draft::new(state)
        .debit(Account::Clearing(receipt.provider), news.money(new))
        .debit(Account::Suspense(receipt.provider), news.money(asked - new));
    let (draft, taken) = credited(state, at, draft, id, payin);
    let (receipt, entry) = (receipt.clone(), draft.entry()?);
    let mut events = vec![Event::PayinSucceeded(Succeeded { payin: id, receipt, entry })];
    events.extend(taken);
    if let Some(over) = news.money(news.more - new) {
        events.push(mismatch_event(Some(id), Mismatch::Overpaid, news.receipt, over));
    }
    Ok(Decided::Happened(events))
}

/// Credits what was asked to whom it is for, and the events of what takes it from there.
pub(crate) fn credited<'a>(
    state: &LedgerState,
    at: DateTime<Utc>,
    draft: Draft<'a>,
    id: PayinId,
    payin: &Payin,
) -> (Draft<'a>, Vec<Event>) {
    let paid = Paid { payin: id, payer: payin.wallet, amount: payin.amount };
    let taken = payin.target.map(|target| targets::pay(state, at, &paid, &target));
    let taken = taken.unwrap_or_default();
    let draft = match payin.target {
        Some(Target::Wallet(other)) => draft.pay(other, payin.amount),
        // What the target takes at once is not used to pay what the payer owes.
        Some(_) if !taken.is_empty() => draft.credit(Account::Wallet(payin.wallet), payin.amount),
        Some(_) | None => draft.pay(payin.wallet, payin.amount),
    };
    (draft, taken)
}

fn late(state: &LedgerState, id: PayinId, news: &News<'_>) -> Result<Decided, Refusal> {
    let Some(more) = news.money(news.more) else { return Ok(Decided::Already) };
    happened([Event::PayinSucceededLate(SucceededLate {
        payin: id,
        receipt: news.receipt.clone(),
        policy: Some(payments::rules(state).late),
        entry: suspense_entry(news.receipt, more),
    })])
}

fn suspense_entry(receipt: &Receipt, amount: Money) -> JournalEntry {
    let provider = receipt.provider;
    JournalEntry::transfer(Account::Clearing(provider), Account::Suspense(provider), amount)
}

fn mismatched(
    payin: Option<PayinId>,
    reason: Mismatch,
    news: &News<'_>,
) -> Result<Decided, Refusal> {
    match news.money(news.more) {
        Some(more) => happened([mismatch_event(payin, reason, news.receipt, more)]),
        None => Ok(Decided::Already),
    }
}

fn mismatch_event(
    payin: Option<PayinId>,
    reason: Mismatch,
    receipt: &Receipt,
    amount: Money,
) -> Event {
    let entry = suspense_entry(receipt, amount);
    Event::PayinMismatched(Mismatched { payin, reason, receipt: receipt.clone(), entry })
}

/// Books what a provider takes: the largest total that was told.
pub(crate) fn decide_fee(
    state: &LedgerState,
    command: &RecordProviderFee,
) -> Result<Decided, Refusal> {
    let receipt = &command.receipt;
    let before = state.provider_fees.get(&fee_key(receipt, command.withdrawal));
    if before.is_some_and(|before| before.currency() != receipt.amount.currency()) {
        return Err(Refusal::ExistsWithOtherTerms { field: "currency" });
    }
    let more = receipt.amount.minor().saturating_sub(before.map_or(0, |before| before.minor()));
    let Some(more) = Money::from_minor(more, receipt.amount.currency()) else {
        return Ok(Decided::Already);
    };
    let to = Account::Clearing(receipt.provider);
    happened([Event::PayinFeeRecorded(FeeRecorded {
        receipt: receipt.clone(),
        withdrawal: command.withdrawal,
        entry: JournalEntry::transfer(Account::ProviderFees, to, more),
    })])
}

/// A provider may count its payments and its payouts from the same number.
fn fee_key(receipt: &Receipt, withdrawal: Option<WithdrawalId>) -> PaymentKey {
    let of = |id: WithdrawalId| id.to_string().parse().expect("a UUID is an object's id");
    (receipt.provider, withdrawal.map_or_else(|| receipt.object.clone(), of))
}

fn key(receipt: &Receipt) -> PaymentKey {
    (receipt.provider, receipt.object.clone())
}

pub(crate) fn evolve_succeeded(state: &mut LedgerState, event: &Succeeded) {
    let key = key(&event.receipt);
    tell(state, Some(event.payin), &event.receipt);
    hold(state, &key, &event.entry);
    paid(state, event.payin, &key);
}

/// A payment has paid a pay-in.
pub(crate) fn paid(state: &mut LedgerState, id: PayinId, by: &PaymentKey) {
    let Some(payin) = state.payins.get(&id) else { return };
    let (payee, amount, was_open) = (payin.payee(), payin.amount, payin.status.is_open());
    let (owner, target) = (payin.wallet, payin.target);
    settle(state, by, payee, amount.minor());
    set_status(state, id, Status::Succeeded);
    state.payins.modify(id, |payin| {
        payin.paid_by = Some(by.clone());
        payin.open_object = None;
    });
    if let Some(target) = target {
        state.paid_for.update(target.whole(), |payments| payments.push(by.clone()));
    }
    if was_open {
        wallet::end(state, owner);
    }
}

pub(crate) fn evolve_succeeded_late(state: &mut LedgerState, event: &SucceededLate) {
    let late = key(&event.receipt);
    state.payins.modify(event.payin, |payin| {
        if !payin.late.contains(&late) {
            payin.late.push(late);
        }
    });
    tell(state, Some(event.payin), &event.receipt);
    hold(state, &key(&event.receipt), &event.entry);
}

pub(crate) fn evolve_mismatched(state: &mut LedgerState, event: &Mismatched) {
    tell(state, event.payin, &event.receipt);
    hold(state, &key(&event.receipt), &event.entry);
}

pub(crate) fn evolve_contradicted(state: &mut LedgerState, event: &Contradicted) {
    let currency = event.receipt.amount.currency();
    state.payments.update(key(&event.receipt), |payment| payment.contradicted.push(currency));
}

pub(crate) fn evolve_fee(state: &mut LedgerState, event: &FeeRecorded) {
    state.provider_fees.insert(fee_key(&event.receipt, event.withdrawal), event.receipt.amount);
}
