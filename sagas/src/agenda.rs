//! What is due and what is open: folded from events, and from nothing else.
//!
//! Invariant: the agenda at a revision is a function of the log up to there. It can be sealed into
//! a file to make a start quick, and thrown away at any time. How often something was tried, or
//! that it was refused, is not part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use cauri_domain::process_control::Step;
use cauri_domain::{Event, Money, PayinId, Provider, RefundId, Revision, WithdrawalId};
use cauri_ledger::store::Head;
use cauri_ledger::{Hash, Recorded, sealed};

use crate::chargeback::ChargebackProcess;
use crate::entitlement::EntitlementProcess;
use crate::escrow::EscrowProcess;
use crate::four_eyes::FourEyesProcess;
use crate::hold::HoldProcess;
use crate::order::OrderProcess;
use crate::payin::PayinProcess;
use crate::process::{Destination, Effect, Origin, Outgoing, ProcessManager as _, TimerId};
use crate::refund::RefundProcess;
use crate::subscription::SubscriptionProcess;
use crate::withdrawal::WithdrawalProcess;

/// The kind of file: count it up when the agenda's form, or what events do to it, changes.
const KIND: &str = "agenda 11";

/// What is due and what is open in one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agenda {
    next: Revision,
    hash: Hash,
    timers: BTreeMap<TimerId, Due>,
    by_time: BTreeSet<(DateTime<Utc>, TimerId)>,
    payments: BTreeMap<Outgoing, Payment>,
    paying: BTreeSet<(DateTime<Utc>, Outgoing)>,
    /// What is on record as stuck, and where.
    stuck: BTreeMap<Item, Origin>,
}

/// When a timer is due, and what set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When.
    pub at: DateTime<Utc>,
    /// The event that set it.
    pub origin: Origin,
}

/// A payment that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// How much.
    pub amount: Money,
    /// Where to.
    pub destination: Destination,
    /// How far it is.
    pub stage: Stage,
}

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Nobody has approved it.
    Judging,
    /// Approved: its intention is to be recorded.
    Submitting(Origin),
    /// Recorded: the provider is to pay, or may have been told to.
    Paying {
        /// Who pays.
        provider: Provider,
        /// The event that recorded the intention.
        origin: Origin,
    },
}

/// Something on the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Item {
    /// A command is to be asked when its time comes.
    Timer(TimerId),
    /// The intention to pay is to be recorded.
    Submission(Outgoing),
    /// A provider is to pay.
    Payout(Outgoing),
}

impl Item {
    /// Where it is, as operators see it.
    #[must_use]
    pub fn step(self) -> Step {
        let word = |text: &str| text.parse().expect("names of steps are words");
        let (process, instance, step) = match self {
            Self::Timer(timer) => (timer.process(), timer.thing(), timer.step()),
            Self::Submission(it) => (it.process(), it.id(), "submit".to_owned()),
            Self::Payout(it) => (it.process(), it.id(), "pay".to_owned()),
        };
        Step { process: word(process), instance, step: word(&step) }
    }

    /// What is there, if anything can be.
    #[must_use]
    pub fn at(step: &Step) -> Option<Self> {
        let (process, name) = (step.process.as_str(), step.step.as_str());
        let outgoing = match process {
            WithdrawalProcess::NAME => Some(Outgoing::Withdrawal(WithdrawalId(step.instance))),
            PayinProcess::NAME => Some(Outgoing::Capture(PayinId(step.instance))),
            RefundProcess::NAME => Some(Outgoing::Refund(RefundId(step.instance))),
            _ => None,
        };
        match (name, outgoing) {
            ("submit", Some(outgoing)) => Some(Self::Submission(outgoing)),
            ("pay", Some(outgoing)) => Some(Self::Payout(outgoing)),
            _ => TimerId::of(process, name, step.instance).map(Self::Timer),
        }
    }
}

