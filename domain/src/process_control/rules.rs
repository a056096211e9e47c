//! The rules of operator control.

use super::{
    Freed, GiveUp, GivenUp, Known, RecordFreed, RecordStuck, Retried, Retry, Skip, Skipped, Status,
    Step, Stuck,
};
use crate::actor::Asker;
use crate::correction;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{RefundId, WithdrawalId};
use crate::refund;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::withdrawal;

/// The process whose money is in transit.
const WITHDRAWAL: &str = "withdrawal";
const REFUND: &str = "refund";

fn wrong_state(status: Status) -> Result<Decided, Refusal> {
    Err(Refusal::WrongState { state: status.as_str() })
}

fn named<'a>(state: &'a LedgerState, at: &Step) -> Result<&'a Known, Refusal> {
    state.processes.get(at).ok_or(Refusal::NotFound { field: "instance" })
}

pub(crate) fn decide_stuck(state: &LedgerState, command: &RecordStuck) -> Result<Decided, Refusal> {
    let RecordStuck { at, code, tries } = command.clone();
    match state.processes.get(&at) {
        Some(Known { status: Status::Stuck, code: known }) if *known == code => {
            return Ok(Decided::Already);
        }
        Some(Known { status: status @ (Status::Skipped | Status::GivenUp), .. }) => {
            return wrong_state(*status);
        }
        Some(Known { status: Status::Stuck | Status::Retried | Status::Freed, .. }) | None => {}
    }
    happened([Event::ProcessStuck(Stuck { at, code, tries })])
}

pub(crate) fn decide_freed(state: &LedgerState, command: &RecordFreed) -> Result<Decided, Refusal> {
    match named(state, &command.at)?.status {
        Status::Stuck => happened([Event::ProcessFreed(Freed { at: command.at.clone() })]),
        Status::Retried | Status::Skipped | Status::GivenUp | Status::Freed => Ok(Decided::Already),
    }
}

pub(crate) fn decide_retry(state: &LedgerState, command: &Retry) -> Result<Decided, Refusal> {
    match named(state, &command.at)?.status {
        Status::Stuck => happened([Event::ProcessRetried(Retried { at: command.at.clone() })]),
        Status::Retried => Ok(Decided::Already),
        status @ (Status::Skipped | Status::GivenUp | Status::Freed) => wrong_state(status),
    }
}

pub(crate) fn decide_skip(state: &LedgerState, command: &Skip) -> Result<Decided, Refusal> {
    let Skip { at, reason } = command.clone();
    match named(state, &at)?.status {
        Status::Stuck => happened([Event::ProcessSkipped(Skipped { at, reason })]),
        Status::Skipped => Ok(Decided::Already),
        status @ (Status::Retried | Status::GivenUp | Status::Freed) => wrong_state(status),
    }
}

pub(crate) fn decide_give_up(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &GiveUp,
) -> Result<Decided, Refusal> {
    let GiveUp { at, into, reason } = command.clone();
    match named(state, &at)?.status {
        // Its end may be long in coming after a step was skipped.
        Status::Stuck | Status::Skipped => {}
        Status::GivenUp => return Ok(Decided::Already),
        status @ (Status::Retried | Status::Freed) => return wrong_state(status),
    }
    if ![WITHDRAWAL, REFUND].contains(&at.process.as_str()) {
        let allowed = "withdrawal or refund: no other process has money that only it can move";
        return Err(Refusal::InvalidSetting { field: "process", allowed });
    }
    if asker.proposed_by.is_none() {
        return Err(Refusal::FourEyesNeeded {});
    }
    correction::may_touch(state, into, "into")?;
    let entry = if at.process.as_str() == REFUND {
        refund::given_up(state, RefundId(at.instance), into)?
    } else {
        withdrawal::given_up(state, WithdrawalId(at.instance), into)?
    };
    happened([Event::ProcessGivenUp(GivenUp { at, reason, entry })])
}

pub(crate) fn evolve_stuck(state: &mut LedgerState, event: &Stuck) {
    let known = Known { code: event.code.clone(), status: Status::Stuck };
    state.processes.insert(event.at.clone(), known);
}

pub(crate) fn evolve_freed(state: &mut LedgerState, event: &Freed) {
    set_status(state, &event.at, Status::Freed);
}

pub(crate) fn evolve_retried(state: &mut LedgerState, event: &Retried) {
    set_status(state, &event.at, Status::Retried);
}

pub(crate) fn evolve_skipped(state: &mut LedgerState, event: &Skipped) {
    set_status(state, &event.at, Status::Skipped);
}

pub(crate) fn evolve_given_up(state: &mut LedgerState, event: &GivenUp) {
    set_status(state, &event.at, Status::GivenUp);
    if event.at.process.as_str() == REFUND {
        refund::give_up(state, RefundId(event.at.instance));
    } else {
        withdrawal::give_up(state, WithdrawalId(event.at.instance));
    }
}

fn set_status(state: &mut LedgerState, at: &Step, status: Status) {
    state.processes.modify(at.clone(), |known| known.status = status);
}
