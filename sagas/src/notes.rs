//! What is to be put on record about steps that cannot go on by themselves.
//!
//! Each is asked until the ledger has taken it; its id is made of where the process stood, so that
//! it is recorded once.

use std::collections::BTreeMap;

use cauri_domain::process_control::{RecordFreed, RecordStuck};
use cauri_domain::withdrawal::RecordUnknown;
use cauri_domain::{Command, Provider, Reference, WithdrawalId};

use crate::agenda::Item;
use crate::process::Origin;

/// Something to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// The event that it comes from.
    pub(crate) origin: Origin,
    /// What it is called among those that come from there.
    pub(crate) step: String,
    /// What is asked.
    pub(crate) command: Command,
}

/// What is to be recorded, and what is being asked now.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    waiting: BTreeMap<Item, Note>,
    asked: BTreeMap<Item, Note>,
}

impl Notes {
    /// A step is stuck: the ledger, or its provider, said `code` when it stood at `place`.
    pub(crate) fn stuck(
        &mut self,
        item: Item,
        origin: Origin,
        (code, tries): (&'static str, u32),
        place: &str,
    ) {
        let (at, code) = (item.step(), code.parse::<Reference>().expect("codes are references"));
        let step = format!("stuck-{}-{place}", at.step);
        let command = RecordStuck { at, code, tries }.into();
        self.add(item, Note { origin, step, command });
    }

    /// It is not known whether the provider has a withdrawal's payout.
    pub(crate) fn unknown(
        &mut self,
        item: Item,
        origin: Origin,
        withdrawal: WithdrawalId,
        provider: Provider,
        why: &str,
    ) {
        let otherwise = || "unknown".parse().expect("a word in lower case");
        let reason = why.parse().unwrap_or_else(|_| otherwise());
        let command = RecordUnknown { withdrawal, provider, reason }.into();
        self.add(item, Note { origin, step: "unknown".to_owned(), command });
    }

    /// A step that was stuck, by the event at `origin`, is so no longer.
    pub(crate) fn freed(&mut self, item: Item, origin: Origin) {
        let command = RecordFreed { at: item.step() }.into();
        self.add(item, Note { origin, step: "freed".to_owned(), command });
    }

    fn add(&mut self, item: Item, note: Note) {
        if self.asked.get(&item) != Some(&note) {
            self.waiting.insert(item, note);
        }
    }

    /// Those that can be asked now: one at a time for each step.
    pub(crate) fn begin(&mut self) -> Vec<(Item, Note)> {
        let free = self.waiting.keys().filter(|item| !self.asked.contains_key(item));
        let free: Vec<_> = free.copied().collect();
        let begun = free.into_iter().filter_map(|item| Some((item, self.waiting.remove(&item)?)));
        let begun: Vec<_> = begun.collect();
        self.asked.extend(begun.iter().cloned());
        begun
    }

    /// One was taken, or refused: it is not asked again.
    pub(crate) fn done(&mut self, item: Item) {
        self.asked.remove(&item);
    }

    /// One could not be asked: it is asked again, unless there is news meanwhile.
    pub(crate) fn again(&mut self, item: Item) {
        if let Some(note) = self.asked.remove(&item) {
            self.waiting.entry(item).or_insert(note);
        }
    }
}