impl Default for Agenda {
    /// Before the first event.
    fn default() -> Self {
        Self {
            next: Revision::FIRST,
            hash: Hash::ZERO,
            timers: BTreeMap::new(),
            by_time: BTreeSet::new(),
            payments: BTreeMap::new(),
            paying: BTreeSet::new(),
            stuck: BTreeMap::new(),
        }
    }
}

impl Agenda {
    /// Folds the next event, and says which items it put on the agenda, changed or took off.
    pub fn apply(&mut self, recorded: &Recorded) -> Vec<Item> {
        let origin = Origin::of(recorded);
        let touched =
            react(&recorded.event).into_iter().flat_map(|effect| self.take(effect, origin));
        let mut touched: Vec<_> = touched.collect();
        touched.extend(self.control(&recorded.event, origin));
        self.next = recorded.revision.next();
        self.hash = recorded.hash;
        touched
    }

    /// What operators, and what they see, have to do with it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events are the processes' own")]
    fn control(&mut self, event: &Event, origin: Origin) -> Vec<Item> {
        match event {
            Event::ProcessStuck(event) => {
                if let Some(item) = Item::at(&event.at) {
                    self.stuck.insert(item, origin);
                }
                Vec::new()
            }
            Event::ProcessFreed(event) => {
                Item::at(&event.at).map(|item| self.stuck.remove(&item));
                Vec::new()
            }
            Event::ProcessRetried(event) => {
                let item = Item::at(&event.at);
                item.map(|item| self.stuck.remove(&item));
                item.into_iter().collect()
            }
            Event::ProcessSkipped(event) => {
                let Some(item) = Item::at(&event.at) else { return Vec::new() };
                self.stuck.remove(&item);
                match item {
                    Item::Timer(timer) => self.take(Effect::Cancel { timer }, origin),
                    Item::Submission(outgoing) | Item::Payout(outgoing) => {
                        self.take(Effect::Forget { outgoing }, origin)
                    }
                }
            }
            Event::ProcessGivenUp(event) => {
                Item::at(&event.at).map(|item| self.stuck.remove(&item));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn take(&mut self, effect: Effect, origin: Origin) -> Vec<Item> {
        match effect {
            Effect::Wake { timer, at } => {
                self.cancel(timer);
                self.by_time.insert((at, timer));
                self.timers.insert(timer, Due { at, origin });
                vec![Item::Timer(timer)]
            }
            Effect::Soon { timer } => self.take(Effect::Wake { timer, at: origin.at }, origin),
            Effect::Cancel { timer } => {
                self.cancel(timer);
                vec![Item::Timer(timer)]
            }
            Effect::Expect { outgoing, amount, destination } => {
                let payment = Payment { amount, destination, stage: Stage::Judging };
                self.payments.insert(outgoing, payment);
                Vec::new()
            }
            Effect::Submit { outgoing } => self.stage(outgoing, Stage::Submitting(origin)),
            Effect::Pay { outgoing, provider } => {
                if self.payments.contains_key(&outgoing) {
                    self.paying.insert((origin.at, outgoing));
                }
                self.stage(outgoing, Stage::Paying { provider, origin })
            }
            Effect::Forget { outgoing } => {
                if let Some(Payment { stage: Stage::Paying { origin, .. }, .. }) =
                    self.payments.remove(&outgoing)
                {
                    self.paying.remove(&(origin.at, outgoing));
                }
                vec![Item::Submission(outgoing), Item::Payout(outgoing)]
            }
        }
    }

    fn cancel(&mut self, timer: TimerId) {
        if let Some(due) = self.timers.remove(&timer) {
            self.by_time.remove(&(due.at, timer));
        }
    }

    fn stage(&mut self, outgoing: Outgoing, stage: Stage) -> Vec<Item> {
        if let Some(payment) = self.payments.get_mut(&outgoing) {
            payment.stage = stage;
        }
        vec![Item::Submission(outgoing), Item::Payout(outgoing)]
    }

    /// The last event it covers.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head::before(self.next)
    }

    /// The hash of that event.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// From when on an item is to be done; `None` when it is not, or no longer, on the agenda.
    #[must_use]
    pub fn when(&self, item: Item) -> Option<DateTime<Utc>> {
        match item {
            Item::Timer(timer) => Some(self.timers.get(&timer)?.at),
            Item::Submission(outgoing) => match self.payments.get(&outgoing)?.stage {
                Stage::Submitting(origin) => Some(origin.at),
                Stage::Judging | Stage::Paying { .. } => None,
            },
            Item::Payout(outgoing) => match self.payments.get(&outgoing)?.stage {
                Stage::Paying { origin, .. } => Some(origin.at),
                Stage::Judging | Stage::Submitting(_) => None,
            },
        }
    }

    /// What put an item on the agenda.
    #[must_use]
    pub fn origin(&self, item: Item) -> Option<Origin> {
        match item {
            Item::Timer(timer) => Some(self.timers.get(&timer)?.origin),
            Item::Submission(outgoing) | Item::Payout(outgoing) => {
                match self.payments.get(&outgoing)?.stage {
                    Stage::Judging => None,
                    Stage::Submitting(origin) | Stage::Paying { origin, .. } => Some(origin),
                }
            }
        }
    }

    /// Whether an item is on record as stuck.
    #[must_use]
    pub fn is_stuck(&self, item: Item) -> bool {
        self.stuck.contains_key(&item)
    }

    /// What is on record as stuck and no longer on the agenda, and where it was recorded.
    pub fn freed(&self) -> impl Iterator<Item = (Item, Origin)> {
        let stuck = self.stuck.iter().map(|(item, origin)| (*item, *origin));
        stuck.filter(|(item, _)| self.when(*item).is_none())
    }

    /// Everything that is to be done, now or later.
    pub fn items(&self) -> impl Iterator<Item = Item> {
        let payments = self.payments.iter().filter_map(|(outgoing, payment)| match payment.stage {
            Stage::Judging => None,
            Stage::Submitting(_) => Some(Item::Submission(*outgoing)),
            Stage::Paying { .. } => Some(Item::Payout(*outgoing)),
        });
        self.by_time.iter().map(|(_, timer)| Item::Timer(*timer)).chain(payments)
    }

    /// All timers, the earliest first.
    pub fn timers(&self) -> impl Iterator<Item = (TimerId, Due)> {
        self.by_time.iter().filter_map(|(_, timer)| Some((*timer, *self.timers.get(timer)?)))
    }

    /// A timer.
    #[must_use]
    pub fn timer(&self, timer: TimerId) -> Option<Due> {
        self.timers.get(&timer).copied()
    }

    /// How much there is on it.
    #[must_use]
    pub fn size(&self) -> usize {
        self.timers.len() + self.payments.len() + self.stuck.len()
    }

    /// How many timers are set.
    #[must_use]
    pub fn timer_count(&self) -> usize {
        self.timers.len()
    }

    /// A payment that has not ended.
    #[must_use]
    pub fn payment(&self, outgoing: Outgoing) -> Option<&Payment> {
        self.payments.get(&outgoing)
    }

    /// The payments whose intention is recorded and whose outcome is open, the oldest first.
    pub fn paying(&self) -> impl ExactSizeIterator<Item = (DateTime<Utc>, Outgoing)> {
        self.paying.iter().copied()
    }

    /// The agenda in a file; `None` when there is none of this form.
    #[must_use]
    pub fn load(path: &Path) -> Option<Self> {
        sealed::load(path, KIND)
    }

    /// Seals the agenda into a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        sealed::save(path, KIND, self)
    }
}

/// What all process managers make of an event.
fn react(event: &Event) -> Vec<Effect> {
    let mut effects = PayinProcess::react(event);
    effects.extend(EscrowProcess::react(event));
    effects.extend(SubscriptionProcess::react(event));
    effects.extend(WithdrawalProcess::react(event));
    effects.extend(FourEyesProcess::react(event));
    effects.extend(HoldProcess::react(event));
    effects.extend(OrderProcess::react(event));
    effects.extend(EntitlementProcess::react(event));
    effects.extend(RefundProcess::react(event));
    effects.extend(ChargebackProcess::react(event));
    effects
}
