//! What is copied: the source's events, checked, in batches of whole units.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::mpsc;

use cauri_domain::LedgerId;

use super::{CopyError, CopyOptions, Until};
use crate::chain::Hash;
use crate::codec::{self, Place};
use crate::log::Checker;
use crate::store::{EventStore, Head, RawEvent};

/// Batches that were read while one is written: one waits, so that neither side does.
const WAITING: usize = 1;

type Batch = Result<Vec<RawEvent>, CopyError>;

/// Reads a source ahead of who writes.
#[derive(Debug)]
pub(super) struct Source {
    ledger: LedgerId,
    checker: Checker,
    options: CopyOptions,
    waiting: Vec<RawEvent>,
    bytes: usize,
    /// Whether what waits ends with a unit.
    is_whole: bool,
    /// How many of those that wait are in whole units, before the one that is being read.
    before_last: usize,
}

impl Source {
    /// What is durable after `after`, whose hash is `hash`, up to where the options say.
    pub(super) fn read(
        store: Arc<dyn EventStore>,
        ledger: LedgerId,
        after: Head,
        hash: Hash,
        options: CopyOptions,
    ) -> BoxStream<'static, Batch> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let source = Self {
            checker: Checker::new(ledger.clone(), after, Some(hash)),
            ledger,
            options,
            waiting: Vec::new(),
            bytes: 0,
            is_whole: true,
            before_last: 0,
        };
        tokio::spawn(async move {
            if let Err(error) = source.run(&*store, after, &sender).await {
                // Without a receiver, nobody is left to be told.
                let _ = sender.send(Err(error)).await;
            }
        });
        stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|batch| (batch, receiver))
        })
        .boxed()
    }

    async fn run(
        mut self,
        store: &dyn EventStore,
        after: Head,
        sender: &mpsc::Sender<Batch>,
    ) -> Result<(), CopyError> {
        let ledger = self.ledger.clone();
        let mut chunks = store.read(&ledger, after.next());
        'all: while let Some(chunk) = chunks.next().await {
            for raw in chunk.map_err(CopyError::Source)? {
                if !self.take(raw)? {
                    break 'all;
                }
                if !self.is_whole {
                    continue;
                }
                let Some(batch) = self.full() else { continue };
                if sender.send(Ok(batch)).await.is_err() {
                    return Ok(());
                }
            }
        }
        let half = self.waiting.split_off(self.before_last);
        if !self.waiting.is_empty() {
            // Who does not wait any more does not miss it.
            let _ = sender.send(Ok(self.waiting)).await;
        }
        match half.last() {
            Some(last) => Err(CopyError::HalfUnit { ledger: self.ledger, at: last.revision }),
            None => Ok(()),
        }
    }

    /// After a unit: a batch, if there is one. None is over what the options say, unless it is one unit.
    fn full(&mut self) -> Option<Vec<RawEvent>> {
        let CopyOptions { batch_events, batch_bytes, .. } = self.options;
        let is_over = self.waiting.len() > batch_events || self.bytes > batch_bytes;
        let is_full = self.waiting.len() >= batch_events || self.bytes >= batch_bytes;
        let cut = match (is_over, self.before_last) {
            (true, 1..) => self.before_last,
            _ if is_full => self.waiting.len(),
            _ => {
                self.before_last = self.waiting.len();
                return None;
            }
        };
        let rest = self.waiting.split_off(cut);
        self.bytes = rest.iter().map(|raw| raw.body.len()).sum();
        self.before_last = rest.len();
        Some(std::mem::replace(&mut self.waiting, rest))
    }

    /// Checks an event and lets it wait; `false` when it is not wanted, and so none after it.
    fn take(&mut self, raw: RawEvent) -> Result<bool, CopyError> {
        self.checker.check(&raw)?;
        let place = codec::place(&raw)?;
        if place.ledger != self.ledger.as_str() {
            return Err(codec::DecodeError::Misplaced {
                revision: raw.revision,
                claimed: raw.revision,
                ledger: place.ledger.parse().unwrap_or_else(|_| self.ledger.clone()),
            }
            .into());
        }
        if !wants(&place, self.options.until) {
            return Ok(false);
        }
        self.is_whole = raw.revision == place.unit.last();
        self.bytes += raw.body.len();
        self.waiting.push(raw);
        Ok(true)
    }
}

/// Whether an event is to be copied: all of a unit are, or none.
pub(super) fn is_wanted(raw: &RawEvent, until: Until) -> Result<bool, CopyError> {
    Ok(wants(&codec::place(raw)?, until))
}

fn wants(place: &Place<'_>, until: Until) -> bool {
    match until {
        Until::End => true,
        Until::Revision(last) => place.unit.last() <= last,
        // All events of a unit are recorded at one instant.
        Until::Instant(last) => place.recorded_at().is_some_and(|at| at <= last),
    }
}
