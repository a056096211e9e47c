//! What this process knows of a ledger's stream.

use cauri_domain::LedgerId;
use tokio::sync::{Mutex, OnceCell, watch};
use tokio::time::Instant;

use super::Inner;
use super::patience::Patience;
use crate::store::{Head, StoreFault};

/// A ledger's stream.
pub(super) struct LedgerStream {
    pub ledger: LedgerId,
    pub name: String,
    /// The furthest end that was seen. It only grows.
    known: watch::Sender<Head>,
    /// When somebody last looked at the end for those who follow.
    looked: Mutex<Option<Instant>>,
    /// That the stream is fit to be appended to.
    pub fit: OnceCell<()>,
}

impl LedgerStream {
    pub(super) fn new(prefix: &str, ledger: LedgerId) -> Self {
        let name = format!("{prefix}ledger-{ledger}");
        let (known, looked) = (watch::Sender::new(Head::Empty), Mutex::default());
        Self { ledger, name, known, looked, fit: OnceCell::new() }
    }

    /// The furthest end that was seen.
    pub(super) fn known(&self) -> Head {
        *self.known.borrow()
    }

    /// Tells followers of an end.
    pub(super) fn reached(&self, head: Head) {
        self.known.send_if_modified(|known| {
            let is_news = head > *known;
            if is_news {
                *known = head;
            }
            is_news
        });
    }

    /// Where the stream ends on the server.
    pub(super) async fn look(&self, inner: &Inner, patience: Patience) -> Result<Head, StoreFault> {
        let what = format!("looking at the end of {}", self.name);
        let look = || async {
            let last = inner.server.last(&self.name).await?;
            let head = last.map_or(Head::Empty, |event| Head::At(event.revision));
            let known = self.known();
            if head < known {
                // A leader that was cut off from its followers may not know it yet.
                let why = format!("{} ended at {known}, and here it ends at {head}", self.name);
                return Err(inner.server.elsewhere(&why));
            }
            Ok(head)
        };
        let head = patience.ask(&what, look).await?;
        self.reached(head);
        Ok(head)
    }

    /// Waits until the stream is known to end after `head`, looking now and then.
    pub(super) async fn beyond(&self, inner: &Inner, head: Head) -> Result<(), StoreFault> {
        let mut known = self.known.subscribe();
        let every = inner.options.look_every;
        while *known.borrow_and_update() <= head {
            // One looks for all: the others find out by what it found.
            if let Ok(mut looked) = self.looked.try_lock()
                && looked.is_none_or(|looked| looked.elapsed() >= every)
            {
                self.look(inner, Patience::endless(&inner.options)).await?;
                *looked = Some(Instant::now());
                continue;
            }
            let grown = known.wait_for(|known| *known > head);
            // The sender lives as long as this stream; else it is time to look.
            let _ = tokio::time::timeout(every, grown).await;
        }
        Ok(())
    }
}
