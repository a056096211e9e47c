//! What providers tell us: verified over the raw bytes, then read into neutral facts, which are
//! commands.
//!
//! [`Providers::receive`] is the whole door. It is pure: no clock, no network, no storage; what
//! becomes of the facts is the caller's matter.
//!
//! Invariants: nothing is read before its sender is proved; no byte sequence makes this panic; an
//! event type without effect is a [`Delivery`] without [`Fact`]s, never an error; amounts are
//! exact or refused.

mod amount;
mod commands;
mod error;
mod fact;
mod fedapay;
mod json;
pub mod signature;
mod sim;
mod stripe;

use axum::http::HeaderMap;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

pub use amount::WireAmount;
pub use commands::{Asked, commands};
pub use error::{SecretError, WebhookError};
pub use fact::{Delivery, Dispute, Fact};
pub use fedapay::{NAME as FEDAPAY, SCHEME as FEDAPAY_SCHEME};
pub use signature::{Key, STANDARD_WEBHOOKS, Scheme, generate_secret};
pub use sim::NAME as SIM;
pub use stripe::{NAME as STRIPE, SCHEME as STRIPE_SCHEME};

use json::{Json, Node};

/// The secrets of each provider: several while one is being replaced, none to leave it out.
#[derive(Debug, Clone, Default)]
pub struct ProviderSecrets {
    /// Stripe endpoint secrets, `whsec_...`.
    pub stripe: Vec<SecretString>,
    /// FedaPay endpoint secrets, `wh_live_...`.
    pub fedapay: Vec<SecretString>,
    /// Secrets of the simulated provider: Standard Webhooks, `whsec_` and base64.
    pub sim: Vec<SecretString>,
}

impl ProviderSecrets {
    /// Reads `CAURI_STRIPE_WEBHOOK_SECRET`, `CAURI_FEDAPAY_WEBHOOK_SECRET` and
    /// `CAURI_SIM_WEBHOOK_SECRET`: lists with commas between.
    #[must_use]
    pub fn from_env() -> Self {
        let list = |name| secret_list(&std::env::var(name).unwrap_or_default());
        Self {
            stripe: list("CAURI_STRIPE_WEBHOOK_SECRET"),
            fedapay: list("CAURI_FEDAPAY_WEBHOOK_SECRET"),
            sim: list("CAURI_SIM_WEBHOOK_SECRET"),
        }
    }
}

/// The secrets in a list with commas between.
#[must_use]
pub fn secret_list(text: &str) -> Vec<SecretString> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(SecretString::from).collect()
}

/// The configured providers.
#[derive(Debug, Clone)]
pub struct Providers(Vec<Adapter>);

/// One configured provider: data, and how its events are read.
#[derive(Debug, Clone)]
struct Adapter {
    name: &'static str,
    scheme: Scheme,
    keys: Vec<Key>,
    read: for<'a> fn(&Node<'a>) -> Result<Reading, WebhookError>,
}

/// What a provider's module makes of an event.
struct Reading {
    delivery_id: Option<String>,
    kind: String,
    facts: Vec<Fact>,
}

impl Providers {
    /// The providers that have a secret.
    ///
    /// # Errors
    /// When a secret is not what its provider's scheme wants.
    pub fn try_new(secrets: &ProviderSecrets) -> Result<Self, SecretError> {
        let mut adapters = Vec::new();
        let mut add = |name, scheme: Scheme, secrets: &[SecretString], read| {
            if secrets.is_empty() {
                return Ok(());
            }
            let keys = secrets.iter().map(|s| scheme.key(s)).collect::<Result<_, _>>()?;
            adapters.push(Adapter { name, scheme, keys, read });
            Ok(())
        };
        add(STRIPE, STRIPE_SCHEME, &secrets.stripe, stripe::read)?;
        add(FEDAPAY, FEDAPAY_SCHEME, &secrets.fedapay, fedapay::read)?;
        add(SIM, STANDARD_WEBHOOKS, &secrets.sim, sim::read)?;
        Ok(Self(adapters))
    }

    /// The names of the configured providers.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|adapter| adapter.name)
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
        let adapter = self
            .0
            .iter()
            .find(|adapter| adapter.name == provider)
            .ok_or(WebhookError::UnknownProvider)?;
        let verified = adapter.scheme.verify(&adapter.keys, headers, body, now_unix_s)?;
        let json = Json::parse(body)?;
        let reading = (adapter.read)(&json.root())?;
        Ok(Delivery {
            provider: adapter.name,
            delivery_id: reading.delivery_id.or(verified.id),
            body_sha256: Sha256::digest(body).into(),
            kind: reading.kind,
            facts: reading.facts,
        })
    }
}
