//! The rules of payments that a card's issuer keeps for us, until they are captured.

use chrono::{DateTime, Utc};

use super::rules::asked_of;
use super::{Authorised, Capture, CaptureRequested, Payin, RecordAuthorisation, Status};
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::PayinId;
use crate::payments;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::ObjectId;

/// What is kept for us; the provider is asked for it at once, unless it is to wait.
pub(crate) fn decide_authorisation(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &RecordAuthorisation,
) -> Result<Decided, Refusal> {
    let RecordAuthorisation { payin: id, receipt } = command;
    let payin = asked_of(state, *id, receipt.provider)?;
    if payin.amount != receipt.amount {
        return Err(Refusal::ExistsWithOtherTerms { field: "amount" });
    }
    match payin.status {
        Status::Created | Status::Submitted | Status::Declined => {
            let mut events = vec![Event::PayinAuthorised(Authorised {
                payin: *id,
                receipt: receipt.clone(),
                expires_at: at + payments::rules(state).authorisation_s.delta(),
            })];
            if !payin.capture_later {
                events.push(requested(*id, payin, &receipt.object));
            }
            Ok(Decided::Happened(events))
        }
        Status::Authorised
        | Status::Capturing
        | Status::Succeeded
        | Status::Expired
        | Status::Canceled => Ok(Decided::Already),
    }
}

pub(crate) fn decide_capture(state: &LedgerState, command: &Capture) -> Result<Decided, Refusal> {
    let payin = state.payins.get(&command.payin).ok_or(Refusal::NotFound { field: "payin" })?;
    match (payin.status, &payin.authorised) {
        (Status::Authorised, Some(object)) => happened([requested(command.payin, payin, object)]),
        (Status::Capturing | Status::Succeeded, _) => Ok(Decided::Already),
        (
            Status::Created
            | Status::Submitted
            | Status::Authorised
            | Status::Declined
            | Status::Expired
            | Status::Canceled,
            _,
        ) => Err(Refusal::WrongState { state: payin.status.as_str() }),
    }
}

fn requested(id: PayinId, payin: &Payin, object: &ObjectId) -> Event {
    Event::PayinCaptureRequested(CaptureRequested {
        payin: id,
        provider: payin.provider,
        object: object.clone(),
        amount: payin.amount,
    })
}

pub(crate) fn evolve_authorised(state: &mut LedgerState, event: &Authorised) {
    state.payins.modify(event.payin, |payin| {
        payin.status = Status::Authorised;
        payin.expires_at = event.expires_at;
        payin.authorised = Some(event.receipt.object.clone());
        payin.open_object = Some(event.receipt.object.clone());
    });
}

pub(crate) fn evolve_capture_requested(state: &mut LedgerState, event: &CaptureRequested) {
    state.payins.modify(event.payin, |payin| payin.status = Status::Capturing);
}
