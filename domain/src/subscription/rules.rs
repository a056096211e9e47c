//! Beginning and renewing.

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::change::by_invoice_only_the_platform;
use super::charge::{self, Charging, is_due, pays_by_invoice, plan_of};
use super::{
    AWAITED_HOURS, Due, Pay, PayNow, PaymentFailed, Renew, Retry, Slot, Source, Started, Status,
    Subscribe, Subscription, Terms, recognise,
};
use crate::actor::Actor;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{InvoiceId, SubscriptionId, WalletId};
use crate::money::Money;
use crate::payin::targets::Paid as TargetPaid;
use crate::plan::{Payee, Plan, PlanVersion, Span};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

pub(super) fn named(state: &LedgerState, id: SubscriptionId) -> Result<&Subscription, Refusal> {
    state.subscriptions.get(&id).ok_or(Refusal::NotFound { field: "subscription" })
}

/// The subscription, if it is the actor's.
pub(super) fn theirs<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    id: SubscriptionId,
) -> Result<&'a Subscription, Refusal> {
    let it = named(state, id)?;
    wallet::theirs(state, actor, it.wallet, "subscription")?;
    Ok(it)
}

pub(super) fn wrong_state<T>(it: &Subscription) -> Result<T, Refusal> {
    Err(Refusal::WrongState { state: it.status.as_str() })
}

/// The plan as it is offered now, with the price of a period.
pub(super) fn offered<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    code: &Code,
    price: Option<Money>,
    wallet: WalletId,
) -> Result<(&'a Plan, PlanVersion, Option<Money>), Refusal> {
    let known = state.plan(code).filter(|(plan, _)| plan.offered);
    let (plan, version) = known.ok_or(Refusal::NotFound { field: "plan" })?;
    let version = PlanVersion { code: code.clone(), version };
    state.settings()?.takes(plan.currency)?;
    if price.is_some_and(|price| price.currency() != plan.currency) {
        let allowed = "an amount in the plan's currency";
        return Err(Refusal::InvalidSetting { field: "price", allowed });
    }
    // Nobody names a price of their own.
    if price.is_some() && actor.role.is_party() {
        return Err(Refusal::Forbidden { role: actor.role });
    }
    if matches!(&plan.payee, Payee::Seller { wallet: seller, .. } if *seller == wallet) {
        return Err(Refusal::SameWallet { field: "wallet" });
    }
    Ok((plan, version, price.or(plan.price)))
}

/// The first period of a plan, from a day on.
pub(super) fn first_slot(
    plan: &Plan,
    version: PlanVersion,
    price: Option<Money>,
    number: u32,
    anchor: chrono::NaiveDate,
) -> Slot {
    let left = plan.ends_after.map(|periods| periods.saturating_sub(1));
    let period = plan.every.span(anchor, 0);
    Slot { plan: version, price, number, anchor, nth: 0, left, period }
}

pub(crate) fn decide_subscribe(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Subscribe,
) -> Result<Decided, Refusal> {
    let Subscribe { subscription: id, wallet, plan: code, price, pay, trial } = command;
    let asked = Terms { plan: code.clone(), price: *price, pay: *pay, trial: *trial };
    wallet::theirs(state, actor, *wallet, "wallet")?;
    if let Some(known) = state.subscriptions.get(id) {
        return same_terms(known, *wallet, &asked);
    }
    let wallet = *wallet;
    wallet::not_frozen(wallet::named(state, wallet, "wallet")?, "wallet")?;
    let (plan, version, price) = offered(state, actor, code, *price, wallet)?;
    by_invoice_only_the_platform(*pay, plan)?;
    if *pay == Pay::Invoice && actor.role.is_party() {
        return Err(Refusal::Forbidden { role: actor.role });
    }
    let (zone, today) = recognise::today(state, at);
    let had_trial = state.trials.get(&(wallet, code.clone())).is_some();
    if *trial && plan.trial_days > 0 && !had_trial {
        let end = today + Days::new(plan.trial_days.into());
        let period = Span { start: today, end };
        let slot =
            Slot { plan: version, price, number: 0, anchor: today, nth: 0, left: None, period };
        let metering = charge::metering(state, at, *id, &slot)?.0;
        let due_at = Some(zone.begins(end));
        let subscription = *id;
        return happened([Event::SubscriptionStarted(Started {
            subscription,
            wallet,
            asked,
            slot,
            trial: true,
            due_at,
            metering,
        })]);
    }
    let slot = first_slot(plan, version, price, 1, today);
    let waits = *pay == Pay::Payin && price.is_some();
    let started = Event::SubscriptionStarted(Started {
        subscription: *id,
        wallet,
        asked,
        slot: slot.clone(),
        trial: false,
        due_at: waits.then(|| at + TimeDelta::hours(AWAITED_HOURS)),
        metering: None,
    });
    let more = match (pay, price) {
        _ if waits => {
            // A price that could not be charged is refused now.
            price.map(|price| charge::quote(state, at, plan, price)).transpose()?;
            Vec::new()
        }
        (Pay::Invoice, _) => charge::invoiced(state, at, *id, wallet, slot, None)?,
        (Pay::Wallet | Pay::Payin, _) => {
            if let Some(price) = price {
                let gross = charge::quote(state, at, plan, price)?.gross;
                wallet::may_spend(state, actor, at, wallet, "wallet", gross)?;
            }
            let source = Source::Wallet;
            let (id, renewal) = (*id, false);
            let charging =
                Charging { id, wallet, slot, source, renewal, before: None, invoice: None };
            charging.begin(state, at)?
        }
    };
    Ok(Decided::Happened(std::iter::once(started).chain(more).collect()))
}

