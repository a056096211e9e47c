//! What is asked of providers: a queue and a circuit for each.
//!
//! A provider that is slow, or down, takes no room from the others. What waits for one is a place
//! in its queue and nothing else: no task, no connection.
//!
//! A withdrawal is given to a provider for good, so it is given late: only so many may be given to
//! one and not yet sent. The others are held, and go where their route leads when there is room.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use cauri_domain::Provider;
use cauri_ledger::store::Head;

use crate::agenda::Item;
use crate::backoff::Chance;
use crate::circuit::{Circuit, CircuitState, Heard};
use crate::queue::{Queue, Refused};

/// How a provider stands, as one ledger sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderStatus {
    /// Which provider.
    pub provider: Provider,
    /// Whether it is asked.
    pub circuit: CircuitState,
    /// Since when, if it was ever not.
    pub since: Option<DateTime<Utc>>,
    /// From when on it is tried again, while it is not.
    pub next_try: Option<DateTime<Utc>>,
    /// How many outages there were in a row.
    pub outages: u32,
    /// How many payments it has, or is to have, whose outcome is open.
    pub payments: usize,
    /// How many of them are being asked for right now.
    pub asking: usize,
    /// Of how many of them it is not known whether the provider has them: the last try had no answer
    /// to use.
    pub unknown: usize,
    /// How many withdrawals wait that may go to it, and are given to nobody yet.
    pub held: usize,
}

struct Lane {
    queue: Queue,
    circuit: Circuit,
    /// Given to the provider, and not yet begun.
    fresh: BTreeSet<Item>,
    /// About to be given to it.
    coming: BTreeSet<Item>,
    /// Submissions that may be given to it, and wait.
    held: BTreeSet<Item>,
    /// What the provider may have or not have.
    unknown: BTreeSet<Item>,
}

impl Lane {
    /// How many new payments may be given to the provider now, at most `most`.
    fn room(&self, most: usize, now: DateTime<Utc>) -> usize {
        let most = match self.circuit.state() {
            CircuitState::Closed => most,
            // One to try it with, where nothing else can be.
            CircuitState::Open | CircuitState::HalfOpen => {
                let nothing_else = self.queue.next_at().is_none() || self.circuit.is_untold();
                usize::from(self.circuit.admits(now) && nothing_else)
            }
        };
        most.saturating_sub(self.fresh.len() + self.coming.len())
    }
}

/// For each one that is asked for at once, so many may wait that were given and not sent.
const GIVEN_AHEAD: usize = 2;

/// The lanes of all providers.
pub(crate) struct Lanes {
    room: usize,
    chance: Chance,
    lanes: BTreeMap<Provider, Lane>,
    of: BTreeMap<Item, Provider>,
}

impl Lanes {
    /// Lanes for these providers, with room to ask each of them for so much at once.
    pub(crate) fn new(
        providers: impl Iterator<Item = Provider>,
        room: usize,
        chance: Chance,
    ) -> Self {
        let mut lanes = Self { room, chance, lanes: BTreeMap::new(), of: BTreeMap::new() };
        for provider in providers {
            lanes.lane(provider);
        }
        lanes
    }

    fn lane(&mut self, provider: Provider) -> &mut Lane {
        self.lanes.entry(provider).or_insert_with(|| Lane {
            queue: Queue::new(self.room),
            circuit: Circuit::new(self.chance.clone()),
            fresh: BTreeSet::new(),
            coming: BTreeSet::new(),
            held: BTreeSet::new(),
            unknown: BTreeSet::new(),
        })
    }

    fn queue_of(&mut self, item: Item) -> Option<&mut Queue> {
        let provider = self.of.get(&item)?;
        self.lanes.get_mut(provider).map(|lane| &mut lane.queue)
    }

    /// The provider is to be asked at `at`.
    pub(crate) fn open(
        &mut self,
        provider: Provider,
        item: Item,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) {
        self.of.insert(item, provider);
        let lane = self.lane(provider);
        lane.circuit.arrived(now);
        lane.fresh.insert(item);
        lane.queue.open(item, at);
    }

    /// The provider is not to be asked any more.
    pub(crate) fn close(&mut self, item: Item) {
        if let Some(lane) = self.of.get(&item).and_then(|provider| self.lanes.get_mut(provider)) {
            lane.fresh.remove(&item);
            lane.unknown.remove(&item);
            lane.queue.close(item);
        }
        self.forget_ended(item);
    }

