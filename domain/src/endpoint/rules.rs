//! The rules of endpoints.

use super::{
    Add, Added, Cause, Change, Changed, Disable, Disabled, Enable, Enabled, Endpoint, MOST, Remove,
    Removed, Replay, Replayed, Rotate, Rotated, Status,
};
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::EndpointId;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// An endpoint that is not removed.
fn standing(state: &LedgerState, id: EndpointId) -> Result<&Endpoint, Refusal> {
    let known = state.endpoints.get(&id).ok_or(Refusal::NotFound { field: "endpoint" })?;
    match known.status {
        Status::Enabled | Status::Disabled(_) => Ok(known),
        Status::Removed => Err(Refusal::WrongState { state: known.status.as_str() }),
    }
}

pub(crate) fn decide_add(state: &LedgerState, command: &Add) -> Result<Decided, Refusal> {
    state.settings()?;
    let Add { endpoint, url, filter, secret, from } = command.clone();
    let filter = filter.checked()?;
    if let Some(known) = state.endpoints.get(&endpoint) {
        let differs = [
            (known.url != url, "url"),
            (known.filter != filter, "filter"),
            (known.from != from, "fromRevision"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    let standing = state.endpoints.unordered().filter(|(_, it)| it.status != Status::Removed);
    if standing.count() >= MOST {
        let allowed = "one of at most 50 that are not removed";
        return Err(Refusal::InvalidSetting { field: "endpoint", allowed });
    }
    happened([Event::EndpointAdded(Added { endpoint, url, filter, secret, from })])
}

pub(crate) fn decide_change(state: &LedgerState, command: &Change) -> Result<Decided, Refusal> {
    let Change { endpoint, url, filter } = command.clone();
    let known = standing(state, endpoint)?;
    let filter = filter.checked()?;
    if known.url == url && known.filter == filter {
        return Ok(Decided::Already);
    }
    happened([Event::EndpointChanged(Changed { endpoint, url, filter })])
}

pub(crate) fn decide_rotate(state: &LedgerState, command: &Rotate) -> Result<Decided, Refusal> {
    let Rotate { endpoint, secret } = command.clone();
    let known = standing(state, endpoint)?;
    if known.secret == secret {
        return Ok(Decided::Already);
    }
    let former = known.secret.clone();
    happened([Event::EndpointSecretRotated(Rotated { endpoint, secret, former })])
}

/// What a person wants outlasts what the ledger found; not the other way round. One that failed may
/// be found to be gone.
const fn weight(cause: &Cause) -> u8 {
    match cause {
        Cause::Failing => 0,
        Cause::Gone => 1,
        Cause::Asked(_) => 2,
    }
}

pub(crate) fn decide_disable(state: &LedgerState, command: &Disable) -> Result<Decided, Refusal> {
    let Disable { endpoint, cause } = command.clone();
    if let Status::Disabled(known) = &standing(state, endpoint)?.status
        && (*known == cause || weight(&cause) < weight(known))
    {
        return Ok(Decided::Already);
    }
    happened([Event::EndpointDisabled(Disabled { endpoint, cause })])
}

pub(crate) fn decide_enable(state: &LedgerState, command: &Enable) -> Result<Decided, Refusal> {
    let Enable { endpoint, probed } = *command;
    match &standing(state, endpoint)?.status {
        Status::Disabled(Cause::Gone | Cause::Asked(_)) if probed => {
            Err(Refusal::WrongState { state: "disabled" })
        }
        Status::Disabled(_) => happened([Event::EndpointEnabled(Enabled { endpoint, probed })]),
        Status::Enabled | Status::Removed => Ok(Decided::Already),
    }
}

pub(crate) fn decide_replay(state: &LedgerState, command: &Replay) -> Result<Decided, Refusal> {
    let Replay { endpoint, from } = *command;
    standing(state, endpoint)?;
    happened([Event::EndpointReplayed(Replayed { endpoint, from })])
}

pub(crate) fn decide_remove(state: &LedgerState, command: &Remove) -> Result<Decided, Refusal> {
    let endpoint = command.endpoint;
    match standing(state, endpoint) {
        Err(Refusal::WrongState { .. }) => Ok(Decided::Already),
        Err(refusal) => Err(refusal),
        Ok(_) => happened([Event::EndpointRemoved(Removed { endpoint })]),
    }
}

pub(crate) fn evolve_added(state: &mut LedgerState, event: &Added) {
    let Added { endpoint, url, filter, secret, from } = event.clone();
    let known = Endpoint { url, filter, secret, from, status: Status::Enabled };
    state.endpoints.insert(endpoint, known);
}

pub(crate) fn evolve_changed(state: &mut LedgerState, event: &Changed) {
    state.endpoints.modify(event.endpoint, |known| {
        known.url = event.url.clone();
        known.filter = event.filter.clone();
    });
}

pub(crate) fn evolve_rotated(state: &mut LedgerState, event: &Rotated) {
    state.endpoints.modify(event.endpoint, |known| known.secret = event.secret.clone());
}

pub(crate) fn evolve_disabled(state: &mut LedgerState, event: &Disabled) {
    let status = Status::Disabled(event.cause.clone());
    state.endpoints.modify(event.endpoint, |known| known.status = status);
}

pub(crate) fn evolve_enabled(state: &mut LedgerState, event: &Enabled) {
    state.endpoints.modify(event.endpoint, |known| known.status = Status::Enabled);
}

/// Where an endpoint goes on is nothing that a rule asks for: whoever sends reads it in the log.
pub(crate) const fn evolve_replayed(_: &mut LedgerState, _: &Replayed) {}

pub(crate) fn evolve_removed(state: &mut LedgerState, event: &Removed) {
    state.endpoints.modify(event.endpoint, |known| known.status = Status::Removed);
}

impl LedgerState {
    /// The endpoint with this id.
    #[must_use]
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.endpoints.get(&id)
    }

    /// All endpoints, also those that were removed, by their ids.
    #[must_use]
    pub fn endpoints(&self) -> Vec<(&EndpointId, &Endpoint)> {
        self.endpoints.sorted()
    }
}
