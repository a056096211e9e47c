//! Reading a ledger's log as decoded events whose hash chain holds.

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt as _};

use cauri_domain::{LedgerId, Revision};

use crate::chain::{self, Hash};
use crate::codec::{self, DecodeError};
use crate::envelope::Recorded;
use crate::store::{EventStore, Head, RawEvent, ReadError};

/// Why a log cannot be read on. The reader stops; nothing is skipped.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The store could not read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// An event could not be decoded.
    #[error("the log holds what this software cannot decode")]
    Decode(#[from] DecodeError),
    /// History does not fit together.
    #[error("revision {at} of ledger {ledger} does not follow from the one before it: {what}")]
    Broken {
        /// Which ledger.
        ledger: LedgerId,
        /// The first revision that does not fit.
        at: Revision,
        /// What does not fit.
        what: &'static str,
    },
}

/// Decoded events in order, some at a time.
pub type Events = BoxStream<'static, Result<Vec<Recorded>, LogError>>;

/// Follows one ledger: checks that revisions have no gap and that the hash chain holds.
#[derive(Debug)]
pub struct Checker {
    ledger: LedgerId,
    next: Revision,
    previous: Option<Hash>,
}

impl Checker {
    /// Starts after `after`, whose hash is `previous` where the caller knows it.
    #[must_use]
    pub fn new(ledger: LedgerId, after: Head, previous: Option<Hash>) -> Self {
        let previous = if after == Head::Empty { Some(Hash::ZERO) } else { previous };
        Self { ledger, next: after.next(), previous }
    }

    /// Checks the next event.
    ///
    /// # Errors
    /// [`LogError::Broken`], naming the revision.
    pub fn check(&mut self, raw: &RawEvent) -> Result<(), LogError> {
        let broken =
            |what| LogError::Broken { ledger: self.ledger.clone(), at: raw.revision, what };
        if raw.revision != self.next {
            return Err(broken("the revision has a gap"));
        }
        if let Some(previous) = self.previous
            && chain::link(previous, &raw.body) != raw.hash
        {
            return Err(broken("the hash is not that of its bytes"));
        }
        self.next = raw.revision.next();
        self.previous = Some(raw.hash);
        Ok(())
    }

    /// Checks and decodes the next event.
    ///
    /// # Errors
    /// [`LogError::Broken`] or [`LogError::Decode`], naming the revision.
    pub fn decode(&mut self, raw: &RawEvent) -> Result<Recorded, LogError> {
        self.check(raw)?;
        let recorded = codec::decode(raw)?;
        if recorded.ledger == self.ledger {
            return Ok(recorded);
        }
        let (ledger, at) = (self.ledger.clone(), raw.revision);
        Err(LogError::Broken { ledger, at, what: "it belongs to another ledger" })
    }
}

/// What is durable after `after`, then what comes, decoded and checked. Ends at the first error.
#[must_use]
pub fn follow(store: Arc<dyn EventStore>, ledger: LedgerId, after: Head) -> Events {
    stream(store, ledger, after, true)
}

/// What is durable now after `after`, decoded and checked. Ends at the first error.
#[must_use]
pub fn read(store: Arc<dyn EventStore>, ledger: LedgerId, after: Head) -> Events {
    stream(store, ledger, after, false)
}

/// The event of a revision as it is stored; `None` where the log does not go so far.
///
/// # Errors
/// When it cannot be read.
pub async fn event_at(
    store: &dyn EventStore,
    ledger: &LedgerId,
    revision: Revision,
) -> Result<Option<RawEvent>, ReadError> {
    let chunk = store.read(ledger, revision).next().await.transpose()?;
    let first = chunk.and_then(|chunk| chunk.into_iter().next());
    Ok(first.filter(|raw| raw.revision == revision))
}

fn decode_until_failure(
    checker: &mut Checker,
    chunk: &[RawEvent],
) -> (Vec<Recorded>, Option<LogError>) {
    let mut decoded = Vec::with_capacity(chunk.len());
    for raw in chunk {
        match checker.decode(raw) {
            Ok(recorded) => decoded.push(recorded),
            Err(error) => return (decoded, Some(error)),
        }
    }
    (decoded, None)
}

fn stream(store: Arc<dyn EventStore>, ledger: LedgerId, after: Head, live: bool) -> Events {
    // The store's stream borrows the store; a channel of one chunk lets this one own it.
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        let mut checker = Checker::new(ledger.clone(), after, None);
        let mut chunks =
            if live { store.follow(&ledger, after) } else { store.read(&ledger, after.next()) };
        loop {
            let chunk = tokio::select! {
                chunk = chunks.next() => chunk,
                () = sender.closed() => return,
            };
            let Some(chunk) = chunk else { return };
            let (decoded, failure) = match chunk {
                Ok(chunk) => decode_until_failure(&mut checker, &chunk),
                Err(error) => (Vec::new(), Some(error.into())),
            };
            // What is good before a failure is given out before it.
            if !decoded.is_empty() && sender.send(Ok(decoded)).await.is_err() {
                return;
            }
            if let Some(failure) = failure {
                // Without a receiver, nobody is left to be told.
                let _ = sender.send(Err(failure)).await;
                return;
            }
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|item| (item, receiver))
    })
    .boxed()
}
