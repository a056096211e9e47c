//! What was used in the periods that are not billed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Counts;
use super::rating::money;
use crate::ids::SubscriptionId;
use crate::money::Money;
use crate::plan::{PlanVersion, Quota, Span};
use crate::state::LedgerState;
use crate::subscription::{Metering, Slot};
use crate::text::Code;

/// A usage period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its days.
    pub span: Span,
    /// By the prices of which plan.
    pub plan: PlanVersion,
    /// The day that its periods are counted from.
    pub anchor: NaiveDate,
    /// Which from that day, from 0.
    pub nth: u32,
    /// What was used in it.
    pub used: Counts,
    /// What was used before it, and told in it.
    pub late: Counts,
}

/// The usage of a subscription.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metered {
    /// The present period.
    pub open: Option<Open>,
    /// Those that ended before their days were over, and are to be billed.
    pub waiting: Vec<Open>,
    /// The one that was billed last: what is told late belongs to it.
    pub before: Option<Open>,
    /// How many were billed.
    pub closed: u32,
}

/// What was used of a meter in the present period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// Of which meter.
    pub meter: Code,
    /// How much.
    pub used: u64,
    /// How much of a period costs nothing.
    pub included: u64,
    /// How much may be used.
    pub quota: Option<Quota>,
    /// What it costs so far, without tax.
    pub cost: Option<Money>,
    /// In which days.
    pub span: Span,
}

/// The present usage period.
pub(crate) fn open(state: &LedgerState, id: SubscriptionId) -> Option<&Open> {
    state.metered.get(&id)?.open.as_ref()
}

/// Whether anything is still to be billed.
pub(crate) fn is_open(state: &LedgerState, id: SubscriptionId) -> bool {
    state.metered.get(&id).is_some_and(|it| it.open.is_some() || !it.waiting.is_empty())
}

/// Usage is counted anew, or not at all any more: what was counted waits to be billed.
pub(crate) fn begin(
    state: &mut LedgerState,
    id: SubscriptionId,
    metering: Option<&Metering>,
    slot: &Slot,
) {
    let next = metering.map(|metering| Open {
        span: metering.span,
        plan: slot.plan.clone(),
        anchor: slot.anchor,
        nth: 0,
        used: Counts::new(),
        late: Counts::new(),
    });
    state.metered.update(id, |it| {
        it.waiting.extend(it.open.take());
        it.open = next;
    });
}

/// The subscription ended: what was counted waits to be billed.
pub(crate) fn end(state: &mut LedgerState, id: SubscriptionId) {
    state.metered.modify(id, |it| it.waiting.extend(it.open.take()));
}

impl LedgerState {
    /// What a subscription may use of a meter.
    #[must_use]
    pub fn quota(&self, id: SubscriptionId, meter: &Code) -> Option<Quota> {
        let own = self.quotas.get(&(id, meter.clone())).copied();
        let plan = &self.subscriptions.get(&id)?.slot.plan;
        let meters = &self.plan_version(&plan.code, plan.version)?.meters;
        own.or_else(|| meters.iter().find(|it| it.code == *meter)?.quota)
    }

    /// The usage of a subscription.
    #[must_use]
    pub fn metered(&self, id: SubscriptionId) -> Option<&Metered> {
        self.metered.get(&id)
    }

    /// What a subscription has used in the present period, and what that costs so far.
    #[must_use]
    pub fn usage_now(&self, id: SubscriptionId) -> Vec<Now> {
        let Some(open) = open(self, id) else { return Vec::new() };
        let Some(plan) = self.plan_version(&open.plan.code, open.plan.version) else {
            return Vec::new();
        };
        let now = |meter: &crate::plan::Meter| {
            let used = open.used.get(&meter.code).copied().unwrap_or_default();
            let cost = super::cost(meter, used).and_then(|cost| money(cost, plan.currency));
            Now {
                meter: meter.code.clone(),
                used,
                included: meter.included,
                quota: self.quota(id, &meter.code),
                cost: cost.flatten(),
                span: open.span,
            }
        };
        plan.meters.iter().map(now).collect()
    }
}
