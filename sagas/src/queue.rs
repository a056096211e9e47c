//! When each item may be begun: pure, and told the time.
//!
//! An item waits for its time, is being done, waits for its answer's event, or is parked: refused,
//! and left alone until something changes that the refusal may have been about. What is in here is
//! forgotten at a restart; everything that counts is in the agenda.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use cauri_ledger::store::Head;

use crate::agenda::Item;

/// The items of one kind of work, with room to do some of them at once.
#[derive(Debug)]
pub(crate) struct Queue {
    room: usize,
    slots: BTreeMap<Item, Slot>,
    by_time: BTreeSet<(DateTime<Utc>, Item)>,
    doing: BTreeSet<Item>,
    parked: BTreeMap<Item, Parked>,
    /// The last event that may turn a refusal into an approval.
    changed: Head,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    attempts: u32,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Waiting(DateTime<Utc>),
    Doing,
    /// Being done, and to be done anew at that time: an event that came before the answer says so,
    /// such as that of a period which sets the timer of the next.
    DoingThen(DateTime<Utc>),
    /// Done: the event that it led to takes it off the agenda.
    Answered,
    Parked,
}

/// Where the ledger stood when it refused an item, and why it did.
#[derive(Debug, Clone, Copy)]
struct Parked {
    at: Head,
    code: &'static str,
    is_told: bool,
}

/// An item that the ledger refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) item: Item,
    pub(crate) code: &'static str,
    /// How often it was tried.
    pub(crate) tries: u32,
    /// Where the ledger stood.
    pub(crate) at: Head,
}

