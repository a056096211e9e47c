//! What providers tell us: verified over the raw bytes, then read into neutral facts, which are
//! commands.
//!
//! [`Providers::receive`] is the whole door. It is pure: no clock, no network, no storage; what
//! becomes of the facts is the caller's matter.
//!
//! Invariants: nothing is read before its sender is proved, but which object a provider is asked
//! about; no byte sequence makes this panic; an event type without effect is a [`Delivery`] without
//! [`Fact`]s, never an error; amounts are exact or refused.

mod adapter;
pub(crate) mod amount;
mod certificate;
pub mod cinetpay;
pub mod cinetpay_v1;
mod commands;
mod configured;
mod error;
pub(crate) mod fact;
pub(crate) mod fedapay;
pub mod hub2;
pub(crate) mod json;
pub mod message_signature;
pub mod pawapay;
pub mod paygate;
pub mod paypal;
pub mod pispi;
pub mod signature;
mod sim;
pub(crate) mod stripe;

use std::collections::BTreeMap;

use adapter::{Adapter, Named, Proved, Reading};
use axum::http::HeaderMap;
use cauri_domain::{LedgerId, Provider};
use secrecy::SecretString;

pub use adapter::Wanted;
pub use amount::WireAmount;
pub use commands::{Asked, Commands, commands};
pub use configured::scheme as configured_scheme;
pub use error::{SecretError, WebhookError};
pub use fact::{Delivery, Dispute, Fact, Question};
pub use fedapay::{NAME as FEDAPAY, SCHEME as FEDAPAY_SCHEME};
pub use signature::{
    Key, STANDARD_WEBHOOKS, STANDARD_WEBHOOKS_ASYMMETRIC, Scheme, generate_secret,
};
pub use sim::NAME as SIM;
pub(crate) use stripe::objects as stripe_objects;
pub use stripe::{NAME as STRIPE, SCHEME as STRIPE_SCHEME};

use crate::providers::{AccountError, Accounts, LedgersOf};

/// The secrets in a list with commas between.
#[must_use]
pub fn secret_list(text: &str) -> Vec<SecretString> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(SecretString::from).collect()
}

/// The configured providers.
#[derive(Debug, Clone)]
pub struct Providers {
    adapters: Vec<Adapter>,
    ledgers: BTreeMap<Provider, LedgersOf>,
}

impl Providers {
    /// The providers of these accounts.
    ///
    /// # Errors
    /// When a secret is not what its provider's scheme wants.
    pub fn try_new(accounts: &Accounts) -> Result<Self, AccountError> {
        let adapters = accounts.iter().map(Adapter::try_new).collect::<Result<_, _>>()?;
        let ledgers = accounts.iter().map(|account| (account.name, account.ledgers.clone()));
        Ok(Self { adapters, ledgers: ledgers.collect() })
    }

    /// Whether a stranger's delivery may cost a question at this account's provider.
    #[must_use]
    pub fn is_asked(&self, account: &str) -> bool {
        self.get(account).is_some_and(Adapter::is_asked)
    }

    /// Whether this account's provider is asked before anything that a delivery tells of is booked.
    #[must_use]
    pub fn is_always_asked(&self, account: &str) -> bool {
        self.get(account).is_some_and(Adapter::is_always_asked)
    }

    /// What is to be fetched from the provider before this delivery can be proved, if anything is:
    /// then [`Providers::learn`] it, and [`Providers::receive`] the delivery.
    #[must_use]
    pub fn wanted(&self, account: &str, headers: &HeaderMap) -> Option<Wanted> {
        self.get(account)?.wanted(headers)
    }

    /// Learns what was fetched.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn learn(&self, account: &str, wanted: &Wanted, answer: &[u8]) -> Result<(), WebhookError> {
        let adapter = self.get(account).ok_or(WebhookError::UnknownProvider)?;
        adapter.learn(wanted, answer)
    }

    fn get(&self, account: &str) -> Option<&Adapter> {
        self.adapters.iter().find(|adapter| adapter.name.as_str() == account)
    }

    /// The names of the configured accounts.
    pub fn names(&self) -> impl Iterator<Item = Provider> {
        self.adapters.iter().map(|adapter| adapter.name)
    }

    /// The names of those that may tell of a ledger, in order.
    pub fn names_of(&self, ledger: &LedgerId) -> impl Iterator<Item = Provider> {
        let of_it = self.ledgers.iter().filter(|(_, ledgers)| ledgers.contains(ledger));
        of_it.map(|(name, _)| *name)
    }

    /// Proves the sender of `body`, exactly as it came, and reads what it says.
    ///
    /// # Errors
    /// When the provider is not configured, the sender is not proved, or the body says something
    /// about money that cannot be read exactly.
    pub fn receive(
        &self,
        provider: &str,
        headers: &HeaderMap,
        body: &[u8],
        now_unix_s: i64,
    ) -> Result<Delivery, WebhookError> {
        let adapter = self.get(provider).ok_or(WebhookError::UnknownProvider)?;
        let proved = adapter.receive(headers, body, now_unix_s)?;
        Ok(adapter.delivery(proved, body))
    }

    /// Reads again what was taken when it came: its secret may be another by now.
    ///
    /// # Errors
    /// As [`Providers::receive`], but that nothing is proved.
    pub fn read_again(
        &self,
        provider: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Delivery, WebhookError> {
        let adapter = self.get(provider).ok_or(WebhookError::UnknownProvider)?;
        let reading = adapter.read(headers, body)?;
        Ok(adapter.delivery(Proved { reading, key_id: None, is_proved: true }, body))
    }
}
