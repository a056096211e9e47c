//! What is asked of an engine, and what it answers.

use std::sync::Arc;

use cauri_domain::{Actor, Command, CommandId, CorrelationId, KeyId, Labels, Refusal, Revision};

use crate::chain::{self, Hash};
use crate::fold::CommandKey;
use crate::store::{AppendError, Head, TooLarge};
use crate::{log::LogError, store::StoreFault};

/// A command with everything that is recorded about it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Under which key it is applied once, together with the actor's subject.
    pub id: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// The story it belongs to; its own, when not given.
    pub correlation: Option<CorrelationId>,
    /// The event that led to it, where there was one.
    pub causation: Option<Revision>,
    /// Which key proved the message that asks, where one did.
    pub proved_by: Option<KeyId>,
    /// What it says of itself for reports.
    pub labels: Labels,
    /// What is asked.
    pub command: Command,
}

impl Request {
    /// A command that begins a story and says nothing more of itself.
    #[must_use]
    pub fn new(id: CommandId, actor: Actor, command: impl Into<Command>) -> Self {
        let command = command.into();
        Self {
            id,
            actor,
            correlation: None,
            causation: None,
            proved_by: None,
            labels: Labels::default(),
            command,
        }
    }

    /// SHA-256 of the command's content: what is asked and what it says of itself.
    ///
    /// The content is the JSON array `[command, labels]`. Who asks, when, why and by which key it was
    /// proved is not part of it: a webhook that comes again after its secret was changed is the same.
    pub(crate) fn digest(&self) -> Hash {
        let content = serde_json::to_vec(&(&self.command, &self.labels))
            .expect("a command is JSON and memory takes it");
        chain::digest(&content)
    }

    pub(crate) fn key(&self) -> CommandKey {
        CommandKey::new(&self.actor.subject, self.id)
    }
}

/// How a command that was not refused ended. Durable when it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It led to these revisions.
    Done {
        /// The first.
        first: Revision,
        /// The last.
        last: Revision,
        /// Whether that was on an earlier occasion, under the same id.
        replayed: bool,
    },
    /// The state already was what was asked for. The id is not bound.
    Already {
        /// Where the ledger ended when it was judged.
        at: Head,
    },
}

impl Answer {
    /// The revision at which what was asked is so; `None` only for an empty ledger.
    #[must_use]
    pub const fn revision(&self) -> Option<Revision> {
        match self {
            Self::Done { last, .. } => Some(*last),
            Self::Already { at: Head::At(revision) } => Some(*revision),
            Self::Already { at: Head::Empty } => None,
        }
    }

    /// Whether nothing new happened.
    #[must_use]
    pub const fn replayed(&self) -> bool {
        match self {
            Self::Done { replayed, .. } => *replayed,
            Self::Already { .. } => true,
        }
    }
}

/// Why a command was not applied, or why that is not known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AskError {
    /// Judged, and refused. Nothing has changed; the id is not bound.
    #[error("refused")]
    Refused {
        /// Why.
        #[source]
        refusal: Refusal,
        /// Where the ledger ended when it was judged.
        at: Head,
    },
    /// What the command leads to is more than the store takes in one piece. Nothing has changed;
    /// the id is not bound.
    #[error("the command leads to more than the store takes at once")]
    TooLarge {
        /// Which limit.
        #[source]
        cause: TooLarge,
        /// Where the ledger ended when it was judged.
        at: Head,
    },
    /// The engine has stopped. Whether the command was applied is not known: ask again under the
    /// same id once it runs again.
    #[error("the ledger has stopped")]
    Unavailable(#[source] Arc<EngineFault>),
    /// Too many commands wait. Nothing was judged: ask again later.
    #[error("too many commands wait")]
    Busy,
    /// The engine was closed. Nothing was judged.
    #[error("the ledger is closed")]
    Closed,
    /// The engine only follows what another process writes. Nothing was judged: ask that one.
    #[error("another process writes this ledger")]
    Follows,
}

/// What was seen of the state, and where the ledger ended then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAt<T> {
    /// The last durable event that it covers.
    pub at: Head,
    /// What was seen.
    pub value: T,
}

/// Why an engine stopped. It serves nothing that might be wrong. Its causes say where: the file, the
/// byte and the revision, as far as the store knows them.
#[derive(Debug, thiserror::Error)]
pub enum EngineFault {
    /// The store failed, or cannot say what it did.
    #[error("the store could not append")]
    Append(#[source] AppendError),
    /// The store could not be read back after a conflict or an unknown outcome.
    #[error("the log could not be read back")]
    ReadBack(#[source] LogError),
    /// The store said one thing and showed another.
    #[error("the store contradicts itself")]
    Contradiction(#[source] StoreFault),
    /// A part of the engine ended without saying why: a broken invariant.
    #[error("the engine's {part} ended unexpectedly")]
    Ended {
        /// Which part.
        part: &'static str,
    },
}

impl EngineFault {
    /// Why, with all its causes, in one line for people.
    #[must_use]
    pub fn told(&self) -> String {
        let first = std::error::Error::source(self);
        let causes = std::iter::successors(first, |cause| cause.source());
        causes.fold(self.to_string(), |told, cause| format!("{told}: {cause}"))
    }
}
