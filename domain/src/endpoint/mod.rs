//! Endpoints: where the marketplace's own systems are told what happened, over signed webhooks.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Enabled: AddEndpoint
//!     Enabled --> Enabled: ChangeEndpoint, RotateEndpointSecret, ReplayEndpoint
//!     Enabled --> Disabled: DisableEndpoint
//!     Disabled --> Disabled: ChangeEndpoint, RotateEndpointSecret, ReplayEndpoint, DisableEndpoint (other cause)
//!     Disabled --> Enabled: EnableEndpoint
//!     Enabled --> Removed: RemoveEndpoint
//!     Disabled --> Removed: RemoveEndpoint
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `AddEndpoint` | `endpoint.added.v1` | none |
//! | `ChangeEndpoint` | `endpoint.changed.v1` | none |
//! | `RotateEndpointSecret` | `endpoint.secret_rotated.v1` | none |
//! | `DisableEndpoint` | `endpoint.disabled.v1` | none |
//! | `EnableEndpoint` | `endpoint.enabled.v1` | none |
//! | `ReplayEndpoint` | `endpoint.replayed.v1` | none |
//! | `RemoveEndpoint` | `endpoint.removed.v1` | none |
//!
//! Where events go, which of them, and from which revision on, is on record here, so that it is known
//! who could read what, and who wanted it so. What was delivered is not: an event for each delivery
//! would be delivered in its turn. Secrets are not either; an event names the place in the vault.
//!
//! An endpoint is disabled by a person, or by the ledger itself: when it has failed for as long as the
//! schedule goes, or has answered that it is gone for good. One that failed is enabled again by itself
//! when it answers a probe. One that is gone, or that a person disabled, waits for a person.

use serde::{Deserialize, Serialize};

use crate::ids::{EndpointId, Revision};
use crate::text::{Code, Reference};

mod filter;
mod rules;
mod url;
mod whose;
pub use filter::{Filter, Pattern};
pub(crate) use rules::*;
pub use url::EndpointUrl;

/// The most endpoints of a ledger that are not removed: each of them reads the whole log.
pub const MOST: usize = 50;

/// Adds an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Add {
    /// Its id, chosen by the caller.
    pub endpoint: EndpointId,
    /// Where events go.
    pub url: EndpointUrl,
    /// Which events.
    pub filter: Filter,
    /// Where in the vault the secret is that signs.
    pub secret: Reference,
    /// From which revision on; from its own event on when not given.
    pub from: Option<Revision>,
}

/// Sends other events, or to another place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub endpoint: EndpointId,
    /// Where events go.
    pub url: EndpointUrl,
    /// Which events.
    pub filter: Filter,
}

/// Signs with another secret; the one before signs too for a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotate {
    /// Which.
    pub endpoint: EndpointId,
    /// Where in the vault the new secret is.
    pub secret: Reference,
}

/// Sends nothing any more, until it is enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disable {
    /// Which.
    pub endpoint: EndpointId,
    /// Why.
    pub cause: Cause,
}

/// Sends again, from where it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enable {
    /// Which.
    pub endpoint: EndpointId,
    /// Whether it answered a probe: that enables only what failed.
    pub probed: bool,
}

/// Goes on at a revision: back, to have events sent again, or ahead, to leave some out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Which.
    pub endpoint: EndpointId,
    /// The first revision that is sent.
    pub from: Revision,
}

/// Sends nothing, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remove {
    /// Which.
    pub endpoint: EndpointId,
}

/// An endpoint was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its id.
    pub endpoint: EndpointId,
    /// Where events go.
    pub url: EndpointUrl,
    /// Which events.
    pub filter: Filter,
    /// Where in the vault its secret is.
    pub secret: Reference,
    /// From which revision on; from its own event on when not given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Revision>,
}

/// Other events are sent, or to another place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Which.
    pub endpoint: EndpointId,
    /// Where events go.
    pub url: EndpointUrl,
    /// Which events.
    pub filter: Filter,
}

/// Another secret signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotated {
    /// Which.
    pub endpoint: EndpointId,
    /// Where in the vault the new secret is.
    pub secret: Reference,
    /// Where the one is that signed until now, and signs too for a day.
    pub former: Reference,
}

/// Nothing is sent until it is enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Which.
    pub endpoint: EndpointId,
    /// Why.
    pub cause: Cause,
}

/// It is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enabled {
    /// Which.
    pub endpoint: EndpointId,
    /// Whether because it answered a probe.
    pub probed: bool,
}

/// It goes on at a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Which.
    pub endpoint: EndpointId,
    /// The first revision that is sent.
    pub from: Revision,
}

/// Nothing is sent, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Which.
    pub endpoint: EndpointId,
}

/// Why an endpoint is disabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A person wants it so: why, as a word of the marketplace's own vocabulary.
    Asked(Code),
    /// It failed for as long as the schedule goes, event after event.
    Failing,
    /// It answered 410: gone for good.
    Gone,
}

/// An endpoint as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Where events go.
    pub url: EndpointUrl,
    /// Which events.
    pub filter: Filter,
    /// Where in the vault its secret is.
    pub secret: Reference,
    /// From which revision on it was to begin.
    pub from: Option<Revision>,
    /// Where it stands.
    pub status: Status,
}

/// Where an endpoint stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Events are sent.
    Enabled,
    /// None are, for now.
    Disabled(Cause),
    /// None are, for ever.
    Removed,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled(_) => "disabled",
            Self::Removed => "removed",
        }
    }
}