    /// Begins what may be begun now.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) -> Option<Item> {
        let lanes = self.lanes.values_mut().filter(|lane| lane.circuit.admits(now));
        lanes.into_iter().find_map(|lane| {
            let item = lane.queue.begin(now)?;
            lane.fresh.remove(&item);
            lane.circuit.begun(now);
            Some(item)
        })
    }

    /// When something can be begun by the passing of time alone.
    pub(crate) fn next_at(&self) -> Option<DateTime<Utc>> {
        let at = |lane: &Lane| {
            let pause_ends = lane.circuit.not_before();
            let is_wanted = !lane.held.is_empty();
            match lane.queue.next_at() {
                Some(at) => Some(pause_ends.map_or(at, |end| at.max(end))),
                None => pause_ends.filter(|_| is_wanted),
            }
        };
        self.lanes.values().filter_map(at).min()
    }

    /// Whether it is known, after a try, how far a payment is.
    pub(crate) fn known(&mut self, item: Item, is_known: bool) {
        let Some(lane) = self.of.get(&item).and_then(|provider| self.lanes.get_mut(provider))
        else {
            return;
        };
        if is_known || !lane.queue.is_open(item) {
            lane.unknown.remove(&item);
        } else {
            lane.unknown.insert(item);
        }
    }

    /// What a try told about a provider.
    pub(crate) fn heard(&mut self, provider: Provider, now: DateTime<Utc>, heard: Heard) {
        let circuit = &mut self.lane(provider).circuit;
        let before = circuit.state();
        circuit.heard(now, heard);
        let after = circuit.state();
        if before == CircuitState::Closed && after != before {
            tracing::warn!(%provider, outages = circuit.outages(), "the provider is left alone for a while");
        }
        if after == CircuitState::Closed && after != before {
            tracing::info!(%provider, "the provider answers again");
        }
    }

    /// Gives a submission to the first of these providers that has room for it.
    pub(crate) fn give(
        &mut self,
        item: Item,
        providers: &[Provider],
        now: DateTime<Utc>,
    ) -> Option<Provider> {
        let most = self.room.saturating_mul(GIVEN_AHEAD);
        self.let_go(item);
        let provider = providers.iter().copied().find(|it| self.lane(*it).room(most, now) > 0)?;
        let lane = self.lane(provider);
        lane.coming.insert(item);
        if lane.circuit.state() != CircuitState::Closed {
            lane.circuit.promise(now);
        }
        Some(provider)
    }

    /// Keeps a submission until one of these providers has room for it.
    pub(crate) fn hold(&mut self, item: Item, providers: &[Provider]) {
        for provider in providers {
            self.lane(*provider).held.insert(item);
        }
    }

    /// A submission is not held any more, nor given to anybody by it.
    pub(crate) fn let_go(&mut self, item: Item) {
        for lane in self.lanes.values_mut() {
            lane.held.remove(&item);
            lane.coming.remove(&item);
        }
    }

    /// Held submissions for which there is room now: they are not held any more.
    pub(crate) fn wake(&mut self, now: DateTime<Utc>) -> Vec<Item> {
        let most = self.room.saturating_mul(GIVEN_AHEAD);
        let awake: BTreeSet<Item> = self
            .lanes
            .values()
            .flat_map(|lane| lane.held.iter().copied().take(lane.room(most, now)))
            .collect();
        for item in &awake {
            self.let_go(*item);
        }
        awake.into_iter().collect()
    }

    /// How many submissions are held.
    pub(crate) fn held(&self) -> usize {
        let held: BTreeSet<_> = self.lanes.values().flat_map(|lane| &lane.held).collect();
        held.len()
    }

    pub(crate) fn done(&mut self, item: Item) {
        if let Some(queue) = self.queue_of(item) {
            queue.done(item);
        }
        self.forget_ended(item);
    }

    pub(crate) fn again(&mut self, item: Item, now: DateTime<Utc>, not_before: DateTime<Utc>) {
        let wait = self.chance.wait(self.attempts(item));
        if let Some(queue) = self.queue_of(item) {
            queue.again(item, now + wait, not_before);
        }
        self.forget_ended(item);
    }

    pub(crate) fn park(&mut self, item: Item, now: DateTime<Utc>, at: Head, code: &'static str) {
        if let Some(queue) = self.queue_of(item) {
            queue.park(item, now, at, code);
        }
        self.forget_ended(item);
    }

    /// What is neither to be done nor being done has no lane.
    fn forget_ended(&mut self, item: Item) {
        if self.queue_of(item).is_some_and(|queue| !queue.knows(item)) {
            self.of.remove(&item);
        }
    }

    pub(crate) fn change(&mut self, at: Head, now: DateTime<Utc>) {
        for lane in self.lanes.values_mut() {
            lane.queue.change(at, now);
        }
    }

    pub(crate) fn take_refused(&mut self, head: Head) -> Vec<Refused> {
        self.lanes.values_mut().flat_map(|lane| lane.queue.take_refused(head)).collect()
    }

    pub(crate) fn attempts(&self, item: Item) -> u32 {
        let lane = self.of.get(&item).and_then(|provider| self.lanes.get(provider));
        lane.map_or(0, |lane| lane.queue.attempts(item))
    }

    pub(crate) fn parked(&self) -> usize {
        self.lanes.values().map(|lane| lane.queue.parked()).sum()
    }

    pub(crate) fn statuses(&self) -> Vec<ProviderStatus> {
        let status = |(provider, lane): (&Provider, &Lane)| ProviderStatus {
            provider: *provider,
            circuit: lane.circuit.state(),
            since: lane.circuit.since(),
            next_try: lane.circuit.not_before(),
            outages: lane.circuit.outages(),
            payments: lane.queue.len(),
            asking: lane.queue.doing(),
            unknown: lane.unknown.len(),
            held: lane.held.len(),
        };
        self.lanes.iter().map(status).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cauri_domain::testing::{minute, withdrawal};

    use super::*;
    use crate::circuit::OUTAGES_MOST;

    fn lanes() -> (Lanes, [Provider; 2]) {
        let providers = ["down", "up"].map(|name| name.parse().unwrap());
        (Lanes::new(providers.into_iter(), 2, Chance::new(|| u64::MAX)), providers)
    }

    fn item(number: u128) -> Item {
        Item::Payout(withdrawal(number).into())
    }

    #[test]
    fn a_provider_that_is_down_takes_no_room_from_another() {
        let (mut lanes, [down, up]) = lanes();
        for number in 0..10 {
            let provider = if number < 8 { down } else { up };
            lanes.open(provider, item(number), minute(0), minute(0));
        }
        let begun: Vec<_> = std::iter::from_fn(|| lanes.begin(minute(0))).collect();
        assert_eq!(begun, [0, 1, 8, 9].map(item), "two of each");
        for _ in 0..OUTAGES_MOST {
            lanes.heard(down, minute(0), Heard::Outage { pause: None });
        }
        for number in [0, 1] {
            lanes.again(item(number), minute(0), minute(0));
        }
        for number in [8, 9] {
            lanes.close(item(number));
            lanes.done(item(number));
        }
        assert_eq!(lanes.begin(minute(0)), None);
        let due = lanes.next_at().unwrap();
        assert_eq!(lanes.begin(due), Some(item(2)), "one try");
        assert_eq!(lanes.begin(due), None);
        lanes.heard(down, due, Heard::Answer);
        assert_eq!(lanes.begin(due), Some(item(3)), "and all the others after it");
        assert_eq!(lanes.of.len(), 8, "what has ended leaves nothing behind");
        assert_eq!(lanes.statuses()[0].payments, 8);
    }

    #[test]
    fn what_is_not_known_is_counted_until_it_is() {
        let (mut lanes, [down, _]) = lanes();
        let unknown = |lanes: &Lanes| lanes.statuses()[0].unknown;
        lanes.open(down, item(1), minute(0), minute(0));
        assert_eq!(lanes.begin(minute(0)), Some(item(1)));
        lanes.known(item(1), false);
        lanes.again(item(1), minute(0), minute(0));
        assert_eq!(unknown(&lanes), 1);
        lanes.known(item(1), true);
        assert_eq!(unknown(&lanes), 0);
        lanes.known(item(1), false);
        lanes.close(item(1));
        assert_eq!((unknown(&lanes), lanes.of.len()), (0, 0));
        lanes.known(item(1), false);
        assert_eq!(unknown(&lanes), 0, "it is off the agenda");
        // Its end is heard of while it is asked for: what that says then counts no more.
        lanes.open(down, item(2), minute(0), minute(0));
        assert_eq!(lanes.begin(minute(0)), Some(item(2)));
        lanes.close(item(2));
        lanes.known(item(2), false);
        lanes.again(item(2), minute(0), minute(0));
        assert_eq!((unknown(&lanes), lanes.of.len()), (0, 0));
    }

    fn submission(number: u128) -> Item {
        Item::Submission(withdrawal(number).into())
    }

    #[test]
    fn a_new_payment_is_the_try_where_nothing_else_can_be() {
        let (mut lanes, [down, up]) = lanes();
        for _ in 0..OUTAGES_MOST {
            lanes.heard(down, minute(0), Heard::Outage { pause: None });
        }
        assert_eq!(lanes.give(submission(1), &[down], minute(0)), None);
        assert_eq!(lanes.give(submission(9), &[down, up], minute(0)), Some(up), "the next one");
        lanes.hold(submission(1), &[down]);
        lanes.hold(submission(2), &[down]);
        assert_eq!((lanes.held(), lanes.wake(minute(0))), (2, vec![]));
        let from = lanes.next_at().unwrap();
        assert_eq!(lanes.wake(from), [submission(1)], "one is enough");
        assert_eq!(lanes.give(submission(1), &[down], from), Some(down));
        assert_eq!(lanes.wake(from), []);
        lanes.let_go(submission(1));
        lanes.open(down, item(1), from, from);
        assert_eq!(lanes.begin(from), Some(item(1)));
        lanes.heard(down, from, Heard::Outage { pause: None });
        lanes.again(item(1), from, from);
        // Something waits to be the next try: no new payment is needed for it.
        assert_eq!(lanes.wake(from + chrono::TimeDelta::hours(1)), []);
    }

    #[test]
    fn what_tells_nothing_of_a_provider_does_not_keep_others_from_finding_out() {
        let (mut lanes, [down, _]) = lanes();
        lanes.open(down, item(1), minute(0), minute(0));
        assert_eq!(lanes.begin(minute(0)), Some(item(1)));
        for _ in 0..OUTAGES_MOST {
            lanes.heard(down, minute(0), Heard::Outage { pause: None });
        }
        // It can never be asked for: each try of it tells nothing, and it stays where it is.
        lanes.again(item(1), minute(0), minute(0));
        lanes.hold(submission(2), &[down]);
        let from = minute(60);
        assert_eq!((lanes.wake(from), lanes.begin(from)), (vec![], Some(item(1))));
        lanes.heard(down, from, Heard::Nothing);
        lanes.again(item(1), from, from);
        assert_eq!(lanes.wake(from), [submission(2)], "a new one finds out");
        assert_eq!(lanes.give(submission(2), &[down], from), Some(down));
        lanes.let_go(submission(2));
        lanes.open(down, item(2), from, from);
        assert_eq!(lanes.begin(from), Some(item(2)));
        lanes.heard(down, from, Heard::Answer);
        assert_eq!(lanes.statuses()[0].circuit, CircuitState::Closed);
    }

    #[test]
    fn only_so_many_are_given_to_a_provider_before_they_are_sent() {
        let (mut lanes, [first, second]) = lanes();
        for number in 0..4 {
            let given = lanes.give(submission(number), &[first], minute(0));
            assert_eq!(given, Some(first), "two for each of the two that are asked at once");
        }
        assert_eq!(lanes.give(submission(4), &[first], minute(0)), None);
        lanes.hold(submission(4), &[first]);
        for number in 0..4 {
            lanes.let_go(submission(number));
            lanes.open(first, item(number), minute(0), minute(0));
        }
        assert_eq!(lanes.wake(minute(0)), [], "they came, and wait");
        assert_eq!(lanes.begin(minute(0)), Some(item(0)));
        assert_eq!(lanes.wake(minute(0)), [submission(4)]);
        assert_eq!(lanes.held(), 0);
        // What may go to either wakes once.
        lanes.hold(submission(5), &[first, second]);
        assert_eq!((lanes.wake(minute(0)), lanes.wake(minute(0))), (vec![submission(5)], vec![]));
    }
}
