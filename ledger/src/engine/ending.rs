//! Says how an engine's work ended, also when it panicked: a broken invariant must not look like peace.

use std::sync::{Arc, Weak};
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::batch::Waiting;
use super::request::{AskError, EngineFault};
use super::writer::Message;

pub(super) struct Ending {
    pub shared: Weak<Shared>,
    /// Who works.
    pub part: &'static str,
}

impl Ending {
    /// Tells everybody who waits.
    pub(super) fn tell(
        self,
        waiting: Vec<Waiting>,
        closing: Option<oneshot::Sender<()>>,
        mut inbox: mpsc::UnboundedReceiver<Message>,
        result: Result<(), EngineFault>,
    ) {
        let error = match result {
            Ok(()) => AskError::Closed,
            Err(fault) => {
                let fault = Arc::new(fault);
                let told = fault.told();
                if let Some(shared) = self.shared.upgrade() {
                    tracing::error!(ledger = %shared.ledger, fault = told, "the ledger has stopped");
                    let _ = shared.fault.set(Arc::clone(&fault));
                } else {
                    tracing::error!(fault = told, "a ledger that nobody uses any more has stopped");
                }
                AskError::Unavailable(fault)
            }
        };
        inbox.close();
        waiting.into_iter().for_each(|waiting| waiting.fail(error.clone()));
        while let Ok(message) = inbox.try_recv() {
            match message {
                Message::Ask(pending) => drop(pending.reply.send(Err(error.clone()))),
                Message::Look(look) => look.fail(error.clone()),
                Message::Close(done) => drop(done.send(())),
                Message::Committed(_) => {}
            }
        }
        if let Some(done) = closing {
            let _ = done.send(());
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // A task also ends with its runtime, which is no fault.
        if !thread::panicking() {
            return;
        }
        if let Some(shared) = self.shared.upgrade() {
            let part = self.part;
            let _ = shared.fault.set(Arc::new(EngineFault::Ended { part }));
            tracing::error!(ledger = %shared.ledger, part, "a panic; the ledger has stopped");
        }
    }
}
