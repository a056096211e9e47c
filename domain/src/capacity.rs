//! Capacities: how many places of something can be sold. Seats of a concert, rooms of a night.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Open: SetCapacity
//!     Open --> Open: SetCapacity
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `SetCapacity` | `capacity.set.v1` | none |
//!
//! An order's line reserves its places when the order is placed, takes them when it is paid, and
//! gives them back when the order is cancelled, its time is over, or they are refunded. Reserved and
//! sold places together never come to more than there are.

use serde::{Deserialize, Serialize};

use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;

/// Says how many places there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// Of what: the marketplace's own name for it.
    pub capacity: Code,
    /// How many: no fewer than are reserved or sold.
    pub places: u32,
}

/// It was said how many places there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WasSet {
    /// Of what.
    pub capacity: Code,
    /// How many.
    pub places: u32,
}

/// A capacity as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Capacity {
    /// How many places there are.
    pub places: u32,
    /// How many are in orders that are not paid yet.
    pub reserved: u32,
    /// How many are paid.
    pub sold: u32,
}

impl Capacity {
    /// How many can still be ordered.
    #[must_use]
    pub const fn left(&self) -> u32 {
        self.places.saturating_sub(self.reserved).saturating_sub(self.sold)
    }
}

pub(crate) fn decide_set(state: &LedgerState, command: &Set) -> Result<Decided, Refusal> {
    let Set { capacity, places } = command;
    let known = state.capacities.get(capacity);
    if known.is_some_and(|known| known.places == *places) {
        return Ok(Decided::Already);
    }
    if known.is_some_and(|known| *places < known.reserved.saturating_add(known.sold)) {
        let allowed = "no fewer than are reserved or sold";
        return Err(Refusal::InvalidSetting { field: "places", allowed });
    }
    happened([Event::CapacitySet(WasSet { capacity: capacity.clone(), places: *places })])
}

/// Refuses more than is left.
pub(crate) fn has(state: &LedgerState, code: &Code, needed: u64) -> Result<(), Refusal> {
    let capacity = state.capacities.get(code).ok_or(Refusal::NotFound { field: "capacity" })?;
    let left = capacity.left();
    if u64::from(left) < needed { Err(Refusal::SoldOut { left, needed }) } else { Ok(()) }
}

pub(crate) fn evolve_set(state: &mut LedgerState, event: &WasSet) {
    state.capacities.update(event.capacity.clone(), |it| it.places = event.places);
}

/// Places were ordered.
pub(crate) fn reserve(state: &mut LedgerState, code: &Code, places: u32) {
    state.capacities.modify(code.clone(), |it| it.reserved += places);
}

/// They were paid.
pub(crate) fn sell(state: &mut LedgerState, code: &Code, places: u32) {
    state.capacities.modify(code.clone(), |it| {
        it.reserved = it.reserved.saturating_sub(places);
        it.sold += places;
    });
}

/// They are free again; `paid` says whether they had been paid.
pub(crate) fn release(state: &mut LedgerState, code: &Code, places: u32, paid: bool) {
    state.capacities.modify(code.clone(), |it| {
        let taken = if paid { &mut it.sold } else { &mut it.reserved };
        *taken = taken.saturating_sub(places);
    });
}
