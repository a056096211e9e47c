//! The rules of usage.

use chrono::{DateTime, Days, Utc};
use rust_decimal::Decimal;

use super::rating::{cost, money};
use super::{Close, Closed, Metered, Open, QuotaSet, Record, Recorded, SetQuota, Used};
use crate::chart::Account;
use crate::commission::Placed;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::SubscriptionId;
use crate::invoice::{About, Desk, Line, Party, TaxPart, automatic_id};
use crate::journal::Draft;
use crate::money::Money;
use crate::plan::{Meter, Plan, UNITS_MOST};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::subscription::{Metering, Pay, Subscription};
use crate::text::Code;
use crate::wallet;

fn named(state: &LedgerState, id: SubscriptionId) -> Result<&Subscription, Refusal> {
    state.subscriptions.get(&id).ok_or(Refusal::NotFound { field: "subscription" })
}

fn plan_of<'a>(state: &'a LedgerState, open: &Open) -> Result<&'a Plan, Refusal> {
    let plan = state.plan_version(&open.plan.code, open.plan.version);
    plan.ok_or(Refusal::NotFound { field: "plan" })
}

fn meter_of<'a>(plan: &'a Plan, code: &Code) -> Option<&'a Meter> {
    plan.meters.iter().find(|meter| meter.code == *code)
}

fn count(counts: &super::Counts, meter: &Code) -> u64 {
    counts.get(meter).copied().unwrap_or_default()
}

