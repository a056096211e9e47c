//! What providers tell us: verified over the raw bytes, then read into neutral facts, which are
//! commands.
//!
//! [`Providers::receive`] is the whole door. It is pure: no clock, no network, no storage; what
//! becomes of the facts is the caller's matter.
//!
//! Invariants: nothing is read before its sender is proved, but which object PayPal is asked about; no byte sequence makes this panic; an
//! event type without effect is a [`Delivery`] without [`Fact`]s, never an error; amounts are
//! exact or refused.

pub(crate) mod amount;
pub mod cinetpay;
mod commands;
mod error;
pub(crate) mod fact;
mod fedapay;
pub(crate) mod json;
pub mod paypal;
pub mod pispi;
pub mod signature;
mod sim;
mod stripe;

use axum::http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest, Sha256};

pub use amount::WireAmount;
pub use commands::{Asked, Commands, commands};
pub use error::{SecretError, WebhookError};
pub use fact::{Delivery, Dispute, Fact, Question};
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
    /// PI-SPI webhook secrets, as given at the webhook's creation.
    pub pispi: Vec<SecretString>,
    /// CinetPay secret keys.
    pub cinetpay: Vec<SecretString>,
    /// Whether PayPal's deliveries are taken: PayPal itself is asked to prove them.
    pub paypal: bool,
}

impl ProviderSecrets {
    /// Reads `CAURI_STRIPE_WEBHOOK_SECRET`, `CAURI_FEDAPAY_WEBHOOK_SECRET`,
    /// `CAURI_SIM_WEBHOOK_SECRET`, `CAURI_PISPI_WEBHOOK_SECRET` and `CAURI_CINETPAY_SECRET_KEY`:
    /// lists with commas between. PayPal is on where `CAURI_PAYPAL_WEBHOOK_ID` is set.
    #[must_use]
    pub fn from_env() -> Self {
        let list = |name| secret_list(&std::env::var(name).unwrap_or_default());
        Self {
            stripe: list("CAURI_STRIPE_WEBHOOK_SECRET"),
            fedapay: list("CAURI_FEDAPAY_WEBHOOK_SECRET"),
            sim: list("CAURI_SIM_WEBHOOK_SECRET"),
            pispi: list("CAURI_PISPI_WEBHOOK_SECRET"),
            cinetpay: list("CAURI_CINETPAY_SECRET_KEY"),
            paypal: std::env::var("CAURI_PAYPAL_WEBHOOK_ID").is_ok_and(|id| !id.is_empty()),
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
    proof: Proof,
}

/// How a delivery's sender is proved, and its body read.
#[derive(Debug, Clone)]
enum Proof {
    /// An HMAC of the raw body, in one of these schemes; then JSON.
    Signed {
        schemes: &'static [Scheme],
        keys: Vec<Key>,
        read: for<'a> fn(&Node<'a>) -> Result<Reading, WebhookError>,
    },
    /// The token of a form.
    Form(Vec<SecretString>),
    /// Nothing here: the provider is asked.
    Asked,
}

/// What a provider's module makes of an event.
struct Reading {
    delivery_id: Option<String>,
    kind: String,
    facts: Vec<Fact>,
    question: Option<Question>,
    unreadable: Option<WebhookError>,
}

impl Providers {
    /// The providers that have a secret.
    ///
    /// # Errors
    /// When a secret is not what its provider's scheme wants.
    pub fn try_new(secrets: &ProviderSecrets) -> Result<Self, SecretError> {
        let mut adapters = Vec::new();
        let mut add = |name, schemes: &'static [Scheme], secrets: &[SecretString], read| {
            let (Some(scheme), false) = (schemes.first(), secrets.is_empty()) else {
                return Ok(());
            };
            let keys = secrets.iter().map(|s| scheme.key(s)).collect::<Result<_, _>>()?;
            adapters.push(Adapter { name, proof: Proof::Signed { schemes, keys, read } });
            Ok(())
        };
        add(STRIPE, &[STRIPE_SCHEME], &secrets.stripe, stripe::read)?;
        add(FEDAPAY, &[FEDAPAY_SCHEME], &secrets.fedapay, fedapay::read)?;
        add(SIM, &[STANDARD_WEBHOOKS], &secrets.sim, sim::read)?;
        add(pispi::NAME, &[pispi::SCHEME, pispi::BASE64], &secrets.pispi, pispi::read)?;
        if !secrets.cinetpay.is_empty() {
            if secrets.cinetpay.iter().any(|secret| secret.expose_secret().is_empty()) {
                return Err(SecretError::Empty);
            }
            let proof = Proof::Form(secrets.cinetpay.clone());
            adapters.push(Adapter { name: cinetpay::NAME, proof });
        }
        if secrets.paypal {
            adapters.push(Adapter { name: paypal::NAME, proof: Proof::Asked });
        }
        Ok(Self(adapters))
    }

    /// Whether a delivery proves nothing by itself, so that a stranger's costs a question at this
    /// provider.
    #[must_use]
    pub fn is_asked(&self, provider: &str) -> bool {
        let adapter = self.0.iter().find(|adapter| adapter.name == provider);
        adapter.is_some_and(|adapter| matches!(adapter.proof, Proof::Asked))
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
        let reading = match &adapter.proof {
            Proof::Signed { schemes, keys, read } => {
                let id = verified(schemes, keys, headers, body, now_unix_s)?;
                let reading = read(&Json::parse(body)?.root())?;
                Reading { delivery_id: reading.delivery_id.or(id), ..reading }
            }
            Proof::Form(secrets) => cinetpay::receive(secrets, headers, body)?,
            Proof::Asked => paypal::receive(headers, &Json::parse(body)?.root())?,
        };
        Ok(Delivery {
            provider: adapter.name,
            delivery_id: reading.delivery_id,
            body_sha256: Sha256::digest(body).into(),
            kind: reading.kind,
            facts: reading.facts,
            question: reading.question,
            unreadable: reading.unreadable,
        })
    }
}

/// The signed id of a delivery that fits one of the schemes; the first one's error else.
fn verified(
    schemes: &[Scheme],
    keys: &[Key],
    headers: &HeaderMap,
    body: &[u8],
    now_unix_s: i64,
) -> Result<Option<String>, WebhookError> {
    let mut first = Err(WebhookError::BadSignature);
    for (index, scheme) in schemes.iter().enumerate() {
        match scheme.verify(keys, headers, body, now_unix_s) {
            Ok(verified) => return Ok(verified.id),
            Err(error) if index == 0 => first = Err(error),
            Err(_) => {}
        }
    }
    first
}
