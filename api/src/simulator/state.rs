//! What the simulated provider remembers and how it judges a request.
//!
//! An accepted request, its outcome and its webhook are one entry. The outcome is known to the
//! provider from the start and to the world from its due time on; so a status needs no timer.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::journal::Journal;

/// The provider: everything it has accepted, and the webhooks it has still to deliver.
pub(super) struct Provider {
    journal: Journal,
    payins: HashMap<Uuid, Payin>,
    payouts: HashMap<String, Payout>,
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

/// What the customer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayRequest {
    pub(super) amount: String,
    pub(super) currency: String,
    #[serde(default)]
    pub(super) outcome: Outcome,
    /// The merchant's account that is paid: a ledger's name; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
}

/// How a payment ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    #[default]
    Succeed,
    Fail,
}

/// What a marketplace asks to be paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayoutRequest {
    pub(super) reference: Uuid,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) destination: String,
    /// The merchant's account that pays: a ledger's name; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
}

/// An object and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Answer {
    pub(super) id: String,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
}

/// Why a request is not accepted. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("this reference has been paid with another amount or currency")]
    AlreadyPaid,
    #[error("this idempotency key was used with another body")]
    KeyReused,
    #[error("no account can be reached at this destination")]
    InvalidDestination,
    #[error("too many webhooks wait for delivery")]
    Overloaded,
    #[error("the state cannot be written")]
    Unavailable(#[source] anyhow::Error),
}

struct Payin {
    object: String,
    last: PayRequest,
}

struct Payout {
    object: String,
    request: PayoutRequest,
    due_ms: u64,
}

/// A line of the state file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Entry {
    Payin { reference: Uuid, object: String, request: PayRequest, webhook: Webhook },
    Payout { key: String, object: String, request: PayoutRequest, webhook: Webhook },
    Delivered { webhook: String },
}

/// The body of a webhook.
#[derive(Serialize)]
struct Told<'a> {
    r#type: &'static str,
    id: &'a str,
    reference: Uuid,
    amount: &'a str,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Provider {
    /// Reads the state back.
    pub(super) fn open(dir: &Path) -> anyhow::Result<Self> {
        let (journal, entries) = Journal::open(dir)?;
        let mut provider = Self {
            journal,
            payins: HashMap::new(),
            payouts: HashMap::new(),
            queue: BTreeMap::new(),
            slots: HashMap::new(),
            next_seq: 0,
        };
        entries.into_iter().for_each(|entry| provider.apply(entry));
        Ok(provider)
    }

    /// The customer pays, or fails to.
    pub(super) fn pay(
        &mut self,
        reference: Uuid,
        request: PayRequest,
        due_ms: u64,
    ) -> Result<Answer, Refused> {
        let status = match request.outcome {
            Outcome::Succeed => "succeeded",
            Outcome::Fail => "failed",
        };
        let known = self.payins.get(&reference);
        if let Some(payin) = known {
            let is_same = payin.last == request;
            if is_same {
                return Ok(Answer { id: payin.object.clone(), status, reason: None });
            }
            if payin.last.outcome == Outcome::Succeed {
                return Err(Refused::AlreadyPaid);
            }
        }
        let object = known.map_or_else(|| new_id("pi"), |payin| payin.object.clone());
        let (kind, reason) = match request.outcome {
            Outcome::Succeed => ("payin.succeeded", None),
            Outcome::Fail => ("payin.failed", Some("insufficient_funds")),
        };
        let told = Told {
            r#type: kind,
            id: &object,
            reference,
            amount: &request.amount,
            currency: &request.currency,
            reason,
        };
        let webhook = self.webhook(&told, request.account.clone(), due_ms)?;
        self.record(Entry::Payin { reference, object: object.clone(), request, webhook })?;
        Ok(Answer { id: object, status, reason: None })
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
            reference: request.reference,
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
        let reason = failure(&payout.request);
        let (status, reason) = match reason {
            _ if now_ms < payout.due_ms => ("pending", None),
            None => ("paid", None),
            Some(_) => ("failed", reason),
        };
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

    fn webhook(
        &self,
        told: &Told<'_>,
        account: Option<String>,
        due_ms: u64,
    ) -> Result<Webhook, Refused> {
        if self.queue.len() >= LONGEST_QUEUE {
            return Err(Refused::Overloaded);
        }
        let body = serde_json::to_string(told).map_err(|e| Refused::Unavailable(e.into()))?;
        Ok(Webhook { id: new_id("msg"), body, due_ms, account })
    }

    fn record(&mut self, entry: Entry) -> Result<(), Refused> {
        self.journal.append(&entry).map_err(Refused::Unavailable)?;
        self.apply(entry);
        Ok(())
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Payin { reference, object, request, webhook } => {
                self.payins.insert(reference, Payin { object, last: request });
                self.enqueue(webhook);
            }
            Entry::Payout { key, object, request, webhook } => {
                self.payouts.insert(key, Payout { object, request, due_ms: webhook.due_ms });
                self.enqueue(webhook);
            }
            Entry::Delivered { webhook } => {
                if let Some(slot) = self.slots.remove(&webhook) {
                    self.queue.remove(&slot);
                }
            }
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

fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::new_v4().simple())
}
