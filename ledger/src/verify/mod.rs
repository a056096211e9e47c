//! A ledger's whole log, checked: what `cauri verify` does.
//!
//! | of | is checked |
//! | --- | --- |
//! | each event | its hash is that of its bytes after the event before; it decodes, and is brought up to today's form; it says the revision and ledger it is found at; its entry balances |
//! | their order | no revision is missing; units are whole and go on where the last one ended; all events of a unit have one command, digest, actor, cause and instant; time does not go back; a command was applied once |
//! | the books | debits equal credits in every currency at every revision; with a replay, every event can be applied by today's rules and the books' own trial balance is zero |
//! | the audit trail | its hashes, that no revision is missing, that every entry is understood and in its place, and that time does not go back |
//!
//! What cannot be: a command is in the log only as the SHA-256 of its content, so neither that digest
//! nor the decision can be worked out again from the events alone. Who kept the command (a
//! client, the inbox) can compare.
//!
//! The log is read by one thread, hashed and decoded by several a chunk at a time, and put in order by
//! one more. A chunk needs nothing of the one before but its last hash as written, which the check of
//! that chunk vouches for.

mod trail;
mod walk;

use std::collections::BTreeMap;
use std::thread;

use futures::StreamExt as _;
use tokio::sync::mpsc;

use cauri_domain::{Currency, LedgerId, Revision};

use crate::chain::Hash;
use crate::envelope::Recorded;
use crate::log::{Checker, LogError};
use crate::store::{EventStore, Head, RawEvent};
use walk::Walk;

/// How many chunks may wait between two threads: memory is bounded, and nobody waits for long.
const WAITING: usize = 4;

/// How a log is checked.
#[derive(Debug, Clone, Copy)]
pub struct VerifyOptions {
    /// How many threads hash and decode.
    pub decoders: usize,
    /// Whether the state is built too. That takes the memory of a running ledger.
    pub replay: bool,
}

impl Default for VerifyOptions {
    /// All cores, and a replay.
    fn default() -> Self {
        let decoders = thread::available_parallelism().map_or(1, usize::from);
        Self { decoders, replay: true }
    }
}

/// What was seen of a log that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events.
    pub events: u64,
    /// How many commands they came of; of the audit trail, none.
    pub commands: u64,
    /// Where it ends.
    pub head: Head,
    /// The hash of the last event.
    pub hash: Hash,
    /// Debits, which equal credits, in minor units by currency.
    pub sums: BTreeMap<Currency, i128>,
}

/// Checks all that is durable of a ledger. `progress` hears now and then how many events are done.
///
/// # Errors
/// The first thing that is wrong, naming the revision.
pub async fn verify(
    store: &dyn EventStore,
    ledger: &LedgerId,
    options: VerifyOptions,
    progress: impl FnMut(u64) + Send + 'static,
) -> Result<Verified, LogError> {
    if ledger.is_trail() {
        return trail::verify(store, progress).await;
    }
    let (mut to_decode, mut decoded, mut decoders) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.decoders.max(1) {
        let (work, waiting) = mpsc::channel(WAITING);
        let (done, results) = mpsc::channel(WAITING);
        let ledger = ledger.clone();
        decoders.push(thread::spawn(move || decode(&ledger, waiting, &done)));
        to_decode.push(work);
        decoded.push(results);
    }
    let walk = Walk::new(ledger.clone(), options.replay, progress);
    let walking = tokio::task::spawn_blocking(move || {
        let walk = in_order(decoded, walk)?;
        // One that panicked looks as if the log ended where it did.
        let all_ended = decoders.into_iter().all(|decoder| decoder.join().is_ok());
        Ok::<_, LogError>(all_ended.then_some(walk))
    });
    let read = read(store, ledger, to_decode).await;
    let failed = || LogError::Broken {
        ledger: ledger.clone(),
        at: Revision::FIRST,
        what: "checking it failed",
    };
    let walked = walking.await.map_err(|_| failed())?;
    // Whatever is wrong in what was read comes before what could not be read.
    let walk = walked?.ok_or_else(failed)?;
    read?;
    walk.end()
}

/// Some events, and the hash of the one before them.
struct Chunk {
    previous: Hash,
    events: Vec<RawEvent>,
}

/// What became of a chunk: what is good before the first failure, and that.
type Decoded = (Vec<Recorded>, Option<LogError>);

async fn read(
    store: &dyn EventStore,
    ledger: &LedgerId,
    to_decode: Vec<mpsc::Sender<Chunk>>,
) -> Result<(), LogError> {
    let mut chunks = store.read(ledger, Revision::FIRST);
    let mut previous = Hash::ZERO;
    for work in to_decode.iter().cycle() {
        let Some(events) = chunks.next().await else { return Ok(()) };
        let events = events?;
        let last = events.last().map_or(previous, |raw| raw.hash);
        if work.send(Chunk { previous, events }).await.is_err() {
            // Nobody waits any more: something was found.
            return Ok(());
        }
        previous = last;
    }
    Ok(())
}

fn decode(ledger: &LedgerId, mut waiting: mpsc::Receiver<Chunk>, done: &mpsc::Sender<Decoded>) {
    while let Some(Chunk { previous, events }) = waiting.blocking_recv() {
        // Also one with no event takes its turn: the next one's is at the next thread.
        let after = events.first().map_or(Head::Empty, |first| Head::before(first.revision));
        let mut checker = Checker::new(ledger.clone(), after, Some(previous));
        let mut decoded = Vec::with_capacity(events.len());
        let failure = events.iter().find_map(|raw| match checker.decode(raw) {
            Ok(recorded) => {
                decoded.push(recorded);
                None
            }
            Err(error) => Some(error),
        });
        if done.blocking_send((decoded, failure)).is_err() {
            return;
        }
    }
}

fn in_order<P: FnMut(u64)>(
    mut decoded: Vec<mpsc::Receiver<Decoded>>,
    mut walk: Walk<P>,
) -> Result<Walk<P>, LogError> {
    let count = decoded.len();
    for turn in (0..count).cycle() {
        let Some((events, failure)) = decoded[turn].blocking_recv() else { return Ok(walk) };
        for recorded in &events {
            walk.event(recorded)?;
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
    }
    Ok(walk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_with_no_event_takes_its_turn() {
        let (work, waiting) = mpsc::channel(1);
        let (done, mut results) = mpsc::channel(1);
        let empty = Chunk { previous: Hash::ZERO, events: Vec::new() };
        assert!(work.blocking_send(empty).is_ok());
        drop(work);
        decode(&LedgerId::main(), waiting, &done);
        let result = results.blocking_recv();
        assert!(matches!(result, Some((events, None)) if events.is_empty()));
    }
}
