//! Commands that were judged together and will be made durable together.

use std::ops::Range;

use bytes::Bytes;
use tokio::sync::oneshot;

use cauri_domain::Revision;

use super::request::{Answer, AskError, Request};
use crate::chain::Hash;
use crate::fold::{CommandKey, FoldMark};
use crate::store::{Head, Limits, RawEvent, TooLarge};

/// A command on its way through the engine.
pub(super) struct Pending {
    pub request: Request,
    pub digest: Hash,
    pub key: CommandKey,
    pub reply: oneshot::Sender<Result<Answer, AskError>>,
}

/// A look at the state on its way through the engine. It may be repeated after a conflict.
pub(super) trait Look: Send {
    /// Looks, and remembers what was seen.
    fn look(&mut self, state: &cauri_domain::LedgerState, at: Head);
    /// Hands over what was seen: what it was seen on is durable.
    fn answer(self: Box<Self>);
    /// Says that nothing will come.
    fn fail(self: Box<Self>, error: AskError);
}

/// Something that waits for the batch it was judged in.
#[expect(clippy::large_enum_variant, reason = "nearly all are commands, and a box costs each one")]
pub(super) enum Waiting {
    Command(Pending, Result<Answer, AskError>),
    Look(Box<dyn Look>),
}

impl Waiting {
    fn answer(self) {
        match self {
            // A caller that went away does not want to know.
            Self::Command(pending, outcome) => drop(pending.reply.send(outcome)),
            Self::Look(look) => look.answer(),
        }
    }

    pub(super) fn fail(self, error: AskError) {
        match self {
            Self::Command(pending, _) => drop(pending.reply.send(Err(error))),
            Self::Look(look) => look.fail(error),
        }
    }
}

/// What was judged on one tentative state, in order.
pub(super) struct Batch {
    /// Where the fold stood before the batch.
    pub start: FoldMark,
    pub waiting: Vec<Waiting>,
    bytes: Vec<u8>,
    events: Vec<(Revision, Hash, Range<usize>)>,
}

impl Batch {
    pub(super) const fn new(start: FoldMark) -> Self {
        Self { start, waiting: Vec::new(), bytes: Vec::new(), events: Vec::new() }
    }

    /// Adds an event whose body `encode` writes; returns its hash, chained to `previous`.
    pub(super) fn push(
        &mut self,
        revision: Revision,
        previous: Hash,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Hash {
        let from = self.bytes.len();
        encode(&mut self.bytes);
        let body = from..self.bytes.len();
        let hash = crate::chain::link(previous, &self.bytes[body.clone()]);
        self.events.push((revision, hash, body));
        hash
    }

    /// How many events it has.
    pub(super) const fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether the events from the `from`th on are within the limits.
    ///
    /// # Errors
    /// The first limit that they do not keep.
    pub(super) fn check(&self, from: usize, limits: &Limits) -> Result<(), TooLarge> {
        limits.check_sizes(self.events[from..].iter().map(|(_, _, body)| body.len()))
    }

    /// Takes the events from the `from`th on out, into a batch of their own that begins at `start`.
    pub(super) fn split_off(&mut self, from: usize, start: FoldMark) -> Self {
        let events = self.events.split_off(from);
        let at = events.first().map_or(self.bytes.len(), |(_, _, body)| body.start);
        let bytes = self.bytes.split_off(at);
        let shifted = |(revision, hash, body): (Revision, Hash, Range<usize>)| {
            (revision, hash, body.start - at..body.end - at)
        };
        Self {
            start,
            waiting: Vec::new(),
            bytes,
            events: events.into_iter().map(shifted).collect(),
        }
    }

    /// The head that the store must have for this batch.
    pub(super) const fn expected(&self) -> Head {
        Head::before(self.start.next())
    }

    /// The events as the store takes them; their bytes leave the batch.
    pub(super) fn take_events(&mut self) -> Vec<RawEvent> {
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        self.events
            .drain(..)
            .map(|(revision, hash, body)| RawEvent { revision, hash, body: bytes.slice(body) })
            .collect()
    }

    /// Tells everybody who waits: the batch is durable.
    pub(super) fn answer(self) -> usize {
        let answered = self.waiting.len();
        self.waiting.into_iter().for_each(Waiting::answer);
        answered
    }
}
