//! The rules of four eyes.

use chrono::{DateTime, Utc};

use super::{
    Approve, Approved, Configure, Configured, Expire, Expired, Made, PROPOSABLE, Proposal, Propose,
    Reject, Rejected, Status, USUAL_SPAN_S, Withdraw, Withdrawn,
};
use crate::actor::{Actor, Asker};
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::ProposalId;
use crate::money::Money;
use crate::permission::permits;
use crate::refusal::Refusal;
use crate::settings::Seconds;
use crate::state::LedgerState;

/// The threshold that an amount is above, if it is.
pub(crate) fn above(state: &LedgerState, amount: Money) -> Option<Money> {
    let thresholds = state.four_eyes.get(&())?;
    let threshold = thresholds.iter().find(|it| it.currency() == amount.currency())?;
    (amount.minor() > threshold.minor()).then_some(*threshold)
}

/// Refuses an amount above the threshold, unless somebody else has approved it.
pub(crate) fn needed(state: &LedgerState, asker: &Asker<'_>, amount: Money) -> Result<(), Refusal> {
    match above(state, amount) {
        Some(_) if asker.proposed_by.is_none() => Err(Refusal::FourEyesNeeded {}),
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn decide_configure(
    state: &LedgerState,
    command: &Configure,
) -> Result<Decided, Refusal> {
    let mut thresholds = command.thresholds.clone();
    thresholds.sort_unstable_by_key(|it| it.currency());
    if thresholds.windows(2).any(|pair| pair[0].currency() == pair[1].currency()) {
        let allowed = "at most one amount per currency";
        return Err(Refusal::InvalidSetting { field: "thresholds", allowed });
    }
    let now = state.four_eyes.get(&());
    if now == Some(&thresholds) || (now.is_none() && thresholds.is_empty()) {
        return Ok(Decided::Already);
    }
    happened([Event::FourEyesConfigured(Configured { thresholds })])
}

pub(crate) fn decide_propose(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Propose,
) -> Result<Decided, Refusal> {
    let Propose { proposal, command, reason, span_s } = command;
    if let Some(known) = state.proposals.get(proposal) {
        let differs = [
            (known.by != actor.subject, "proposal"),
            (known.command != *command, "command"),
            (known.reason != *reason, "reason"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    if !PROPOSABLE.contains(&command.name()) {
        let allowed = "a command that can be proposed";
        return Err(Refusal::InvalidSetting { field: "command", allowed });
    }
    if !permits(actor.role, command) {
        return Err(Refusal::Forbidden { role: actor.role });
    }
    // What could not happen whoever approved it is refused at once, and not by the second person.
    let asker = Asker { actor, proposed_by: Some(&actor.subject) };
    command.decide(state, &asker, at)?;
    let span = span_s.unwrap_or_else(|| Seconds::try_from(USUAL_SPAN_S).expect("a week is a span"));
    happened([Event::ProposalMade(Made {
        proposal: *proposal,
        by: actor.subject.clone(),
        command: command.clone(),
        reason: reason.clone(),
        expires_at: at + span.delta(),
    })])
}

fn named(state: &LedgerState, id: ProposalId) -> Result<&Proposal, Refusal> {
    state.proposals.get(&id).ok_or(Refusal::NotFound { field: "proposal" })
}

fn wrong_state(proposal: &Proposal) -> Result<Decided, Refusal> {
    Err(Refusal::WrongState { state: proposal.status.as_str() })
}

pub(crate) fn decide_approve(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Approve,
) -> Result<Decided, Refusal> {
    let proposal = named(state, command.proposal)?;
    match proposal.status {
        Status::Approved => return Ok(Decided::Already),
        Status::Rejected | Status::Withdrawn | Status::Expired => return wrong_state(proposal),
        Status::Open if proposal.by == actor.subject => return Err(Refusal::OwnProposal {}),
        // The timer is late: it is over all the same.
        Status::Open if at >= proposal.expires_at => {
            return Err(Refusal::WrongState { state: Status::Expired.as_str() });
        }
        Status::Open => {}
    }
    if !permits(actor.role, &proposal.command) {
        return Err(Refusal::Forbidden { role: actor.role });
    }
    let asker = Asker { actor, proposed_by: Some(&proposal.by) };
    let by = actor.subject.clone();
    let mut events = vec![Event::ProposalApproved(Approved { proposal: command.proposal, by })];
    match proposal.command.decide(state, &asker, at)? {
        Decided::Happened(more) => events.extend(more),
        Decided::Already => {}
    }
    Ok(Decided::Happened(events))
}

pub(crate) fn decide_reject(
    state: &LedgerState,
    actor: &Actor,
    command: &Reject,
) -> Result<Decided, Refusal> {
    let proposal = named(state, command.proposal)?;
    match proposal.status {
        Status::Open if proposal.by == actor.subject => Err(Refusal::OwnProposal {}),
        Status::Open => happened([Event::ProposalRejected(Rejected {
            proposal: command.proposal,
            by: actor.subject.clone(),
            reason: command.reason.clone(),
        })]),
        Status::Rejected => Ok(Decided::Already),
        Status::Approved | Status::Withdrawn | Status::Expired => wrong_state(proposal),
    }
}

pub(crate) fn decide_withdraw(
    state: &LedgerState,
    actor: &Actor,
    command: &Withdraw,
) -> Result<Decided, Refusal> {
    let proposal = named(state, command.proposal)?;
    if proposal.by != actor.subject {
        return Err(Refusal::NotYours { field: "proposal" });
    }
    match proposal.status {
        Status::Open => {
            happened([Event::ProposalWithdrawn(Withdrawn { proposal: command.proposal })])
        }
        Status::Withdrawn => Ok(Decided::Already),
        Status::Approved | Status::Rejected | Status::Expired => wrong_state(proposal),
    }
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let proposal = named(state, command.proposal)?;
    match proposal.status {
        Status::Open if at < proposal.expires_at => {
            Err(Refusal::TooEarly { due: proposal.expires_at })
        }
        Status::Open => happened([Event::ProposalExpired(Expired { proposal: command.proposal })]),
        Status::Expired => Ok(Decided::Already),
        Status::Approved | Status::Rejected | Status::Withdrawn => wrong_state(proposal),
    }
}

pub(crate) fn evolve_configured(state: &mut LedgerState, event: &Configured) {
    state.four_eyes.insert((), event.thresholds.clone());
}

pub(crate) fn evolve_made(state: &mut LedgerState, event: &Made) {
    let proposal = Proposal {
        by: event.by.clone(),
        command: event.command.clone(),
        reason: event.reason.clone(),
        expires_at: event.expires_at,
        status: Status::Open,
    };
    state.proposals.insert(event.proposal, proposal);
}

pub(crate) fn evolve_approved(state: &mut LedgerState, event: &Approved) {
    set_status(state, event.proposal, Status::Approved);
}

pub(crate) fn evolve_rejected(state: &mut LedgerState, event: &Rejected) {
    set_status(state, event.proposal, Status::Rejected);
}

pub(crate) fn evolve_withdrawn(state: &mut LedgerState, event: &Withdrawn) {
    set_status(state, event.proposal, Status::Withdrawn);
}

pub(crate) fn evolve_expired(state: &mut LedgerState, event: &Expired) {
    set_status(state, event.proposal, Status::Expired);
}

fn set_status(state: &mut LedgerState, id: ProposalId, status: Status) {
    state.proposals.modify(id, |proposal| proposal.status = status);
}
