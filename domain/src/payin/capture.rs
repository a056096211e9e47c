//! The rules of payments that a card's issuer keeps for us, until they are captured.

use chrono::{DateTime, Utc};

use super::rules::asked_of;
use super::{Authorised, Capture, CaptureRequested, RecordAuthorisation, Status};
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::payments;
use crate::refusal::Refusal;
use crate::state::LedgerState;

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
                events.push(Event::PayinCaptureRequested(CaptureRequested {
                    payin: *id,
                    provider: receipt.provider,
                    object: receipt.object.clone(),
                    amount: payin.amount,
                }));
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
        (Status::Authorised, Some(object)) => {
            happened([Event::PayinCaptureRequested(CaptureRequested {
                payin: command.payin,
                provider: payin.provider,
                object: object.clone(),
                amount: payin.amount,
            })])
        }
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

pub(crate) fn evolve_authorised(state: &mut LedgerState, event: &Authorised) {
    state.payins.modify(event.payin, |payin| {
        payin.status = Status::Authorised;
        payin.expires_at = event.expires_at;
        payin.authorised = Some(event.receipt.object.clone());
    });
}

pub(crate) fn evolve_capture_requested(state: &mut LedgerState, event: &CaptureRequested) {
    state.payins.modify(event.payin, |payin| payin.status = Status::Capturing);
}
