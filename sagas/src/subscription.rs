//! Subscriptions renew, are tried again, end, and are recognised and billed by themselves.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Waiting: subscription.started
//!     Waiting --> [*]: due, ExpireSubscription
//!     Waiting --> Running: subscription.period_begun
//!     [*] --> Running: subscription.period_begun, a trial
//!     Running --> Running: due, RenewSubscription, RecogniseRevenue, CloseUsagePeriod
//!     Running --> Unpaid: subscription.payment_failed, subscription.invoiced
//!     Unpaid --> Unpaid: due, RetrySubscription
//!     Unpaid --> Running: subscription.period_begun
//!     Unpaid --> [*]: due, ExpireSubscription
//!     Running --> [*]: due, EndSubscription; subscription.canceled
//! ```

use cauri_domain::subscription::Begun;
use cauri_domain::{Event, SubscriptionId};
use chrono::{DateTime, Utc};

use crate::process::{Effect, ProcessManager, TimerId};

/// Renews and ends subscriptions.
#[derive(Debug, Clone, Copy)]
pub struct SubscriptionProcess;

impl ProcessManager for SubscriptionProcess {
    const NAME: &'static str = "subscription";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        match event {
            Event::SubscriptionStarted(it) => {
                let id = it.subscription;
                let due = it.due_at.map(|at| {
                    if it.trial {
                        wake(TimerId::SubscriptionRenewal(id), at)
                    } else {
                        wake(TimerId::SubscriptionExpiry(id), at)
                    }
                });
                let usage = it.metering.map(|it| wake(TimerId::UsageClose(id), it.closes_at));
                due.into_iter().chain(usage).collect()
            }
            Event::SubscriptionPeriodBegun(it) => begun(it.subscription, &it.begun),
            Event::SubscriptionChanged(it) => begun(it.subscription, &it.begun),
            Event::SubscriptionInvoiced(it) => {
                let mut effects = begun(it.subscription, &it.begun);
                // It goes on when the invoice is paid; until then it is looked at.
                effects.push(cancel(TimerId::SubscriptionRenewal(it.subscription)));
                effects.push(cancel(TimerId::SubscriptionEnd(it.subscription)));
                effects.push(wake(TimerId::SubscriptionRetry(it.subscription), it.due_at));
                effects
            }
            Event::SubscriptionPaymentFailed(it) => {
                let id = it.subscription;
                let mut effects = vec![cancel(TimerId::SubscriptionRenewal(id))];
                effects.push(match it.retry_at {
                    Some(at) => wake(TimerId::SubscriptionRetry(id), at),
                    None => cancel(TimerId::SubscriptionRetry(id)),
                });
                effects.extend(it.expires_at.map(|at| wake(TimerId::SubscriptionExpiry(id), at)));
                effects
            }
            Event::RevenueRecognised(it) => {
                let timer = TimerId::RevenueRecognition(it.subscription);
                vec![it.next_at.map_or_else(|| cancel(timer), |at| wake(timer, at))]
            }
            Event::SubscriptionCancelScheduled(it) => {
                let id = it.subscription;
                let end = wake(TimerId::SubscriptionEnd(id), it.ends_at);
                vec![cancel(TimerId::SubscriptionRenewal(id)), end]
            }
            Event::SubscriptionResumed(it) if it.last => {
                vec![wake(TimerId::SubscriptionEnd(it.subscription), it.renews_at)]
            }
            Event::SubscriptionResumed(it) => {
                let id = it.subscription;
                let renewal = wake(TimerId::SubscriptionRenewal(id), it.renews_at);
                vec![cancel(TimerId::SubscriptionEnd(id)), renewal]
            }
            Event::SubscriptionChangeScheduled(it) => {
                scheduled(it.subscription, it.ends_at, it.last)
            }
            Event::SubscriptionCanceled(it) => ended(it.subscription, it.usage_due_at),
            Event::SubscriptionExpired(it) => ended(it.subscription, it.usage_due_at),
            Event::UsageClosed(it) => {
                let timer = TimerId::UsageClose(it.subscription);
                vec![it.next_at.map_or_else(|| cancel(timer), |at| wake(timer, at))]
            }
            _ => Vec::new(),
        }
    }
}

const fn wake(timer: TimerId, at: DateTime<Utc>) -> Effect {
    Effect::Wake { timer, at }
}

const fn cancel(timer: TimerId) -> Effect {
    Effect::Cancel { timer }
}

/// A period runs: it is renewed when it is over, or ends then.
fn begun(id: SubscriptionId, it: &Begun) -> Vec<Effect> {
    let is_last = it.slot.number > 0 && it.slot.left == Some(0);
    let mut effects = scheduled(id, it.ends_at, is_last);
    effects.push(cancel(TimerId::SubscriptionRetry(id)));
    effects.push(cancel(TimerId::SubscriptionExpiry(id)));
    let timer = TimerId::RevenueRecognition(id);
    effects.push(it.recognise_at.map_or_else(|| cancel(timer), |at| wake(timer, at)));
    effects.extend(it.usage_due_at.map(|at| wake(TimerId::UsageClose(id), at)));
    effects
}

/// When it goes on, or does not.
fn scheduled(id: SubscriptionId, ends_at: DateTime<Utc>, is_last: bool) -> Vec<Effect> {
    let (renewal, end) = (TimerId::SubscriptionRenewal(id), TimerId::SubscriptionEnd(id));
    if is_last {
        vec![cancel(renewal), wake(end, ends_at)]
    } else {
        vec![cancel(end), wake(renewal, ends_at)]
    }
}

/// Nothing falls due any more but what was used.
fn ended(id: SubscriptionId, usage_due_at: Option<DateTime<Utc>>) -> Vec<Effect> {
    let timers = [
        TimerId::SubscriptionRenewal(id),
        TimerId::SubscriptionRetry(id),
        TimerId::SubscriptionExpiry(id),
        TimerId::SubscriptionEnd(id),
        TimerId::RevenueRecognition(id),
    ];
    let mut effects: Vec<_> = timers.into_iter().map(cancel).collect();
    effects.extend(usage_due_at.map(|at| wake(TimerId::UsageClose(id), at)));
    effects
}
