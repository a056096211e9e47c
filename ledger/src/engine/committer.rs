//! Makes batches durable, one after the other, while the writer decides the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use cauri_domain::LedgerId;

use super::batch::Batch;
use super::writer::Message;
use crate::store::{AppendError, EventStore, Head, RawEvent};

/// How an append ended.
#[expect(clippy::large_enum_variant, reason = "one is made for each batch, not each command")]
pub(super) enum Committed {
    /// Durable, and everybody was answered.
    Done { events: u64 },
    /// Not durable, or not known to be.
    Failed { batch: Batch, events: Vec<RawEvent>, error: AppendError },
    /// The committer panicked; the batch is lost to it, and its outcome is not known.
    Lost,
}

pub(super) struct Committer {
    pub ledger: LedgerId,
    pub store: Arc<dyn EventStore>,
    pub head: watch::Sender<Head>,
    pub waiting: Arc<AtomicUsize>,
    pub runtime: Handle,
    pub writer: mpsc::WeakUnboundedSender<Message>,
}

impl Committer {
    /// Runs until the writer hangs up.
    pub(super) fn run(self, batches: &std::sync::mpsc::Receiver<Batch>) {
        let _said = SaysWhenLost(&self.writer);
        while let Ok(mut batch) = batches.recv() {
            let (expected, events) = (batch.expected(), batch.take_events());
            let committed = match self.append(expected, &events) {
                Ok(()) => {
                    if let Some(last) = events.last() {
                        self.head.send_replace(Head::At(last.revision));
                    }
                    let answered = batch.answer();
                    self.waiting.fetch_sub(answered, Ordering::Relaxed);
                    Committed::Done { events: events.len() as u64 }
                }
                Err(error) => Committed::Failed { batch, events, error },
            };
            // Without a writer there is nobody left to tell.
            let Some(writer) = self.writer.upgrade() else { return };
            if writer.send(Message::Committed(committed)).is_err() {
                return;
            }
        }
    }

    fn append(&self, expected: Head, events: &[RawEvent]) -> Result<(), AppendError> {
        if events.is_empty() {
            return Ok(());
        }
        let began = std::time::Instant::now();
        let appended = self.runtime.block_on(self.store.append(&self.ledger, expected, events));
        let ledger = self.ledger.to_string();
        metrics::histogram!("cauri_append_seconds", "ledger" => ledger.clone())
            .record(began.elapsed());
        metrics::counter!("cauri_events_total", "ledger" => ledger).increment(events.len() as u64);
        appended
    }
}

/// Without this, a panic would leave the writer waiting for ever.
struct SaysWhenLost<'a>(&'a mpsc::WeakUnboundedSender<Message>);

impl Drop for SaysWhenLost<'_> {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(writer) = self.0.upgrade()
        {
            // Without a writer there is nobody left to tell.
            let _ = writer.send(Message::Committed(Committed::Lost));
        }
    }
}
