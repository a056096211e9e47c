//! The rules of plans.

use super::{Every, MOST, Meter, Payee, Plan, Set, Tier, WasSet};
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

/// The most days that a trial, a try, a grace or an invoice may wait.
const DAYS_MOST: u16 = 366;
/// No meter counts beyond this in a period.
pub(crate) const UNITS_MOST: u64 = 1_000_000_000_000;

impl LedgerState {
    /// The latest version of a plan, and its number.
    #[must_use]
    pub fn plan(&self, code: &Code) -> Option<(&Plan, u32)> {
        let versions = self.plans.get(code)?;
        let version = u32::try_from(versions.len()).unwrap_or(u32::MAX);
        versions.last().map(|plan| (plan, version))
    }

    /// A version of a plan.
    #[must_use]
    pub fn plan_version(&self, code: &Code, version: u32) -> Option<&Plan> {
        let place = usize::try_from(version.checked_sub(1)?).ok()?;
        self.plans.get(code)?.get(place)
    }
}

pub(crate) fn decide_set(state: &LedgerState, command: &Set) -> Result<Decided, Refusal> {
    let plan = &command.plan;
    let known = state.plan(&plan.code);
    if known.is_some_and(|(known, _)| known == plan) {
        return Ok(Decided::Already);
    }
    makes_sense(state, plan)?;
    let version = known.map_or(0, |(_, version)| version).saturating_add(1);
    happened([Event::PlanSet(WasSet { plan: plan.clone(), version })])
}

fn invalid(field: &'static str, allowed: &'static str) -> Result<(), Refusal> {
    Err(Refusal::InvalidSetting { field, allowed })
}

fn makes_sense(state: &LedgerState, plan: &Plan) -> Result<(), Refusal> {
    state.settings()?.takes(plan.currency)?;
    let of_it = |every: &Every| every.is_allowed();
    if plan.price.is_some_and(|price| price.currency() != plan.currency) {
        return invalid("price", "an amount in the plan's currency");
    }
    if !of_it(&plan.every) || !plan.usage_every.as_ref().is_none_or(of_it) {
        return invalid("every", "1 day to 10 years");
    }
    let retries = &plan.dunning.retry_days;
    if retries.len() > MOST || !retries.windows(2).all(|pair| pair[0] < pair[1]) {
        return invalid("retryDays", "at most 16 days, each after the one before");
    }
    let days = [plan.trial_days, plan.dunning.grace_days, plan.terms_days];
    if days.iter().chain(retries).any(|days| *days > DAYS_MOST) {
        return invalid("days", "at most 366 days");
    }
    if plan.ends_after == Some(0) {
        return invalid("endsAfter", "at least one period");
    }
    if let Payee::Seller { wallet, .. } = &plan.payee {
        wallet::may_receive(state, *wallet, "payee")?;
        if plan.tax.is_some() {
            return invalid("tax", "none where a seller is paid");
        }
    }
    if plan.features.len() > MOST {
        return invalid("features", "at most 16 features");
    }
    meters_make_sense(&plan.meters)
}

fn meters_make_sense(meters: &[Meter]) -> Result<(), Refusal> {
    let again = |place: usize| meters[..place].iter().any(|it| it.code == meters[place].code);
    if meters.len() > MOST || (0..meters.len()).any(again) {
        return invalid("meters", "at most 16 meters of different names");
    }
    for meter in meters {
        if !meter.tiers.is_empty() && !ascend(&meter.tiers) {
            return invalid(
                "tiers",
                "at most 16 tiers, each ending above the one before, the last without end",
            );
        }
        let quota = meter.quota.map_or(0, |quota| quota.limit);
        if meter.included.max(quota) > UNITS_MOST {
            return invalid("included", "at most 1000000000000 units");
        }
    }
    Ok(())
}

fn ascend(tiers: &[Tier]) -> bool {
    let Some((last, ends)) = tiers.split_last() else { return false };
    tiers.len() <= MOST
        && last.up_to.is_none()
        && ends.iter().all(|tier| tier.up_to.is_some_and(|end| end > 0))
        && ends.windows(2).all(|pair| pair[0].up_to < pair[1].up_to)
}

pub(crate) fn evolve_set(state: &mut LedgerState, event: &WasSet) {
    let plan = event.plan.clone();
    state.plans.update(plan.code.clone(), |versions| versions.push(plan));
}
