//! What the simulated provider remembers and how it judges a request.
//!
//! An accepted request, its outcome and its webhook are one entry. The outcome is known to the
//! provider from the start and to the world from its due time on; so a status needs no timer.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::after::{RETURNED, Refund};
use super::journal::Journal;
use super::payins::Payin;
use super::request::{
    Answer, BeginRequest, Outcome, PayRequest, PayoutRequest, RefundRequest, Refused,
};

/// The provider: everything it has accepted, and the webhooks it has still to deliver.
pub(super) struct Provider {
    journal: Journal,
    pub(super) payins: HashMap<Uuid, Payin>,
    /// What opens a buyer's page, and whose it is.
    pub(super) tokens: HashMap<String, Uuid>,
    /// By the provider's own payment.
    pub(super) paid: HashMap<String, Paid>,
    pub(super) payouts: HashMap<String, Payout>,
    pub(super) refunds: HashMap<String, Refund>,
    queue: BTreeMap<Slot, Webhook>,
    slots: HashMap<String, Slot>,
    next_seq: u64,
}

/// Webhooks that may wait at once. Beyond, requests are refused rather than forgotten.
const LONGEST_QUEUE: usize = 10_000;

/// A webhook's place in the queue: its due time, then the order of acceptance.
pub(super) type Slot = (u64, u64);

/// A webhook to deliver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) due_ms: u64,
    /// The merchant's account that is told; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
}

/// A payment that has succeeded.
pub(super) struct Paid {
    pub(super) request: PayRequest,
    /// What was given back of it, in minor units.
    pub(super) given_back: u64,
}

pub(super) struct Payout {
    pub(super) object: String,
    pub(super) request: PayoutRequest,
    due_ms: u64,
    pub(super) is_returned: bool,
}

impl Payout {
    /// How far it is, and why it failed.
    pub(super) fn status(&self, now_ms: u64) -> (&'static str, Option<&'static str>) {
        match failure(&self.request) {
            _ if now_ms < self.due_ms => ("pending", None),
            None if self.is_returned => ("failed", Some(RETURNED)),
            None => ("paid", None),
            reason @ Some(_) => ("failed", reason),
        }
    }
}

/// A line of the state file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(super) enum Entry {
    Begun {
        reference: Uuid,
        object: String,
        token: String,
        request: BeginRequest,
    },
    Cancelled {
        reference: Uuid,
        webhook: Webhook,
    },
    Payin {
        reference: Uuid,
        object: String,
        request: PayRequest,
        webhook: Webhook,
        /// What is told of the provider's fee.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fee: Option<Webhook>,
    },
    Payout {
        key: String,
        object: String,
        request: PayoutRequest,
        webhook: Webhook,
    },
    Returned {
        key: String,
        webhook: Webhook,
    },
    Refund {
        key: String,
        object: String,
        request: RefundRequest,
        fails: bool,
        webhook: Webhook,
    },
    GivenBack {
        payment: String,
        taken: u64,
        webhook: Webhook,
    },
    Disputed {
        webhook: Webhook,
    },
    Delivered {
        webhook: String,
    },
}

/// The body of a webhook.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    pub(super) r#type: &'static str,
    pub(super) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<Uuid>,
    pub(super) amount: &'a str,
    pub(super) currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
}

impl Provider {
    /// Reads the state back.
    pub(super) fn open(dir: &Path) -> anyhow::Result<Self> {
        let (journal, entries) = Journal::open(dir)?;
        let mut provider = Self {
            journal,
            payins: HashMap::new(),
            tokens: HashMap::new(),
            paid: HashMap::new(),
            payouts: HashMap::new(),
            refunds: HashMap::new(),
            queue: BTreeMap::new(),
            slots: HashMap::new(),
            next_seq: 0,
        };
        entries.into_iter().for_each(|entry| provider.apply(entry));
        Ok(provider)
    }

    /// Accepts a payout, once a key.
    pub(super) fn payout(
        &mut self,
        key: &str,
        request: PayoutRequest,
        due_ms: u64,
    ) -> Result<Answer, Refused> {
        if let Some(payout) = self.payouts.get(key) {
            if payout.request != request {
                return Err(Refused::KeyReused);
            }
            return Ok(Answer { id: payout.object.clone(), status: "pending", reason: None });
        }
        if request.destination.starts_with("refuse") {
            return Err(Refused::InvalidDestination);
        }
        let object = new_id("po");
        let reason = failure(&request);
        let told = Told {
            r#type: if reason.is_some() { "payout.failed" } else { "payout.paid" },
            id: &object,
            reference: Some(request.reference),
            amount: &request.amount,
            currency: &request.currency,
            reason,
        };
        let webhook = self.webhook(&told, request.account.clone(), due_ms)?;
        let entry = Entry::Payout { key: key.to_owned(), object: object.clone(), request, webhook };
        self.record(entry)?;
        Ok(Answer { id: object, status: "pending", reason: None })
    }

