//! The pay-in port: what a provider is asked for where money is to come in.
//!
//! Beginning a payment has three endings, like sending one: begun, refused, and not known. Not known
//! is resolved by asking again under the same key, the pay-in's id, which never makes another
//! payment.
//!
//! Invariant: [`Begun::Refused`] is only said when the provider itself has said, in its own words,
//! that it does not take this payment on, or when nothing was sent, since the order cannot be put
//! into the provider's form. Everything doubtful is [`Begun::Unknown`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cauri_domain::{LedgerId, Money, ObjectId, PayinId, Provider};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use secrecy::SecretString;

/// A payment to begin. The pay-in's id is the idempotency key.
#[derive(Debug, Clone)]
pub struct PayinOrder {
    /// The ledger it is begun for: the provider's account for it, where there are several.
    pub ledger: LedgerId,
    /// The pay-in.
    pub payin: PayinId,
    /// How much is asked.
    pub amount: Money,
    /// Until when the pay-in waits.
    pub expires_at: DateTime<Utc>,
    /// Whether the payer's money is only to be kept for us, and captured later.
    pub capture_later: bool,
    /// The provider's own payment, where one was begun before.
    pub object: Option<ObjectId>,
    /// Where the payer is sent when they are done.
    pub return_url: Option<String>,
    /// How they pay, in the provider's word: a network, a mode.
    pub method: Option<String>,
    /// Their telephone number or account, in the provider's form: personal, so it is neither logged
    /// nor put into an event.
    pub payer: Option<SecretString>,
}

/// What a payer needs to pay.
#[derive(Debug, Clone)]
pub struct Started {
    /// The provider's own payment; none where it names one only when it is paid.
    pub object: Option<ObjectId>,
    /// Where the payer is sent. Whoever has it may see the payment: not for logs or events.
    pub redirect_url: Option<SecretString>,
    /// What the provider's own code in the payer's browser or telephone wants. Not for logs or
    /// events.
    pub client_token: Option<SecretString>,
}

/// How beginning a payment ended.
#[derive(Debug, Clone)]
pub enum Begun {
    /// The payer can pay.
    Started(Started),
    /// The provider does not take it on.
    Refused {
        /// The provider's own payment, where it made one all the same.
        object: Option<ObjectId>,
        /// The provider's reason, a short code of `a-z 0-9 _ . -`.
        code: String,
    },
    /// Nothing was sent: whoever asked left something out that this provider needs. The pay-in stays as it is.
    Lacks(OrderField),
    /// It may or may not have been begun: begin it again under the same key.
    Unknown {
        /// What happened, a short code such as `timed_out`.
        why: String,
    },
}

/// What a provider may need to begin a payment, and not every one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderField {
    /// Who pays.
    Payer,
    /// By which means.
    Method,
    /// Where the payer comes back to.
    ReturnUrl,
}

/// A payment to look for, or to close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayinKey {
    /// The ledger it is for.
    pub ledger: LedgerId,
    /// The pay-in.
    pub payin: PayinId,
    /// The provider's own payment, where it told of one.
    pub object: Option<ObjectId>,
}

/// How a payment stands at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayinFound {
    /// Its money came in, and is for this pay-in.
    Paid {
        /// The provider's own payment.
        object: ObjectId,
        /// How much came in.
        amount: Money,
    },
    /// A card's issuer keeps the money for us.
    Authorised {
        /// The provider's own payment.
        object: ObjectId,
        /// How much is kept.
        amount: Money,
    },
    /// It may still be paid.
    Open {
        /// The provider's own payment, where it has one already.
        object: Option<ObjectId>,
    },
    /// It is not paid, and was declined or has ended at the provider.
    NotPaid,
    /// The provider knows of no such payment.
    NotFound,
    /// Nobody here can ask this provider.
    NotAsked,
    /// The provider could not be asked.
    Unknown {
        /// What happened, a short code such as `timed_out`.
        why: String,
    },
}

/// What became of closing a payment at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosedThere {
    /// Nobody can pay it any more.
    Closed,
    /// It was paid before.
    PaidBefore,
    /// The provider has no way to close it.
    NotPossible,
    /// The provider could not be asked.
    Unknown {
        /// What happened, a short code such as `timed_out`.
        why: String,
    },
}

/// A provider where payments are begun.
pub trait PayinGateway: Send + Sync {
    /// Begins a payment under the pay-in's own key. Beginning it again changes nothing, and gives the
    /// payer what they need once more.
    fn begin<'a>(&'a self, order: &'a PayinOrder) -> BoxFuture<'a, Begun>;

    /// Asks how a payment stands.
    fn find<'a>(&'a self, _: &'a PayinKey) -> BoxFuture<'a, PayinFound> {
        Box::pin(async { PayinFound::NotAsked })
    }

    /// Closes a payment that nobody waits for any more. Closing it again changes nothing.
    fn close<'a>(&'a self, _: &'a PayinKey) -> BoxFuture<'a, ClosedThere> {
        Box::pin(async { ClosedThere::NotPossible })
    }
}

/// The accounts at providers where payments are begun.
#[derive(Clone, Default)]
pub struct PayinGateways(BTreeMap<Provider, Account>);

#[derive(Clone)]
struct Account {
    gateway: Arc<dyn PayinGateway>,
    /// All of them where none is named.
    ledgers: BTreeSet<LedgerId>,
}

impl std::fmt::Debug for PayinGateways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl PayinGateways {
    /// Adds an account that serves some ledgers; all where none is named.
    pub fn add(
        &mut self,
        provider: Provider,
        gateway: Arc<dyn PayinGateway>,
        ledgers: BTreeSet<LedgerId>,
    ) {
        self.0.insert(provider, Account { gateway, ledgers });
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The account of this name, where it serves the ledger.
    #[must_use]
    pub fn get(&self, ledger: &LedgerId, provider: Provider) -> Option<Arc<dyn PayinGateway>> {
        let account = self.0.get(&provider)?;
        let serves = account.ledgers.is_empty() || account.ledgers.contains(ledger);
        serves.then(|| Arc::clone(&account.gateway))
    }
}