fn same_terms(known: &Subscription, wallet: WalletId, asked: &Terms) -> Result<Decided, Refusal> {
    let differs = [
        (known.wallet != wallet, "wallet"),
        (known.asked.plan != asked.plan, "plan"),
        (known.asked.price != asked.price, "price"),
        (known.asked.pay != asked.pay, "pay"),
        (known.asked.trial != asked.trial, "trial"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

/// The period after the present one: of the same plan, or of the one it goes over to.
fn next_slot(state: &LedgerState, it: &Subscription) -> Result<Slot, Refusal> {
    let now = &it.slot;
    let number = now.number.saturating_add(1);
    let day = now.period.end;
    if now.number == 0 {
        // The trial is over: the plan is as it was then.
        let (version, price) = it.scheduled.clone().unwrap_or((now.plan.clone(), now.price));
        return Ok(first_slot(plan_of(state, &version)?, version, price, number, day));
    }
    if let Some((version, price)) = it.scheduled.clone() {
        return Ok(first_slot(plan_of(state, &version)?, version, price, number, day));
    }
    let plan = plan_of(state, &now.plan)?;
    let nth = now.nth.saturating_add(1);
    let left = now.left.map(|left| left.saturating_sub(1));
    let period = plan.every.span(now.anchor, nth);
    Ok(Slot { number, nth, left, period, ..now.clone() })
}

pub(crate) fn decide_renew(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Renew,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = named(state, id)?;
    match it.status {
        Status::Trialing | Status::Active => {}
        Status::Awaiting | Status::PastDue | Status::Canceled | Status::Expired => {
            return wrong_state(it);
        }
    }
    if it.due.is_some() {
        return Err(Refusal::WrongState { state: "unpaid" });
    }
    if it.ending || (it.slot.number > 0 && it.slot.left == Some(0) && it.scheduled.is_none()) {
        return Err(Refusal::WrongState { state: "ending" });
    }
    let due = state.zone().begins(it.slot.period.end);
    if at < due {
        return Err(Refusal::TooEarly { due });
    }
    let slot = next_slot(state, it)?;
    if pays_by_invoice(it) {
        return Ok(Decided::Happened(charge::invoiced(state, at, id, it.wallet, slot, Some(it))?));
    }
    let due = Due { slot, since: due, invoice: None, tries: 0, retry_at: None, expires_at: None };
    charge_or_fail(state, at, id, it, &due)
}

/// Charges a period that is due, or puts on record why not.
fn charge_or_fail(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    it: &Subscription,
    due: &Due,
) -> Result<Decided, Refusal> {
    let result = if due.invoice.is_some() {
        Err("INVOICE_UNPAID")
    } else {
        let (wallet, slot, before) = (it.wallet, due.slot.clone(), Some(it));
        let source = Source::Wallet;
        let charging = Charging { id, wallet, slot, source, renewal: true, before, invoice: None };
        charging.begin(state, at).map_err(|refusal| refusal.code())
    };
    match result {
        Ok(events) => Ok(Decided::Happened(events)),
        Err(code) => happened([failed(state, at, id, it, due, code)?]),
    }
}

/// A period was not paid: when it is tried again, or how long it is waited for.
fn failed(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    it: &Subscription,
    due: &Due,
    code: &'static str,
) -> Result<Event, Refusal> {
    let zone = state.zone();
    let plan = plan_of(state, &it.slot.plan)?;
    let after = |from: DateTime<Utc>, days: u16| {
        zone.begins(zone.day(from) + Days::new(days.into())).max(from)
    };
    let tries = due.tries.saturating_add(1);
    let place = usize::try_from(due.tries).unwrap_or(usize::MAX);
    // An invoice is not tried again: it is paid or it is not.
    let retry = plan.dunning.retry_days.get(place).filter(|_| due.invoice.is_none());
    let retry_at = retry.map(|days| after(due.since, *days));
    let expires_at = retry_at.is_none().then(|| after(at, plan.dunning.grace_days));
    let code = code.parse().expect("codes are references");
    let slot = due.slot.clone();
    Ok(Event::SubscriptionPaymentFailed(PaymentFailed {
        subscription: id,
        slot,
        code,
        since: due.since,
        tries,
        retry_at,
        expires_at,
    }))
}

pub(crate) fn decide_retry(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Retry,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = named(state, id)?;
    let due = it.due.as_ref().filter(|_| matches!(it.status, Status::PastDue | Status::Active));
    let Some(due) = due else { return wrong_state(it) };
    match due.retry_at {
        Some(retry_at) if at < retry_at => Err(Refusal::TooEarly { due: retry_at }),
        Some(_) => charge_or_fail(state, at, id, it, due),
        // It was tried for the last time.
        None => wrong_state(it),
    }
}

pub(crate) fn decide_pay(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &PayNow,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = theirs(state, actor, id)?;
    if !is_due(it.status) {
        return wrong_state(it);
    }
    let Some((slot, invoice)) = awaited(state, at, it)? else { return Ok(Decided::Already) };
    pay_from(state, at, id, it, slot, invoice, Source::Wallet).map(Decided::Happened)
}

/// What is to be paid, and the invoice of it.
fn awaited(
    state: &LedgerState,
    at: DateTime<Utc>,
    it: &Subscription,
) -> Result<Option<(Slot, Option<InvoiceId>)>, Refusal> {
    let Some(due) = &it.due else { return Ok(None) };
    let Slot { plan, price, number, .. } = due.slot.clone();
    if it.status == Status::Awaiting {
        // What was waited for begins on the day it is paid.
        let today = recognise::today(state, at).1;
        let slot = first_slot(plan_of(state, &plan)?, plan, price, number, today);
        return Ok(Some((slot, None)));
    }
    Ok(Some((due.slot.clone(), due.invoice)))
}

fn pay_from(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    it: &Subscription,
    slot: Slot,
    invoice: Option<InvoiceId>,
    source: Source,
) -> Result<Vec<Event>, Refusal> {
    let before = Some(it);
    let charging = Charging { id, wallet: it.wallet, slot, source, renewal: true, before, invoice };
    let mut events = charging.begin(state, at)?;
    if let Some(invoice) = invoice {
        events.push(crate::invoice::paid_with_its_period(invoice));
    }
    Ok(events)
}

/// Whether a pay-in may be begun for it.
pub(crate) fn may_be_paid(state: &LedgerState, id: SubscriptionId) -> Result<(), Refusal> {
    let it = state.subscriptions.get(&id).ok_or(Refusal::NotFound { field: "target" })?;
    if it.status.has_ended() { wrong_state(it) } else { Ok(()) }
}

/// What it makes of a pay-in's money in the same unit: the period that is due is paid. Where none
/// is, or the money is not enough, it stays in the wallet, and pays the next.
pub(crate) fn pay_from_payin(
    state: &LedgerState,
    at: DateTime<Utc>,
    paid: &TargetPaid,
    id: SubscriptionId,
) -> Vec<Event> {
    let Some(it) = state.subscriptions.get(&id).filter(|it| is_due(it.status)) else {
        return Vec::new();
    };
    let awaited = awaited(state, at, it).ok().flatten();
    let Some((slot, invoice)) = awaited.filter(|_| it.wallet == paid.payer) else {
        return Vec::new();
    };
    let enough = |slot: &Slot| {
        let price = slot.price?;
        let gross = charge::quote(state, at, plan_of(state, &slot.plan).ok()?, price).ok()?.gross;
        let same = gross.currency() == paid.amount.currency();
        (same && gross.minor() <= paid.amount.minor()).then_some(())
    };
    if enough(&slot).is_none() {
        return Vec::new();
    }
    pay_from(state, at, id, it, slot, invoice, Source::Payin(paid.payin)).unwrap_or_default()
}
