//! The webhooks that wait, and what became of the others.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::misbehaviour::Sending;
use super::speak::Tongue;
use super::state::{Course, Whom, new_id};

/// Webhooks that may wait at once. Beyond, requests are refused rather than forgotten.
const LONGEST: usize = 10_000;

/// A webhook's place in the queue: the time it is sent, then the order of acceptance.
pub(super) type Slot = (u64, u64);

/// A webhook to deliver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) body: String,
    /// When what it tells is known.
    pub(super) due_ms: u64,
    /// The merchant's account that is told; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// Whose form and signature it has.
    #[serde(default, skip_serializing_if = "Tongue::is_own")]
    pub(super) speak: Tongue,
    /// The request that it tells of.
    #[serde(default)]
    pub(super) key: String,
    /// How long after it is due it is sent.
    #[serde(default)]
    after_ms: u64,
    /// How often it is sent again after it was taken.
    #[serde(default)]
    more_copies: u8,
    /// Whether it is never sent.
    #[serde(default)]
    is_lost: bool,
    /// The id that it is sent under, where that is another webhook's.
    #[serde(skip)]
    sent_as: Option<String>,
}

impl Webhook {
    pub(super) fn new(body: String, whom: Whom, course: &Course, sending: Sending) -> Self {
        Self {
            id: new_id("msg"),
            body,
            due_ms: course.due_ms,
            account: whom.account,
            speak: whom.tongue,
            key: course.key.clone(),
            after_ms: sending.after_ms,
            more_copies: sending.more_copies,
            is_lost: sending.is_lost,
            sent_as: None,
        }
    }

    /// The id that it is sent under.
    pub(super) fn sent_as(&self) -> &str {
        self.sent_as.as_deref().unwrap_or(&self.id)
    }

    /// Itself and its copies: the first copy is the same webhook, the others are other ones.
    fn copies(self) -> impl Iterator<Item = Self> {
        (0..=self.more_copies).map(move |number| match number {
            0 => self.clone(),
            1 => Self {
                id: format!("{}_again", self.id),
                sent_as: Some(self.id.clone()),
                ..self.clone()
            },
            other => Self { id: format!("{}_{other}", self.id), ..self.clone() },
        })
    }
}

/// What became of a request's webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    waiting: u64,
    delivered: u64,
    lost: u64,
}

/// The webhooks that wait, the one that is sent first in front.
#[derive(Default)]
pub(super) struct Queue {
    waiting: BTreeMap<Slot, Webhook>,
    slots: HashMap<String, Slot>,
    tallies: HashMap<String, Tally>,
    next_seq: u64,
}

impl Queue {
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= LONGEST
    }

    /// What became of a request's webhooks.
    pub(super) fn tally(&self, key: &str) -> Option<Tally> {
        self.tallies.get(key).copied()
    }

    /// The webhook that is sent first.
    pub(super) fn first(&self) -> Option<(Slot, Webhook)> {
        self.waiting.first_key_value().map(|(slot, webhook)| (*slot, webhook.clone()))
    }

    /// Adds a webhook with its copies, or nothing where it is to be lost.
    pub(super) fn add(&mut self, webhook: Webhook) {
        let tally = self.tallies.entry(webhook.key.clone()).or_default();
        if webhook.is_lost {
            tally.lost += 1;
            return;
        }
        tally.waiting += 1 + u64::from(webhook.more_copies);
        for copy in webhook.copies() {
            let slot = (copy.due_ms.saturating_add(copy.after_ms), self.next_seq);
            self.next_seq += 1;
            self.slots.insert(copy.id.clone(), slot);
            self.waiting.insert(slot, copy);
        }
    }

    /// Takes one out that was taken.
    pub(super) fn remove(&mut self, id: &str) {
        let Some(slot) = self.slots.remove(id) else { return };
        let Some(webhook) = self.waiting.remove(&slot) else { return };
        if let Some(tally) = self.tallies.get_mut(&webhook.key) {
            tally.waiting = tally.waiting.saturating_sub(1);
            tally.delivered += 1;
        }
    }

    /// The webhook was not taken: it is tried again at `at_ms`. Not recorded: after a restart it is
    /// due at once.
    pub(super) fn postpone(&mut self, slot: Slot, at_ms: u64) {
        if let Some(webhook) = self.waiting.remove(&slot) {
            self.slots.insert(webhook.id.clone(), (at_ms, slot.1));
            self.waiting.insert((at_ms, slot.1), webhook);
        }
    }
}
