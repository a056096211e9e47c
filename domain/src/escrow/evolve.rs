//! What events do to an escrow.

use chrono::{DateTime, Utc};

use super::events::{
    Canceled, ClawedBack, Delivered, DisputeWithdrawn, Disputed, Funded, Opened, Refunded,
    Released, RevisionRequested, Settled, SettlementDeclined, SettlementOffered,
};
use super::state::{Escrow, Offer, Part, Status, left_us};
use crate::ids::EscrowId;
use crate::money::Money;
use crate::state::LedgerState;
use crate::wallet;

pub(crate) fn evolve_opened(state: &mut LedgerState, event: &Opened) {
    let escrow = Escrow::from_terms(&event.terms);
    wallet::begin(state, escrow.buyer);
    wallet::begin(state, escrow.seller);
    escrow.agreed.begin(state);
    state.escrows.insert(event.escrow, escrow);
}

/// Changes a part; when it was the last to end, the wallets have one thing less under way.
fn change(
    state: &mut LedgerState,
    id: EscrowId,
    milestone: Option<u16>,
    change: impl FnOnce(&mut Part),
) {
    let ended = |escrow: &Escrow| escrow.parts.iter().all(|part| part.status.has_ended());
    let before = state.escrows.get(&id).is_some_and(ended);
    state.escrows.modify(id, |escrow| {
        if let Some(part) = escrow.place(milestone).and_then(|place| escrow.parts.get_mut(place)) {
            change(part);
        }
    });
    let Some(escrow) = state.escrows.get(&id).filter(|it| !before && ended(it)).cloned() else {
        return;
    };
    wallet::end(state, escrow.buyer);
    wallet::end(state, escrow.seller);
    escrow.agreed.end(state);
}

pub(crate) fn evolve_funded(state: &mut LedgerState, event: &Funded) {
    change(state, event.escrow, event.milestone, |part| {
        part.status = Status::Funded { deliver_by: event.deliver_by };
        part.payin = event.payin;
    });
}

pub(crate) fn evolve_canceled(state: &mut LedgerState, event: &Canceled) {
    if event.milestones.is_empty() {
        change(state, event.escrow, None, |part| part.status = Status::Canceled);
    }
    for number in &event.milestones {
        change(state, event.escrow, Some(*number), |part| part.status = Status::Canceled);
    }
}

pub(crate) fn evolve_delivered(state: &mut LedgerState, event: &Delivered) {
    change(state, event.escrow, event.milestone, |part| {
        part.status = Status::Delivered { auto_release_at: event.auto_release_at };
    });
}

pub(crate) fn evolve_revision(state: &mut LedgerState, event: &RevisionRequested) {
    change(state, event.escrow, event.milestone, |part| {
        part.status = Status::Funded { deliver_by: event.deliver_by };
    });
}

/// What an event moved of a part: as it says, or all of it.
fn moved(part: &Part, said: Option<Money>) -> u64 {
    said.unwrap_or(part.amount).minor()
}

pub(crate) fn evolve_released(state: &mut LedgerState, event: &Released) {
    change(state, event.escrow, event.milestone, |part| {
        part.released += moved(part, event.shared.as_ref().map(|shared| shared.now));
        if event.left.is_none() {
            part.status = if event.mixed { Status::Settled } else { Status::Released };
            part.offer = None;
        }
    });
}

pub(crate) fn evolve_refunded(state: &mut LedgerState, event: &Refunded) {
    change(state, event.escrow, event.milestone, |part| {
        part.refunded += moved(part, event.amount);
        if event.left.is_none() {
            part.status = if event.mixed { Status::Settled } else { Status::Refunded };
            part.offer = None;
        }
    });
}

pub(crate) fn evolve_disputed(state: &mut LedgerState, event: &Disputed, at: DateTime<Utc>) {
    change(state, event.escrow, event.milestone, |part| {
        let (delivered, until) = match part.status {
            Status::Delivered { auto_release_at } => (true, Some(auto_release_at)),
            Status::Funded { deliver_by } => (false, deliver_by),
            Status::AwaitingFunds
            | Status::Disputed { .. }
            | Status::Released
            | Status::Refunded
            | Status::Settled
            | Status::Canceled => (false, None),
        };
        let left_us = until.map(|until| left_us(at, until));
        part.status = Status::Disputed { party: event.party, delivered, left_us };
    });
}

pub(crate) fn evolve_dispute_withdrawn(state: &mut LedgerState, event: &DisputeWithdrawn) {
    change(state, event.escrow, event.milestone, |part| {
        part.status = match event.auto_release_at {
            Some(auto_release_at) => Status::Delivered { auto_release_at },
            None => Status::Funded { deliver_by: event.deliver_by },
        };
    });
}

pub(crate) fn evolve_offered(state: &mut LedgerState, event: &SettlementOffered) {
    change(state, event.escrow, event.milestone, |part| {
        part.offer = Some(Offer { party: event.party, seller: event.seller });
    });
}

pub(crate) fn evolve_declined(state: &mut LedgerState, event: &SettlementDeclined) {
    change(state, event.escrow, event.milestone, |part| part.offer = None);
}

pub(crate) fn evolve_settled(state: &mut LedgerState, event: &Settled) {
    let minor = |money: Option<Money>| money.map_or(0, Money::minor);
    change(state, event.escrow, event.milestone, |part| {
        part.released += minor(event.seller);
        part.refunded += minor(event.buyer) + minor(event.fee);
        part.status = Status::Settled;
        part.offer = None;
    });
}

pub(crate) fn evolve_clawed_back(state: &mut LedgerState, event: &ClawedBack) {
    change(state, event.escrow, event.milestone, |part| {
        part.returned += event.amount.minor();
    });
}