    /// How far a payout is.
    pub(super) fn payout_status(&self, key: &str, now_ms: u64) -> Option<Answer> {
        let payout = self.payouts.get(key)?;
        let (status, reason) = payout.status(now_ms);
        Some(Answer { id: payout.object.clone(), status, reason })
    }

    /// The webhook that is due first.
    pub(super) fn next_webhook(&self) -> Option<(Slot, Webhook)> {
        self.queue.first_key_value().map(|(slot, webhook)| (*slot, webhook.clone()))
    }

    /// The webhook was taken: it is never sent again.
    pub(super) fn delivered(&mut self, webhook: Webhook) -> anyhow::Result<()> {
        let entry = Entry::Delivered { webhook: webhook.id };
        self.journal.append(&entry)?;
        self.apply(entry);
        Ok(())
    }

    /// The webhook was not taken: it is tried again at `due_ms`. Not recorded: after a restart it
    /// is due at once.
    pub(super) fn postpone(&mut self, slot: Slot, due_ms: u64) {
        if let Some(webhook) = self.queue.remove(&slot) {
            self.slots.insert(webhook.id.clone(), (due_ms, slot.1));
            self.queue.insert((due_ms, slot.1), webhook);
        }
    }

    pub(super) fn webhook(
        &self,
        told: &impl Serialize,
        account: Option<String>,
        due_ms: u64,
    ) -> Result<Webhook, Refused> {
        if self.queue.len() >= LONGEST_QUEUE {
            return Err(Refused::Overloaded);
        }
        let body = serde_json::to_string(told).map_err(|e| Refused::Unavailable(e.into()))?;
        Ok(Webhook { id: new_id("msg"), body, due_ms, account })
    }

    pub(super) fn record(&mut self, entry: Entry) -> Result<(), Refused> {
        self.journal.append(&entry).map_err(Refused::Unavailable)?;
        self.apply(entry);
        Ok(())
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Begun { reference, object, token, request } => {
                self.apply_begun(reference, object, token, request);
            }
            Entry::Cancelled { reference, webhook } => {
                self.apply_cancelled(reference);
                self.enqueue(webhook);
            }
            Entry::Payin { reference, object, request, webhook, fee } => {
                if request.outcome == Outcome::Succeed {
                    let paid = Paid { request: request.clone(), given_back: 0 };
                    self.paid.insert(object.clone(), paid);
                }
                self.apply_payin(reference, object, request, webhook.due_ms);
                self.enqueue(webhook);
                fee.into_iter().for_each(|webhook| self.enqueue(webhook));
            }
            Entry::Payout { key, object, request, webhook } => {
                let due_ms = webhook.due_ms;
                self.payouts.insert(key, Payout { object, request, due_ms, is_returned: false });
                self.enqueue(webhook);
            }
            Entry::Returned { key, webhook } => {
                if let Some(payout) = self.payouts.get_mut(&key) {
                    payout.is_returned = true;
                }
                self.enqueue(webhook);
            }
            Entry::Refund { key, object, request, fails, webhook } => {
                let refund = Refund::new(object, request, webhook.due_ms, fails);
                self.give(refund.payment(), refund.taken());
                self.refunds.insert(key, refund);
                self.enqueue(webhook);
            }
            Entry::GivenBack { payment, taken, webhook } => {
                self.give(&payment, taken);
                self.enqueue(webhook);
            }
            Entry::Disputed { webhook } => self.enqueue(webhook),
            Entry::Delivered { webhook } => {
                if let Some(slot) = self.slots.remove(&webhook) {
                    self.queue.remove(&slot);
                }
            }
        }
    }

    fn give(&mut self, payment: &str, minor: u64) {
        if let Some(paid) = self.paid.get_mut(payment) {
            paid.given_back = paid.given_back.saturating_add(minor);
        }
    }

    fn enqueue(&mut self, webhook: Webhook) {
        let slot = (webhook.due_ms, self.next_seq);
        self.next_seq += 1;
        self.slots.insert(webhook.id.clone(), slot);
        self.queue.insert(slot, webhook);
    }
}

fn failure(request: &PayoutRequest) -> Option<&'static str> {
    request.destination.starts_with("fail").then_some("destination_closed")
}

pub(super) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::new_v4().simple())
}
