//! What was paid in advance becomes revenue, by days.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{Paid, Recognise, Recognised, Slot, Subscription};
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::SubscriptionId;
use crate::journal::JournalEntry;
use crate::limits::Zone;
use crate::money::Money;
use crate::plan::{Recognition, Span, next_month};
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// What the first `past` of `days` days earn of `minor`: straight line, by largest remainder. The
/// first days have one unit more where it does not divide.
#[must_use]
pub fn earned(minor: u64, days: u32, past: u32) -> u64 {
    let (days, past) = (u64::from(days.max(1)), u64::from(past.min(days)));
    (minor / days) * past + (minor % days).min(past)
}

/// The next day on which some of a period is to be recognised, after `through`.
pub(super) fn next_day(how: Recognition, period: Span, through: NaiveDate) -> Option<NaiveDate> {
    if through >= period.end {
        return None;
    }
    let day = match how {
        Recognition::Day => through + Days::new(1),
        Recognition::Month => next_month(through),
        Recognition::Period => period.end,
    };
    Some(day.min(period.end))
}

/// Recognises the charge of a period up to so many of its days, if anything is left of them.
pub(super) fn up_to(
    state: &LedgerState,
    id: SubscriptionId,
    it: &Subscription,
    days: u32,
) -> Option<Event> {
    let charge = it.charge.as_ref()?;
    let Paid { net: Some(net), days: before, recognised, .. } = charge else { return None };
    let Slot { number, period, .. } = it.slot;
    let days = days.min(period.days());
    if days <= *before {
        return None;
    }
    let minor = earned(net.minor(), period.days(), days).saturating_sub(*recognised);
    let amount = Money::from_minor(minor, net.currency());
    let (from, to) = (Account::Deferred, Account::SubscriptionRevenue);
    let through = period.start + Days::new(days.into());
    let next = next_day(schedule(state, it), period, through);
    Some(Event::RevenueRecognised(Recognised {
        subscription: id,
        number,
        days,
        amount,
        next_at: next.map(|day| state.zone().begins(day)),
        entry: amount.map(|amount| JournalEntry::transfer(from, to, amount)),
    }))
}

/// Recognises all that the days before today earned.
pub(super) fn up_to_today(
    state: &LedgerState,
    id: SubscriptionId,
    it: &Subscription,
    today: NaiveDate,
) -> Option<Event> {
    up_to(state, id, it, it.slot.period.past(today))
}

pub(super) fn today(state: &LedgerState, at: DateTime<Utc>) -> (Zone, NaiveDate) {
    let zone = state.zone();
    (zone, zone.day(at))
}

pub(crate) fn decide_recognise(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Recognise,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = super::rules::named(state, id)?;
    let Some(charge) = it.charge.as_ref().filter(|charge| charge.net.is_some()) else {
        return Ok(Decided::Already);
    };
    let through = it.slot.period.start + Days::new(charge.days.into());
    let Some(next) = next_day(schedule(state, it), it.slot.period, through) else {
        return Ok(Decided::Already);
    };
    let (zone, today) = today(state, at);
    match up_to_today(state, id, it, today) {
        Some(event) if today >= next => happened([event]),
        Some(_) | None => Err(Refusal::TooEarly { due: zone.begins(next) }),
    }
}

/// When the plan wants its revenue recognised.
fn schedule(state: &LedgerState, it: &Subscription) -> Recognition {
    let plan = state.plan_version(&it.slot.plan.code, it.slot.plan.version);
    plan.map_or(Recognition::Period, |plan| plan.recognition)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Day by day, each earns its share rounded down or one unit more, never less than a later
        /// one, and all of them the whole.
        #[test]
        fn the_days_come_to_the_whole(minor in 1_u64.., days in 1_u32..800) {
            let each: Vec<u64> = (0..days)
                .map(|day| earned(minor, days, day + 1) - earned(minor, days, day))
                .collect();
            prop_assert_eq!(each.iter().map(|it| u128::from(*it)).sum::<u128>(), u128::from(minor));
            let down = minor / u64::from(days);
            prop_assert!(each.iter().all(|it| *it == down || *it == down + 1));
            prop_assert!(each.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }
}
