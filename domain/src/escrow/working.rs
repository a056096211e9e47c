//! Delivering, and wanting it done better.

use chrono::{DateTime, Utc};

use super::commands::{Deliver, Party, RequestRevision};
use super::events::{Delivered, RevisionRequested};
use super::state::{Status, named};
use crate::actor::Actor;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::state::LedgerState;

pub(crate) fn decide_deliver(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Deliver,
) -> Result<Decided, Refusal> {
    let Deliver { escrow, milestone, evidence } = *command;
    let named = named(state, escrow, milestone)?;
    named.must_be(state, actor, Party::Seller)?;
    match named.part.status {
        Status::Funded { .. } => happened([Event::EscrowDelivered(Delivered {
            escrow,
            milestone,
            auto_release_at: at + named.escrow.inspection_s.delta(),
            evidence,
        })]),
        Status::Delivered { .. } => Ok(Decided::Already),
        Status::AwaitingFunds
        | Status::Disputed { .. }
        | Status::Released
        | Status::Refunded
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}

pub(crate) fn decide_revision(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &RequestRevision,
) -> Result<Decided, Refusal> {
    let RequestRevision { escrow, milestone, ref reason } = *command;
    let named = named(state, escrow, milestone)?;
    named.must_be(state, actor, Party::Buyer)?;
    match named.part.status {
        // The timer may be late: what is due is the seller's.
        Status::Delivered { auto_release_at } if at >= auto_release_at => {
            Err(Refusal::WrongState { state: Status::Released.as_str() })
        }
        Status::Delivered { .. } => happened([Event::EscrowRevisionRequested(RevisionRequested {
            escrow,
            milestone,
            reason: reason.clone(),
            // The seller has as long as the buyer had, if the date agreed is nearer.
            deliver_by: named
                .part
                .promised
                .map(|agreed| agreed.max(at + named.escrow.inspection_s.delta())),
        })]),
        Status::AwaitingFunds
        | Status::Funded { .. }
        | Status::Disputed { .. }
        | Status::Released
        | Status::Refunded
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}
