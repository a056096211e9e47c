//! Going over to another plan, and taking a cancellation back.

use chrono::{DateTime, Utc};

use super::charge::{self, begun, issuer, plan_of, quote};
use super::ending::{credit, deferred_after, owes_nothing};
use super::recognise;
use super::rules::{first_slot, offered, theirs, wrong_state};
use super::{
    ChangePlan, ChangeScheduled, Changed, Pay, Resume, Resumed, Slot, Source, Status, Subscription,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::invoice::{About, Desk, automatic_id};
use crate::journal::Draft;
use crate::money::Money;
use crate::plan::{Payee, Plan, PlanVersion, Refund};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

pub(crate) fn decide_change(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &ChangePlan,
) -> Result<Decided, Refusal> {
    let ChangePlan { subscription: id, plan: code, price, at_once } = command;
    let it = theirs(state, actor, *id)?;
    match it.status {
        Status::Trialing | Status::Active if it.due.is_none() && !it.ending => {}
        Status::Awaiting
        | Status::Trialing
        | Status::Active
        | Status::PastDue
        | Status::Canceled
        | Status::Expired => return wrong_state(it),
    }
    let (plan, version, price) = offered(state, actor, code, *price, it.wallet)?;
    if plan.currency != plan_of(state, &it.slot.plan)?.currency {
        let allowed = "a plan in the same currency";
        return Err(Refusal::InvalidSetting { field: "plan", allowed });
    }
    by_invoice_only_the_platform(it.asked.pay, plan)?;
    let now = (it.slot.plan.clone(), it.slot.price);
    let wanted = (version.clone(), price);
    let already = if *at_once {
        now == wanted && it.scheduled.is_none()
    } else {
        it.scheduled.as_ref().unwrap_or(&now) == &wanted
    };
    if already {
        return Ok(Decided::Already);
    }
    if !at_once || now == wanted {
        let ends_at = state.zone().begins(it.slot.period.end);
        // Back to what it is: then it ends where that does.
        let last = now == wanted && it.slot.number > 0 && it.slot.left == Some(0);
        let scheduled = ChangeScheduled { subscription: *id, plan: version, price, ends_at, last };
        return happened([Event::SubscriptionChangeScheduled(scheduled)]);
    }
    change_now(state, actor, at, command, it, (plan, version, price))
}

/// A seller's own invoices are not the platform's to be paid by bank transfer.
pub(super) fn by_invoice_only_the_platform(pay: Pay, plan: &Plan) -> Result<(), Refusal> {
    match (pay, &plan.payee) {
        (Pay::Invoice, Payee::Seller { .. }) => {
            let allowed = "wallet or pay-in, where a seller is paid";
            Err(Refusal::InvalidSetting { field: "pay", allowed })
        }
        (Pay::Wallet | Pay::Payin | Pay::Invoice, _) => Ok(()),
    }
}

fn change_now(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &ChangePlan,
    it: &Subscription,
    (plan, version, price): (&Plan, PlanVersion, Option<Money>),
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let from = it.slot.plan.clone();
    if it.status == Status::Trialing {
        // The trial goes on, with what the other plan has in it.
        let slot = Slot { plan: version, price, ..it.slot.clone() };
        let begun = begun(state, at, id, slot, None)?;
        let changed =
            Changed { subscription: id, from, credit: None, begun: Box::new(begun), entry: None };
        return happened([Event::SubscriptionChanged(changed)]);
    }
    if it.asked.pay == Pay::Invoice {
        let allowed = "not at once, where it is paid by invoice";
        return Err(Refusal::InvalidSetting { field: "atOnce", allowed });
    }
    let today = recognise::today(state, at).1;
    let past = it.slot.period.past(today);
    let mut events: Vec<Event> = recognise::up_to(state, id, it, past).into_iter().collect();
    let credit = credit(it, past, Refund::Prorated);
    let slot = first_slot(plan, version, price, it.slot.number.saturating_add(1), today);
    let (mut draft, mut desk) = (Draft::new(state), Desk::new(state));
    let wallet = Account::Wallet(it.wallet);
    if let (Some(credit), Some(charge)) = (&credit, &it.charge) {
        owes_nothing(state, it.wallet, credit.gross)?;
        draft = match &credit.returned {
            Some(returned) => returned.give_back(draft, wallet),
            None => {
                credit.debit(draft, charge, deferred_after(it, past)).credit(wallet, credit.gross)
            }
        };
        if let Some(of) = charge.invoice {
            let issuer = issuer(plan_of(state, &it.slot.plan)?);
            let note = automatic_id(id, "credit", it.slot.number);
            desk.credit_note(note, issuer, of, (credit.gross, credit.tax), None, None)?;
        }
    }
    let mut charged = None;
    if let Some(price) = price {
        let quote = quote(state, at, plan, price)?;
        pays(state, actor, at, it, quote.gross, credit.as_ref().map(|credit| credit.gross))?;
        draft = quote.post(draft, wallet);
        let about = About::Period { subscription: id, period: slot.period };
        let invoice = automatic_id(id, "period", slot.number);
        let line = vec![quote.line(plan)];
        let issued = desk.invoice(invoice, issuer(plan), it.wallet, about, line, None)?;
        charged = Some(quote.charged(Source::Wallet, issued));
    }
    let moved = credit.is_some() || charged.is_some();
    let entry = if moved { Some(draft.entry()?) } else { None };
    let begun = charge::begun(state, at, id, slot, charged)?;
    let changed = Changed {
        subscription: id,
        from,
        credit: credit.map(Box::new),
        begun: Box::new(begun),
        entry,
    };
    events.push(Event::SubscriptionChanged(changed));
    events.extend(desk.issued());
    Ok(Decided::Happened(events))
}

/// Whether the wallet can pay the new price, with what it gets back.
fn pays(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    it: &Subscription,
    gross: Money,
    back: Option<Money>,
) -> Result<(), Refusal> {
    wallet::may_spend(state, actor, at, it.wallet, "subscription", gross)?;
    let more = gross.minor().saturating_sub(back.map_or(0, Money::minor));
    match Money::from_minor(more, gross.currency()) {
        Some(more) => wallet::has(state, it.wallet, more),
        None => Ok(()),
    }
}

pub(crate) fn decide_resume(
    state: &LedgerState,
    actor: &Actor,
    command: &Resume,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = theirs(state, actor, id)?;
    match it.status {
        Status::Trialing | Status::Active if it.ending => {
            let renews_at = state.zone().begins(it.slot.period.end);
            let last = it.slot.number > 0 && it.slot.left == Some(0) && it.scheduled.is_none();
            happened([Event::SubscriptionResumed(Resumed { subscription: id, renews_at, last })])
        }
        Status::Trialing | Status::Active => Ok(Decided::Already),
        Status::Awaiting | Status::PastDue | Status::Canceled | Status::Expired => wrong_state(it),
    }
}