impl Queue {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            room: room.max(1),
            slots: BTreeMap::new(),
            by_time: BTreeSet::new(),
            doing: BTreeSet::new(),
            parked: BTreeMap::new(),
            changed: Head::Empty,
        }
    }

    /// The item is to be done at `at`.
    pub(crate) fn open(&mut self, item: Item, at: DateTime<Utc>) {
        let busy = self.doing.contains(&item);
        let place = if busy { Place::DoingThen(at) } else { Place::Waiting(at) };
        self.put(item, Slot { attempts: 0, place });
    }

    /// The item is not to be done any more. If it is being done, it keeps its room until it is.
    pub(crate) fn close(&mut self, item: Item) {
        if let Some(Slot { place: Place::Waiting(at), .. }) = self.slots.remove(&item) {
            self.by_time.remove(&(at, item));
        }
        self.parked.remove(&item);
    }

    fn put(&mut self, item: Item, slot: Slot) {
        self.close(item);
        if let Place::Waiting(at) = slot.place {
            self.by_time.insert((at, item));
        }
        self.slots.insert(item, slot);
    }

    /// Begins the item whose time came first, if one's has and there is room.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) -> Option<Item> {
        let (at, item) = *self.by_time.first()?;
        if at > now || self.doing.len() >= self.room {
            return None;
        }
        self.by_time.remove(&(at, item));
        self.slots.get_mut(&item)?.place = Place::Doing;
        self.doing.insert(item);
        Some(item)
    }

    /// When the next item can be begun by the passing of time alone.
    pub(crate) fn next_at(&self) -> Option<DateTime<Utc>> {
        let has_room = self.doing.len() < self.room;
        self.by_time.first().map(|(at, _)| *at).filter(|_| has_room)
    }

    /// The item was done.
    pub(crate) fn done(&mut self, item: Item) {
        self.doing.remove(&item);
        match self.slots.get_mut(&item) {
            Some(Slot { place: Place::DoingThen(at), .. }) => {
                let place = Place::Waiting(*at);
                self.put(item, Slot { attempts: 0, place });
            }
            Some(slot) => slot.place = Place::Answered,
            None => {}
        }
    }

    /// The item was tried in vain: again at `at`, and not before `not_before`.
    pub(crate) fn again(&mut self, item: Item, at: DateTime<Utc>, not_before: DateTime<Utc>) {
        self.doing.remove(&item);
        if let Some(Slot { attempts, .. }) = self.slots.get(&item).copied() {
            let place = Place::Waiting(at.max(not_before));
            self.put(item, Slot { attempts: attempts.saturating_add(1), place });
        }
    }

    /// The item was refused when the ledger ended at `at`. It waits for a change.
    pub(crate) fn park(&mut self, item: Item, now: DateTime<Utc>, at: Head, code: &'static str) {
        self.doing.remove(&item);
        let Some(slot) = self.slots.get(&item).copied() else { return };
        if at < self.changed {
            self.open(item, now);
        } else {
            self.put(item, Slot { place: Place::Parked, ..slot });
            self.parked.insert(item, Parked { at, code, is_told: false });
        }
    }

    /// An event at `at` may have made possible what was refused before it.
    pub(crate) fn change(&mut self, at: Head, now: DateTime<Utc>) {
        self.changed = at;
        let refused: Vec<_> = self.parked.keys().copied().collect();
        for item in refused {
            self.open(item, now);
        }
    }

    /// The items whose refusal stands, now that the agenda covers `head`: each of them once.
    ///
    /// Before that, the refusal may only say that the ledger was ahead of the agenda.
    pub(crate) fn take_refused(&mut self, head: Head) -> Vec<Refused> {
        let standing = self.parked.iter_mut().filter(|(_, it)| !it.is_told && it.at <= head);
        standing
            .map(|(item, it)| {
                it.is_told = true;
                let tries = self.slots.get(item).map_or(0, |slot| slot.attempts) + 1;
                Refused { item: *item, code: it.code, tries, at: it.at }
            })
            .collect()
    }

    /// How often an item was tried in vain.
    pub(crate) fn attempts(&self, item: Item) -> u32 {
        self.slots.get(&item).map_or(0, |slot| slot.attempts)
    }

    /// Whether the item is to be done, or being done.
    pub(crate) fn knows(&self, item: Item) -> bool {
        self.slots.contains_key(&item) || self.doing.contains(&item)
    }

    /// Whether the item is to be done, or was and waits for its event: it is on the agenda.
    pub(crate) fn is_open(&self, item: Item) -> bool {
        self.slots.contains_key(&item)
    }

    /// How many items are to be done or being done.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// How many items are being done.
    pub(crate) fn doing(&self) -> usize {
        self.doing.len()
    }

    /// How many items are parked.
    pub(crate) fn parked(&self) -> usize {
        self.parked.len()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cauri_domain::Revision;
    use cauri_domain::testing::{minute, payin, withdrawal};

    use super::*;
    use crate::process::TimerId;

    fn item(number: u128) -> Item {
        Item::Timer(TimerId::PayinExpiry(payin(number)))
    }

    const fn at(revision: u64) -> Head {
        Head::At(Revision(revision))
    }

    #[test]
    fn items_begin_in_order_of_time_and_only_as_many_as_there_is_room_for() {
        let mut queue = Queue::new(2);
        for (number, due) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
            queue.open(item(number), minute(due));
        }
        assert_eq!(queue.begin(minute(9)), None);
        assert_eq!(queue.next_at(), Some(minute(10)));
        assert_eq!(queue.begin(minute(35)), Some(item(2)));
        assert_eq!(queue.begin(minute(35)), Some(item(3)));
        assert_eq!((queue.begin(minute(35)), queue.next_at()), (None, None));
        queue.done(item(2));
        assert_eq!(queue.begin(minute(35)), Some(item(1)));
        queue.done(item(3));
        assert_eq!((queue.begin(minute(35)), queue.next_at()), (None, Some(minute(40))));
    }

    #[test]
    fn what_is_done_is_not_begun_again_and_what_is_closed_keeps_its_room_until_it_is_done() {
        let mut queue = Queue::new(1);
        queue.open(item(1), minute(0));
        queue.open(item(2), minute(1));
        assert_eq!(queue.begin(minute(5)), Some(item(1)));
        queue.close(item(1));
        assert_eq!(queue.begin(minute(5)), None);
        queue.done(item(1));
        assert_eq!(queue.begin(minute(5)), Some(item(2)));
        queue.done(item(2));
        assert_eq!((queue.begin(minute(500)), queue.next_at()), (None, None));
    }

    #[test]
    fn what_its_own_event_sets_again_before_its_answer_is_begun_again() {
        let mut queue = Queue::new(1);
        queue.open(item(1), minute(0));
        assert_eq!(queue.begin(minute(0)), Some(item(1)));
        queue.close(item(1));
        queue.open(item(1), minute(9));
        assert_eq!(queue.begin(minute(9)), None, "it is being done");
        queue.done(item(1));
        assert_eq!((queue.begin(minute(8)), queue.begin(minute(9))), (None, Some(item(1))));
    }

    #[test]
    fn what_was_tried_in_vain_waits() {
        let payout = Item::Payout(withdrawal(1).into());
        let mut queue = Queue::new(1);
        queue.open(payout, minute(0));
        assert_eq!(queue.begin(minute(0)), Some(payout));
        queue.again(payout, minute(3), minute(0));
        assert_eq!((queue.next_at(), queue.attempts(payout)), (Some(minute(3)), 1));
        assert_eq!(queue.begin(minute(3)), Some(payout));
        queue.again(payout, minute(4), minute(7));
        assert_eq!((queue.next_at(), queue.attempts(payout)), (Some(minute(7)), 2));
        assert_eq!(queue.begin(minute(7)), Some(payout));
        queue.done(payout);
        assert_eq!((queue.len(), queue.doing(), queue.knows(payout)), (1, 0, true));
    }

    #[test]
    fn a_refusal_is_told_once_and_only_when_the_agenda_has_caught_up() {
        let mut queue = Queue::new(4);
        for number in [1, 2] {
            queue.open(item(number), minute(0));
            assert_eq!(queue.begin(minute(0)), Some(item(number)));
            queue.park(item(number), minute(0), at(9), "WRONG_STATE");
        }
        assert_eq!(queue.take_refused(at(8)), []);
        // The event that the ledger knew and the agenda did not: it was no refusal at all.
        queue.close(item(1));
        let refused = Refused { item: item(2), code: "WRONG_STATE", tries: 1, at: at(9) };
        assert_eq!(queue.take_refused(at(9)), [refused]);
        assert_eq!(queue.take_refused(at(10)), []);
        assert_eq!((queue.begin(minute(900)), queue.parked()), (None, 1));
    }

    #[test]
    fn what_was_refused_is_tried_again_after_a_change_also_one_that_was_seen_first() {
        let mut queue = Queue::new(4);
        queue.open(item(1), minute(0));
        assert_eq!(queue.begin(minute(0)), Some(item(1)));
        queue.park(item(1), minute(0), at(5), "WALLET_FROZEN");
        assert_eq!(queue.begin(minute(1)), None);
        queue.change(at(6), minute(1));
        assert_eq!(queue.begin(minute(1)), Some(item(1)));
        // Judged before that change, answered after it.
        queue.park(item(1), minute(2), at(5), "WALLET_FROZEN");
        assert_eq!(queue.begin(minute(2)), Some(item(1)));
        queue.park(item(1), minute(2), at(6), "WALLET_FROZEN");
        assert_eq!((queue.begin(minute(9)), queue.parked()), (None, 1));
    }
}
