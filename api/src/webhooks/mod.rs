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
use cauri_domain::Provider;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

pub use amount::WireAmount;
pub use commands::{Asked, Commands, commands};
pub use error::{SecretError, WebhookError};
pub use fact::{Delivery, Dispute, Fact, Question};
pub use fedapay::{NAME as FEDAPAY, SCHEME as FEDAPAY_SCHEME};
pub use signature::{Key, STANDARD_WEBHOOKS, Scheme, generate_secret};
pub use sim::NAME as SIM;
pub use stripe::{NAME as STRIPE, SCHEME as STRIPE_SCHEME};

use crate::providers::{AccountError, Accounts, Kind, ProviderAccount, key_id};
use json::{Json, Node};

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
    name: Provider,
    proof: Proof,
}

/// How a delivery's sender is proved, and its body read.
#[derive(Debug, Clone)]
enum Proof {
    /// An HMAC of the raw body, in one of these schemes; then JSON.
    Signed {
        schemes: &'static [Scheme],
        keys: Vec<Named<Key>>,
        read: for<'a> fn(&Node<'a>) -> Result<Reading, WebhookError>,
    },
    /// The token of a form.
    Form(Vec<Named<SecretString>>),
    /// Nothing here: the provider is asked.
    Asked,
}

/// A secret made ready, and what it is called.
#[derive(Debug, Clone)]
struct Named<T> {
    key: T,
    id: String,
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
    /// The providers of these accounts.
    ///
    /// # Errors
    /// When a secret is not what its provider's scheme wants.
    pub fn try_new(accounts: &Accounts) -> Result<Self, AccountError> {
        accounts.iter().map(Adapter::try_new).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a delivery proves nothing by itself, so that a stranger's costs a question at this
    /// provider.
    #[must_use]
    pub fn is_asked(&self, provider: &str) -> bool {
        let adapter = self.0.iter().find(|adapter| adapter.name.as_str() == provider);
        adapter.is_some_and(|adapter| matches!(adapter.proof, Proof::Asked))
    }

    /// The names of the configured accounts.
    pub fn names(&self) -> impl Iterator<Item = Provider> {
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
        let adapter = self.adapter(provider)?;
        let (reading, key_id) = match &adapter.proof {
            Proof::Signed { schemes, keys, read } => {
                let (id, key) = verified(schemes, keys, headers, body, now_unix_s)?;
                let reading = read(&Json::parse(body)?.root())?;
                (Reading { delivery_id: reading.delivery_id.or(id), ..reading }, Some(key))
            }
            Proof::Form(secrets) => {
                let (reading, key) = cinetpay::receive(secrets, headers, body)?;
                (reading, Some(key))
            }
            Proof::Asked => (paypal::receive(headers, &Json::parse(body)?.root())?, None),
        };
        Ok(adapter.delivery(reading, key_id, body))
    }

    /// Reads again what was proved when it came: its secret may be another by now.
    ///
    /// # Errors
    /// As [`Providers::receive`], but that nothing is proved.
    pub fn read_again(
        &self,
        provider: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Delivery, WebhookError> {
        let adapter = self.adapter(provider)?;
        let reading = match &adapter.proof {
            Proof::Signed { read, .. } => read(&Json::parse(body)?.root())?,
            Proof::Form(_) => cinetpay::read(body)?,
            Proof::Asked => paypal::receive(headers, &Json::parse(body)?.root())?,
        };
        Ok(adapter.delivery(reading, None, body))
    }

    fn adapter(&self, provider: &str) -> Result<&Adapter, WebhookError> {
        let adapter = self.0.iter().find(|adapter| adapter.name.as_str() == provider);
        adapter.ok_or(WebhookError::UnknownProvider)
    }
}

impl Adapter {
    fn try_new(account: &ProviderAccount) -> Result<Self, AccountError> {
        let signed = |schemes: &'static [Scheme], read| {
            let keys = named(account, |secret| schemes[0].key(secret))?;
            Ok(Proof::Signed { schemes, keys, read })
        };
        let proof = match account.kind {
            Kind::Stripe => signed(&[STRIPE_SCHEME], stripe::read),
            Kind::Fedapay => signed(&[FEDAPAY_SCHEME], fedapay::read),
            Kind::Sim | Kind::StandardWebhooks => signed(&[STANDARD_WEBHOOKS], sim::read),
            Kind::Pispi => signed(&[pispi::SCHEME, pispi::BASE64], pispi::read),
            Kind::Cinetpay => named(account, |secret| Ok(secret.clone())).map(Proof::Form),
            Kind::Paypal => Ok(Proof::Asked),
            Kind::CinetpayV1 | Kind::Pawapay | Kind::Hub2 | Kind::Paygate | Kind::Hmac => {
                Err(account.invalid("kind", "has no adapter yet"))
            }
        }?;
        Ok(Self { name: account.name, proof })
    }

    fn delivery(&self, reading: Reading, key_id: Option<String>, body: &[u8]) -> Delivery {
        Delivery {
            provider: self.name,
            delivery_id: reading.delivery_id,
            key_id,
            body_sha256: Sha256::digest(body).into(),
            kind: reading.kind,
            facts: reading.facts,
            question: reading.question,
            unreadable: reading.unreadable,
        }
    }
}

/// The secrets of an account, made ready.
fn named<T>(
    account: &ProviderAccount,
    ready: impl Fn(&SecretString) -> Result<T, SecretError>,
) -> Result<Vec<Named<T>>, AccountError> {
    let ready = |(index, secret): (usize, &SecretString)| match ready(secret) {
        Ok(key) => Ok(Named { key, id: key_id(secret) }),
        Err(error) => Err(account.invalid(&format!("webhook_secrets[{index}]"), error.to_string())),
    };
    account.webhook_secrets.iter().enumerate().map(ready).collect()
}

/// The signed id of a delivery that fits one of the schemes, and which key signed it; the first
/// scheme's error else.
fn verified(
    schemes: &[Scheme],
    keys: &[Named<Key>],
    headers: &HeaderMap,
    body: &[u8],
    now_unix_s: i64,
) -> Result<(Option<String>, String), WebhookError> {
    let ready: Vec<_> = keys.iter().map(|key| key.key.clone()).collect();
    let mut first = Err(WebhookError::BadSignature);
    for (index, scheme) in schemes.iter().enumerate() {
        match scheme.verify(&ready, headers, body, now_unix_s) {
            Ok(verified) => {
                let key = keys.get(verified.key).map(|key| key.id.clone()).unwrap_or_default();
                return Ok((verified.id, key));
            }
            Err(error) if index == 0 => first = Err(error),
            Err(_) => {}
        }
    }
    first
}
