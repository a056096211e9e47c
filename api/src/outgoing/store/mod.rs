//! What is kept of endpoints in Postgres, beside the log: how far each was told, and the last tries.

mod deliveries;
mod endpoints;
mod secrets;
mod standing;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use cauri_domain::endpoint::Endpoint;
use cauri_domain::{EndpointId, Reference, Revision};

use super::sender::Tried;

pub use deliveries::{Delivery, Kept, State};
pub(super) use endpoints::concerns;

/// The control tables.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// Over a database whose migrations are done.
    #[must_use]
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

/// An endpoint, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub endpoint: EndpointId,
    /// What its events in the log say.
    pub terms: Endpoint,
    /// The event that last said where to go on.
    pub epoch: Revision,
    /// Where it stands.
    pub at: Progress,
    /// The secret before the last rotation, and until when it signs too.
    pub former: Option<(Reference, DateTime<Utc>)>,
    /// The last messages that were sent only to see whether it answers, the oldest first; at most 20.
    pub tests: Vec<Tried>,
}

/// Where an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The next revision to be sent, or left out.
    pub next: Revision,
    /// How often that one was tried; of a failing endpoint, how often it was probed.
    pub tries: u32,
    /// When it is due again; now when not given.
    pub due_at: Option<DateTime<Utc>>,
    /// How many events in a row were given up before it.
    pub given_up: u32,
    /// The first of them.
    pub first_given_up: Option<Revision>,
}

impl Progress {
    /// Goes on at a revision as if nothing had been tried.
    #[must_use]
    pub const fn at(next: Revision) -> Self {
        Self { next, tries: 0, due_at: None, given_up: 0, first_given_up: None }
    }
}

fn number(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

fn revision(number: i64) -> Revision {
    Revision(u64::try_from(number).expect("written from a revision"))
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
