//! What is put on record about items that do not go on by themselves.

use cauri_domain::Provider;

use super::Runner;
use crate::agenda::Item;
use crate::process::{Origin, Outgoing};
use crate::queue::Refused;

/// After how many tries a payout whose outcome stays unknown is on record as stuck: some ten minutes'.
const UNKNOWN_MOST: u32 = 12;

/// After how many answers that it is open, about a day's, somebody is told.
const OPEN_MOST: u32 = 600;

/// So many payments that no provider can make are named in the log; of the others, only that there
/// are more.
const NAMED_MOST: usize = 20;

impl Runner {
    /// A provider that does not say what became of a payout is asked on; but somebody should know.
    pub(super) fn tell_unknown(
        &mut self,
        item: Item,
        origin: Origin,
        outgoing: Outgoing,
        provider: Provider,
        why: &str,
    ) {
        let tries = self.payouts.attempts(item) + 1;
        if let (Outgoing::Withdrawal(withdrawal), 1) = (outgoing, tries) {
            self.notes.unknown(item, origin, withdrawal, provider, why);
        }
        if tries >= UNKNOWN_MOST {
            self.tell_stuck(item, origin, ("OUTCOME_UNKNOWN", tries));
        }
    }

    /// A provider that is never reached is tried on, too.
    pub(super) fn tell_never_sent(&mut self, item: Item, origin: Origin) {
        let tries = self.payouts.attempts(item) + 1;
        if tries >= UNKNOWN_MOST {
            self.tell_stuck(item, origin, ("NOT_REACHED", tries));
        }
    }

    /// A provider that has it and never says how it ended is asked on, too.
    pub(super) fn tell_open(&mut self, item: Item, origin: Origin) {
        let tries = self.payouts.attempts(item) + 1;
        if tries >= OPEN_MOST {
            self.tell_stuck(item, origin, ("OUTCOME_OPEN", tries));
        }
    }

    /// A payment waits for a provider that is not there. Of a payout that is a matter of the
    /// server's set-up; but a payer's money is kept for us for some days only.
    pub(super) fn tell_no_provider(&mut self, outgoing: Outgoing) {
        let (ledger, process, id) = (self.engine.ledger(), outgoing.process(), outgoing.id());
        match self.without_provider.len() {
            waiting @ 0..=NAMED_MOST => {
                tracing::warn!(%ledger, process, %id, waiting, "a payment waits: no provider is there to make it");
            }
            // Their number is a metric, and at /readyz.
            waiting if waiting == NAMED_MOST + 1 => {
                tracing::warn!(%ledger, waiting, "more payments wait for want of a provider");
            }
            _ => {}
        }
        let item = Item::Payout(outgoing);
        if let (Outgoing::Capture(_), Some(origin)) = (outgoing, self.agenda.origin(item)) {
            self.tell_stuck(item, origin, ("NO_PROVIDER", 1));
        }
    }

    /// It does not go on, and is on record as that once.
    fn tell_stuck(&mut self, item: Item, origin: Origin, why: (&'static str, u32)) {
        if !self.agenda.is_stuck(item) {
            let place = self.agenda.head().to_string();
            self.notes.stuck(item, origin, why, &place);
        }
    }

    /// What was stuck and has come to its end.
    pub(super) fn tell_freed(&mut self) {
        for (item, origin) in self.agenda.freed() {
            self.notes.freed(item, origin);
        }
    }

    pub(super) fn tell_refused(&mut self) {
        let head = self.agenda.head();
        let mut refused = self.commands.take_refused(head);
        refused.extend(self.payouts.take_refused(head));
        for Refused { item, code, tries, at } in refused {
            if let Some(origin) = self.agenda.origin(item) {
                self.notes.stuck(item, origin, (code, tries), &at.to_string());
            }
            let process = match item {
                Item::Timer(timer) => timer.process(),
                Item::Submission(outgoing) | Item::Payout(outgoing) => outgoing.process(),
            };
            tracing::warn!(ledger = %self.engine.ledger(), ?item, code, "a process's command was refused");
            metrics::counter!("cauri_process_refused_total", "process" => process, "code" => code)
                .increment(1);
        }
    }
}
