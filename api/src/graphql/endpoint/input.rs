//! Inputs of commands about endpoints.

use async_graphql::InputObject;
use uuid::Uuid;

use cauri_domain::endpoint::{Cause, Change, Disable, Enable, EndpointUrl, Filter, Remove, Replay};
use cauri_domain::text::{TextError, is_bare_number};
use cauri_domain::{EndpointId, Refusal, Revision, WalletId};
use cauri_ledger::store::Head;

use crate::graphql::command::{LabelsInput, Meta, inputs, text};
use crate::graphql::scalars::RevisionNumber;

/// Which events an endpoint is told: those that fit every list that is not empty.
#[derive(Debug, Clone, Default, InputObject)]
pub struct EventFilterInput {
    /// Of these types: `escrow.released.v1`, or all that begin alike, `escrow.*`. At most 100.
    #[graphql(default)]
    types: Vec<String>,
    /// Whose payload names one of these wallets, or something that one of them has part in: an escrow of
    /// its, a sale that it sells in. At most 100.
    #[graphql(default)]
    wallets: Vec<Uuid>,
    /// Whose command had one of these categories. At most 100.
    #[graphql(default)]
    categories: Vec<String>,
}

impl EventFilterInput {
    pub(super) fn parse(&self) -> Result<Filter, Refusal> {
        let types = self.types.iter().map(|it| text("filter.types", it));
        let categories = self.categories.iter().map(|it| text("filter.categories", it));
        Ok(Filter {
            types: types.collect::<Result<_, _>>()?,
            wallets: self.wallets.iter().copied().map(WalletId).collect(),
            categories: categories.collect::<Result<_, _>>()?,
        })
    }
}

/// Adds an endpoint.
#[derive(Debug, Clone, InputObject)]
pub struct AddEndpointInput {
    /// The key of the command: sent again with the same content it is applied once, for ever; with
    /// other content it is refused.
    pub command_id: Uuid,
    /// Its id, chosen by the caller.
    pub endpoint: Uuid,
    /// Where events go: `https://host/path`, without user, query or fragment. Plain `http` and
    /// private networks only where this server allows them.
    pub url: String,
    /// Which events; all when not given.
    #[graphql(default)]
    pub filter: EventFilterInput,
    /// From which revision on; from its own event on when not given.
    pub from_revision: Option<RevisionNumber>,
    /// What the command says of itself for reports.
    pub labels: Option<LabelsInput>,
    /// The story it is part of; its own when not given.
    pub correlation_id: Option<Uuid>,
}

impl AddEndpointInput {
    pub(super) fn terms(&self) -> Result<(EndpointUrl, Filter), Refusal> {
        Ok((url(&self.url)?, self.filter.parse()?))
    }

    pub(super) fn meta(self) -> Meta {
        Meta { id: self.command_id, correlation: self.correlation_id, labels: self.labels }
    }
}

/// Has another secret sign. The one before signs too for 24 hours.
#[derive(Debug, Clone, InputObject)]
pub struct RotateEndpointSecretInput {
    /// The key of the command: sent again with the same content it is applied once, for ever; with
    /// other content it is refused.
    pub command_id: Uuid,
    /// Which.
    pub endpoint: Uuid,
    /// What the command says of itself for reports.
    pub labels: Option<LabelsInput>,
    /// The story it is part of; its own when not given.
    pub correlation_id: Option<Uuid>,
}

impl RotateEndpointSecretInput {
    pub(super) fn meta(self) -> Meta {
        Meta { id: self.command_id, correlation: self.correlation_id, labels: self.labels }
    }
}

/// An address, no part of whose path is a number that could be of a phone or an account, also where
/// its digits are grouped: the log would keep it for ever. Events from before may have such a one.
fn url(given: &str) -> Result<EndpointUrl, Refusal> {
    let read: EndpointUrl = text("url", given)?;
    if read.as_str().split('/').skip(3).any(is_bare_number) {
        return Err(Refusal::InvalidText { field: "url", why: TextError::BareNumber });
    }
    Ok(read)
}

/// A revision that is there, or the next: further ahead nothing would ever be sent, by mistake.
pub(super) fn known(from: RevisionNumber, head: Head) -> Result<Revision, Refusal> {
    let allowed = "a revision that the ledger has, or the next one";
    let bad = Refusal::InvalidSetting { field: "fromRevision", allowed };
    if from.0 <= head.next().0 { Ok(Revision(from.0)) } else { Err(bad) }
}

inputs! {
    /// Tells an endpoint of other events, or at another place. What is given is how it is then: a
    /// filter that is not given is none.
    ChangeEndpointInput {
        /// Which.
        endpoint: Uuid,
        /// Where events go, as when it was added.
        url: String,
        /// Which events; all when not given.
        filter: Option<EventFilterInput>,
    } => |it| Ok(Change {
        endpoint: EndpointId(it.endpoint),
        url: url(&it.url)?,
        filter: it.filter.as_ref().map(EventFilterInput::parse).transpose()?.unwrap_or_default(),
    }.into());

    /// Tells an endpoint nothing until it is enabled. Nothing is lost: it goes on where it stopped.
    DisableEndpointInput {
        /// Which.
        endpoint: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(Disable {
        endpoint: EndpointId(it.endpoint),
        cause: Cause::Asked(text("reason", &it.reason)?),
    }.into());

    /// Tells an endpoint again, from where it stopped.
    EnableEndpointInput {
        /// Which.
        endpoint: Uuid,
    } => |it| Ok(Enable { endpoint: EndpointId(it.endpoint), probed: false }.into());

    /// Has an endpoint go on at a revision: back, so that events are sent again under the same ids,
    /// or ahead, to leave some out.
    ReplayEndpointInput {
        /// Which.
        endpoint: Uuid,
        /// The first revision that is sent.
        from_revision: RevisionNumber,
    } => |it| Ok(Replay {
        endpoint: EndpointId(it.endpoint),
        from: Revision(it.from_revision.0),
    }.into());

    /// Tells an endpoint nothing, for ever. Its secrets are erased.
    RemoveEndpointInput {
        /// Which.
        endpoint: Uuid,
    } => |it| Ok(Remove { endpoint: EndpointId(it.endpoint) }.into());
}
