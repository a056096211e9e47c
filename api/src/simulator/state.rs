//! What the simulated provider remembers.
//!
//! An accepted request, its outcome and its webhook are one entry. The outcome is known to the
//! provider from the start and to the world from its due time on; so a status needs no timer.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::after::Refund;
use super::journal::Journal;
use super::misbehaviour::{Misbehave, Misbehaviour};
use super::payins::{Payin, Taken};
use super::payouts::Payout;
use super::queue::{Queue, Webhook};
use super::request::{BeginRequest, Outcome, PayRequest, PayoutRequest, RefundRequest, Refused};
use super::speak::{self, News, Tongue};

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
    pub(super) queue: Queue,
    pub(super) misbehaviour: Misbehaviour,
    /// Until when it is down.
    pub(super) down_until_ms: u64,
    /// How often each request was tried since the start.
    tries: HashMap<String, u32>,
}

/// How a request goes on.
pub(super) struct Course {
    /// When its outcome is known.
    pub(super) due_ms: u64,
    /// What the request is known by: the merchant's reference, its key, or the payment.
    pub(super) key: String,
    /// How it goes wrong; as the whole provider does, when absent.
    pub(super) own: Option<Misbehave>,
}

/// Whom a webhook tells, and in which form.
#[derive(Debug, Clone, Default)]
pub(super) struct Whom {
    pub(super) account: Option<String>,
    pub(super) tongue: Tongue,
}

/// A payment that has succeeded.
pub(super) struct Paid {
    pub(super) reference: Uuid,
    /// As it was paid, which may not be what was asked for.
    pub(super) request: PayRequest,
    /// What was given back of it, in minor units.
    pub(super) given_back: u64,
}

impl Paid {
    pub(super) fn whom(&self) -> Whom {
        Whom { account: self.request.account.clone(), tongue: self.request.speak }
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
        /// What was paid, where that is not what was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken: Option<Taken>,
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
        /// What is told later, where it fails after it was paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<Webhook>,
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
    Misbehaviour {
        misbehaviour: Misbehaviour,
        down_until_ms: u64,
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
            queue: Queue::default(),
            misbehaviour: Misbehaviour::default(),
            down_until_ms: 0,
            tries: HashMap::new(),
        };
        entries.into_iter().for_each(|entry| provider.apply(entry));
        Ok(provider)
    }

    /// How often this was tried before, since the start.
    pub(super) fn tried(&mut self, what: &str) -> u32 {
        let tries = self.tries.entry(what.to_owned()).or_default();
        let before = *tries;
        *tries = tries.saturating_add(1);
        before
    }

    /// From now on it misbehaves so, also after a restart.
    pub(super) fn misbehave(
        &mut self,
        misbehaviour: Misbehaviour,
        now_ms: u64,
    ) -> Result<(), Refused> {
        let down_until_ms = misbehaviour.down_for_ms.map_or(0, |time| now_ms.saturating_add(time));
        let misbehaviour = Misbehaviour { down_for_ms: None, ..misbehaviour };
        self.record(Entry::Misbehaviour { misbehaviour, down_until_ms })
    }

    /// How it misbehaves, and for how much longer it is down.
    pub(super) fn misbehaves(&self, now_ms: u64) -> Misbehaviour {
        let left = self.down_until_ms.saturating_sub(now_ms);
        Misbehaviour { down_for_ms: (left > 0).then_some(left), ..self.misbehaviour.clone() }
    }

    /// The webhook was taken: it is never sent again.
    pub(super) fn delivered(&mut self, webhook: Webhook) -> anyhow::Result<()> {
        let entry = Entry::Delivered { webhook: webhook.id };
        self.journal.append(&entry)?;
        self.apply(entry);
        Ok(())
    }

    /// The webhook that tells this of a payment of `whole`; `None` where the tongue has none.
    pub(super) fn news(
        &self,
        told: &Told<'_>,
        whole: &str,
        whom: Whom,
        course: &Course,
    ) -> Result<Option<Webhook>, Refused> {
        let body = match whom.tongue {
            Tongue::Sim => Some(text(told)?),
            tongue @ (Tongue::Stripe | Tongue::Fedapay) => {
                let news = News::Payment { told, whole };
                speak::body(tongue, &news)?.as_ref().map(text).transpose()?
            }
        };
        body.map(|body| self.webhook(told.r#type, body, whom, course)).transpose()
    }

    /// The webhook that tells this; every tongue has one for it.
    pub(super) fn tell(
        &self,
        told: &Told<'_>,
        whole: &str,
        whom: Whom,
        course: &Course,
    ) -> Result<Webhook, Refused> {
        self.news(told, whole, whom, course)?.ok_or(Refused::NotSpoken)
    }

    /// A webhook with this body, sent as the course of its request has it.
    pub(super) fn webhook(
        &self,
        kind: &str,
        body: String,
        whom: Whom,
        course: &Course,
    ) -> Result<Webhook, Refused> {
        if self.queue.is_full() {
            return Err(Refused::Overloaded);
        }
        let sending = match &course.own {
            Some(own) => own.sending(),
            None => self.misbehaviour.sending(&course.key, kind),
        };
        Ok(Webhook::new(body, whom, course, sending))
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
                self.queue.add(webhook);
            }
            Entry::Payin { reference, object, request, taken, webhook, fee } => {
                if request.outcome == Outcome::Succeed {
                    let mut request = request.clone();
                    if let Some(Taken { amount, currency }) = taken.clone() {
                        (request.amount, request.currency) = (amount, currency);
                    }
                    let paid = Paid { reference, request, given_back: 0 };
                    self.paid.insert(object.clone(), paid);
                }
                self.apply_payin(reference, object, request, taken, webhook.due_ms);
                self.queue.add(webhook);
                fee.into_iter().for_each(|webhook| self.queue.add(webhook));
            }
            Entry::Payout { key, object, request, webhook, then } => {
                let fails_ms = then.as_ref().map(|webhook| webhook.due_ms);
                let payout = Payout::new(object, request, webhook.due_ms, fails_ms);
                self.payouts.insert(key, payout);
                self.queue.add(webhook);
                then.into_iter().for_each(|webhook| self.queue.add(webhook));
            }
            Entry::Returned { key, webhook } => {
                if let Some(payout) = self.payouts.get_mut(&key) {
                    payout.is_returned = true;
                }
                self.queue.add(webhook);
            }
            Entry::Refund { key, object, request, fails, webhook } => {
                let refund = Refund::new(object, request, webhook.due_ms, fails);
                self.give(refund.payment(), refund.taken());
                self.refunds.insert(key, refund);
                self.queue.add(webhook);
            }
            Entry::GivenBack { payment, taken, webhook } => {
                self.give(&payment, taken);
                self.queue.add(webhook);
            }
            Entry::Disputed { webhook } => self.queue.add(webhook),
            Entry::Delivered { webhook } => self.queue.remove(&webhook),
            Entry::Misbehaviour { misbehaviour, down_until_ms } => {
                self.misbehaviour = misbehaviour;
                self.down_until_ms = down_until_ms;
            }
        }
    }

    fn give(&mut self, payment: &str, minor: u64) {
        if let Some(paid) = self.paid.get_mut(payment) {
            paid.given_back = paid.given_back.saturating_add(minor);
        }
    }
}

/// A body as it is sent.
pub(super) fn text(body: &impl Serialize) -> Result<String, Refused> {
    serde_json::to_string(body).map_err(|error| Refused::Unavailable(error.into()))
}

pub(super) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::new_v4().simple())
}