pub(crate) fn decide_record(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Record,
) -> Result<Decided, Refusal> {
    let Record { subscription: id, meter: code, quantity, used_at, key } = command;
    let it = named(state, *id)?;
    if let Some(known) = state.usage_keys.get(&(*id, key.clone())) {
        let differs = [
            (known.meter != *code, "meter"),
            (known.quantity != *quantity, "quantity"),
            (known.used_at != *used_at, "usedAt"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    if !it.status.is_entitled() {
        return Err(Refusal::WrongState { state: it.status.as_str() });
    }
    let none = || Refusal::NotFound { field: "meter" };
    let metered = state.metered.get(id).ok_or_else(none)?;
    let open = metered.open.as_ref().ok_or_else(none)?;
    let plan = plan_of(state, open)?;
    let meter = meter_of(plan, code).ok_or_else(none)?;
    if *quantity == 0 || *quantity > UNITS_MOST {
        let allowed = "1 to 1000000000000";
        return Err(Refusal::InvalidSetting { field: "quantity", allowed });
    }
    let (zone, day) = (state.zone(), state.zone().day(*used_at));
    if *used_at > at || day < it.since {
        let allowed = "not later than now, and not before the subscription began";
        return Err(Refusal::InvalidSetting { field: "usedAt", allowed });
    }
    let late = day < open.span.start;
    let used = count(&open.used, code);
    let mut over = false;
    if late {
        // It must be possible to bill it.
        let told = count(&open.late, code).saturating_add(*quantity);
        late_cost(state, metered, meter, told)
            .and_then(|cost| money(cost, plan.currency))
            .ok_or(Refusal::AmountTooLarge {})?;
    } else {
        let then = used.saturating_add(*quantity);
        if let Some(quota) = state.quota(*id, code).filter(|quota| then > quota.limit) {
            if quota.hard {
                return Err(Refusal::QuotaExceeded {
                    meter: code.clone(),
                    limit: quota.limit,
                    used,
                    left: quota.limit.saturating_sub(used),
                    resets_at: zone.begins(open.span.end),
                });
            }
            over = true;
        }
        let cost = cost(meter, then).filter(|_| then <= UNITS_MOST);
        cost.and_then(|cost| money(cost, plan.currency)).ok_or(Refusal::AmountTooLarge {})?;
    }
    happened([Event::UsageRecorded(Recorded {
        subscription: *id,
        meter: code.clone(),
        quantity: *quantity,
        used_at: *used_at,
        day,
        key: key.clone(),
        late,
        over,
    })])
}

/// What usage told late costs: what it would have added to the period before, had it been told in
/// time. `None` beyond what a decimal can hold.
fn late_cost(state: &LedgerState, metered: &Metered, meter: &Meter, late: u64) -> Option<Decimal> {
    let before = metered.waiting.last().or(metered.before.as_ref());
    let then = before.and_then(|before| {
        let plan = state.plan_version(&before.plan.code, before.plan.version)?;
        Some((meter_of(plan, &meter.code)?, count(&before.used, &meter.code)))
    });
    let (meter, used) = then.unwrap_or((meter, 0));
    let more = cost(meter, used.saturating_add(late))?.checked_sub(cost(meter, used)?)?;
    // A price for all units may fall with one more: nothing is given back for that.
    Some(more.max(Decimal::ZERO))
}

pub(crate) fn decide_quota(state: &LedgerState, command: &SetQuota) -> Result<Decided, Refusal> {
    let SetQuota { subscription: id, meter, quota } = command;
    let it = named(state, *id)?;
    if it.status.has_ended() {
        return Err(Refusal::WrongState { state: it.status.as_str() });
    }
    let plan = state.plan_version(&it.slot.plan.code, it.slot.plan.version);
    if plan.and_then(|plan| meter_of(plan, meter)).is_none() {
        return Err(Refusal::NotFound { field: "meter" });
    }
    if quota.is_some_and(|quota| quota.limit > UNITS_MOST) {
        let allowed = "at most 1000000000000 units";
        return Err(Refusal::InvalidSetting { field: "limit", allowed });
    }
    if state.quotas.get(&(*id, meter.clone())) == quota.as_ref() {
        return Ok(Decided::Already);
    }
    let (subscription, meter, quota) = (*id, meter.clone(), *quota);
    happened([Event::QuotaSet(QuotaSet { subscription, meter, quota })])
}

pub(crate) fn decide_close(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Close,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = named(state, id)?;
    let Some(metered) = state.metered.get(&id) else { return Ok(Decided::Already) };
    let zone = state.zone();
    let (closing, next) = match (metered.waiting.first(), &metered.open) {
        (Some(waiting), _) => (waiting, None),
        (None, Some(open)) => {
            let due = zone.begins(open.span.end);
            if at < due {
                return Err(Refusal::TooEarly { due });
            }
            let plan = plan_of(state, open)?;
            let every = plan.usage_every.unwrap_or(plan.every);
            let span = every.span(open.anchor, open.nth.saturating_add(1));
            // Right after a trial, or where the calendar changed: from where this one ends.
            let span =
                if span.start == open.span.end { span } else { every.span(open.span.end, 0) };
            (open, Some(Metering { span, closes_at: zone.begins(span.end) }))
        }
        (None, None) => return Ok(Decided::Already),
    };
    let more = metered.waiting.len() > 1;
    let open_at = metered.open.as_ref().map(|open| zone.begins(open.span.end));
    let next_at = match &next {
        Some(next) => Some(next.closes_at),
        None if more => Some(at),
        None => open_at,
    };
    let lines = lines(state, metered, closing)?;
    let total = total(&lines)?;
    let plan = plan_of(state, closing)?;
    let mut desk = Desk::new(state);
    let mut closed = Closed {
        subscription: id,
        wallet: it.wallet,
        span: closing.span,
        plan: closing.plan.clone(),
        lines,
        total,
        invoice: None,
        next,
        next_at,
        entry: None,
    };
    if total.is_some() {
        let invoice = automatic_id(id, "usage", metered.closed);
        let about = About::Usage { subscription: id, period: closing.span };
        let billed: Vec<Line> =
            closed.lines.iter().filter(|it| it.net.is_some()).cloned().collect();
        if it.asked.pay == Pay::Invoice {
            let due_at = zone.begins(zone.day(at) + Days::new(plan.terms_days.into())).max(at);
            desk.invoice(invoice, Party::Platform, it.wallet, about, billed, Some(due_at))?;
            closed.invoice = Some(invoice);
        } else {
            let draft = Draft::new(state).take_back(it.wallet, total);
            closed.entry = Some(earned(draft, &billed).entry()?);
            desk.invoice(invoice, Party::Platform, it.wallet, about, billed, None)?;
        }
    }
    Ok(Decided::Happened(
        std::iter::once(Event::UsageClosed(closed)).chain(desk.issued()).collect(),
    ))
}

/// Credits what lines come to: usage, and its tax.
pub(crate) fn earned<'a>(draft: Draft<'a>, lines: &[Line]) -> Draft<'a> {
    lines.iter().fold(draft, |draft, line| {
        let draft = draft.credit(Account::UsageRevenue, line.net);
        match line.tax {
            Some(tax) => draft.credit(Account::Tax(tax.code), tax.amount),
            None => draft,
        }
    })
}

fn total(lines: &[Line]) -> Result<Option<Money>, Refusal> {
    let mut sum: Option<Money> = None;
    for line in lines {
        let Some(gross) = line.gross() else { continue };
        let minor = sum.map_or(0, Money::minor).checked_add(gross.minor());
        let minor = minor.ok_or(Refusal::AmountTooLarge {})?;
        sum = Money::from_minor(minor, gross.currency());
    }
    Ok(sum)
}

/// What was used of each meter, and told late of it, each rounded once.
fn lines(state: &LedgerState, metered: &Metered, closing: &Open) -> Result<Vec<Line>, Refusal> {
    let plan = plan_of(state, closing)?;
    let too_large = || Refusal::AmountTooLarge {};
    let mut lines = Vec::new();
    let mut add = |what: Code, quantity: u64, cost: Decimal| {
        let price = money(cost, plan.currency).ok_or_else(too_large)?;
        let tax = plan.tax.zip(price).and_then(|(tax, price)| TaxPart::of(tax, price));
        let inside = plan.tax.is_some_and(|tax| tax.placed == Placed::Inside);
        let less = tax.filter(|_| inside).map_or(0, |tax| tax.amount.minor());
        let net = price.and_then(|it| Money::from_minor(it.minor() - less, it.currency()));
        lines.push(Line { what, quantity: Some(quantity), net, tax });
        Ok::<(), Refusal>(())
    };
    for meter in &plan.meters {
        let used = count(&closing.used, &meter.code);
        if used > 0 {
            add(meter.code.clone(), used, cost(meter, used).ok_or_else(too_large)?)?;
        }
        let late = count(&closing.late, &meter.code);
        if late > 0 {
            let told_before = Metered { waiting: Vec::new(), ..metered.clone() };
            let cost = late_cost(state, &told_before, meter, late).ok_or_else(too_large)?;
            let what =
                format!("{}.late", &meter.code.as_str()[..meter.code.as_str().len().min(59)]);
            add(what.parse().map_err(|_| too_large())?, late, cost)?;
        }
    }
    Ok(lines)
}

pub(crate) fn evolve_recorded(state: &mut LedgerState, event: &Recorded) {
    let Recorded { subscription, meter, quantity, used_at, key, late, .. } = event.clone();
    state.metered.modify(subscription, |it| {
        if let Some(open) = &mut it.open {
            let counts = if late { &mut open.late } else { &mut open.used };
            let count = counts.entry(meter.clone()).or_default();
            *count = count.saturating_add(quantity);
        }
    });
    state.usage_keys.insert((subscription, key), Used { meter, quantity, used_at });
}

pub(crate) fn evolve_quota(state: &mut LedgerState, event: &QuotaSet) {
    let key = (event.subscription, event.meter.clone());
    match event.quota {
        Some(quota) => state.quotas.insert(key, quota),
        None => state.quotas.remove(key),
    }
}

pub(crate) fn evolve_closed(state: &mut LedgerState, event: &Closed) {
    let id = event.subscription;
    state.metered.modify(id, |it| {
        it.closed = it.closed.saturating_add(1);
        it.before = if it.waiting.is_empty() { it.open.take() } else { Some(it.waiting.remove(0)) };
        if let (Some(next), Some(before)) = (&event.next, &it.before) {
            let goes_on = next.span.start == before.span.end;
            it.open = Some(Open {
                span: next.span,
                plan: before.plan.clone(),
                anchor: before.anchor,
                nth: before.nth.saturating_add(u32::from(goes_on)),
                used: super::Counts::new(),
                late: super::Counts::new(),
            });
        }
    });
    let ended = state.subscriptions.get(&id).is_some_and(|it| it.status.has_ended());
    if ended && !super::is_open(state, id) {
        wallet::end(state, event.wallet);
    }
}
