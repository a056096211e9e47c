//! How the deliveries of one account are proved and read.

use axum::http::HeaderMap;
use cauri_domain::Provider;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::certificate::Certificates;
use super::json::{Json, Node};
use super::signature::PUBLIC_KEY;
use super::{
    Delivery, FEDAPAY_SCHEME, Key, Question, STANDARD_WEBHOOKS, STANDARD_WEBHOOKS_ASYMMETRIC,
    STRIPE_SCHEME, Scheme, SecretError, WebhookError, cinetpay, cinetpay_v1, configured, fedapay,
    hub2, pawapay, paygate, paypal, pispi, sim, stripe,
};
use crate::providers::{AccountError, Kind, ProviderAccount, Threshold, key_id};
use crate::webhooks::Fact;

/// One configured account: data, and how its events are read.
#[derive(Debug, Clone)]
pub(super) struct Adapter {
    pub(super) name: Provider,
    proof: Proof,
    threshold: Threshold,
}

/// How a delivery's sender is proved, and its body read.
#[derive(Debug, Clone)]
enum Proof {
    /// A signature over the raw body; then JSON.
    Signed { provers: Vec<Prover>, read: Read },
    /// The token of CinetPay's form.
    Form(Vec<Named<SecretString>>),
    /// PayPal's: by its certificate, where that is wanted; by asking it else.
    Paypal(Option<Certificates>),
    /// pawaPay's: by its keys, where that is wanted.
    Pawapay(pawapay::Proof),
    /// Nothing here: the provider is asked.
    Hint(Read),
}

type Read = for<'a> fn(&Node<'a>) -> Result<Reading, WebhookError>;

/// A scheme with one of its keys.
#[derive(Debug, Clone)]
struct Prover {
    scheme: Scheme,
    key: Named<Key>,
}

/// A secret made ready, and what it is called.
#[derive(Debug, Clone)]
pub(super) struct Named<T> {
    pub(super) key: T,
    pub(super) id: String,
}

/// What a provider's module makes of an event.
pub(super) struct Reading {
    pub(super) delivery_id: Option<String>,
    pub(super) kind: String,
    pub(super) facts: Vec<Fact>,
    pub(super) question: Option<Question>,
    pub(super) unreadable: Option<WebhookError>,
}

/// A reading, and how far its sender is proved.
pub(super) struct Proved {
    pub(super) reading: Reading,
    pub(super) key_id: Option<String>,
    pub(super) is_proved: bool,
}

/// What is to be fetched from a provider before a delivery can be proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The keys that pawaPay publishes.
    PawapayKeys,
    /// The certificate at an address of PayPal's.
    PaypalCertificate {
        /// The address.
        url: String,
    },
}

impl Adapter {
    pub(super) fn try_new(account: &ProviderAccount) -> Result<Self, AccountError> {
        let signed = |schemes: &[Scheme], read: Read| {
            let mut provers = Vec::new();
            for scheme in schemes {
                let keys = named(account, |secret| scheme.key(secret))?;
                provers.extend(keys.into_iter().map(|key| Prover { scheme: *scheme, key }));
            }
            Ok(Proof::Signed { provers, read })
        };
        let proof = match account.kind {
            Kind::Stripe => signed(&[STRIPE_SCHEME], stripe::read),
            Kind::Fedapay => signed(&[FEDAPAY_SCHEME], fedapay::read),
            Kind::Pispi => signed(&[pispi::SCHEME, pispi::BASE64], pispi::read),
            Kind::Hub2 => signed(&[hub2::SCHEME], hub2::read),
            Kind::Hmac => signed(&[configured::scheme(account)?], sim::read),
            Kind::Sim | Kind::StandardWebhooks => standard(account),
            Kind::Cinetpay => named(account, |secret| Ok(secret.clone())).map(Proof::Form),
            Kind::CinetpayV1 => Ok(Proof::Hint(cinetpay_v1::receive)),
            Kind::Paygate => Ok(Proof::Hint(paygate::receive)),
            Kind::Paypal => certificates(account).map(Proof::Paypal),
            Kind::Pawapay => pawapay::Proof::try_new(account).map(Proof::Pawapay),
        }?;
        Ok(Self { name: account.name, proof, threshold: Threshold::of(account)? })
    }

    /// Whether a stranger's delivery may cost a question.
    pub(super) fn is_asked(&self) -> bool {
        match &self.proof {
            Proof::Signed { .. } => false,
            // What it tells of transfers is not signed.
            Proof::Form(_) | Proof::Hint(_) | Proof::Paypal(_) => true,
            Proof::Pawapay(proof) => !proof.is_signed(),
        }
    }

    /// Whether its provider is asked before anything that a delivery tells of is booked.
    pub(super) fn is_always_asked(&self) -> bool {
        match &self.proof {
            // Above a threshold at most, and not about how a refund ended.
            Proof::Signed { .. } => false,
            Proof::Form(_) | Proof::Hint(_) | Proof::Paypal(_) | Proof::Pawapay(_) => true,
        }
    }

    /// What is to be fetched first.
    pub(super) fn wanted(&self, headers: &HeaderMap) -> Option<Wanted> {
        match &self.proof {
            Proof::Signed { .. } | Proof::Form(_) | Proof::Hint(_) | Proof::Paypal(None) => None,
            Proof::Pawapay(proof) => proof.wants_keys(headers).then_some(Wanted::PawapayKeys),
            Proof::Paypal(Some(certificates)) => {
                let url = paypal::Proof::read(headers).ok()?.cert_url;
                if !paypal::is_certificate(&url) {
                    return None;
                }
                certificates.wants(&url).then_some(Wanted::PaypalCertificate { url })
            }
        }
    }

    /// Learns what was fetched.
    pub(super) fn learn(&self, wanted: &Wanted, answer: &[u8]) -> Result<(), WebhookError> {
        match (&self.proof, wanted) {
            (Proof::Pawapay(proof), Wanted::PawapayKeys) => proof.learn(answer),
            (Proof::Paypal(Some(certificates)), Wanted::PaypalCertificate { url }) => {
                certificates.learn(url, answer)
            }
            _ => Ok(()),
        }
    }

    /// Proves a delivery and reads it.
    pub(super) fn receive(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now_unix_s: i64,
    ) -> Result<Proved, WebhookError> {
        let proved = |reading, key_id| Proved { reading, key_id, is_proved: true };
        Ok(match &self.proof {
            Proof::Signed { provers, .. } => {
                let (id, key) = verified(provers, headers, body, now_unix_s)?;
                let reading = self.read(headers, body)?;
                let delivery_id = reading.delivery_id.or(id);
                proved(Reading { delivery_id, ..reading }, Some(key))
            }
            Proof::Form(secrets) => {
                let (reading, key_id) = cinetpay::receive(secrets, headers, body)?;
                let is_proved = key_id.is_some();
                Proved { reading, key_id, is_proved }
            }
            Proof::Pawapay(proof) => {
                let key_id = proof.prove(headers, body, now_unix_s)?;
                let is_proved = key_id.is_some();
                Proved { reading: self.read(headers, body)?, key_id, is_proved }
            }
            Proof::Paypal(Some(certificates)) => {
                certificates.prove(&paypal::Proof::read(headers)?, body, now_unix_s)?;
                proved(self.read(headers, body)?, None)
            }
            Proof::Paypal(None) | Proof::Hint(_) => {
                Proved { reading: self.read(headers, body)?, key_id: None, is_proved: false }
            }
        })
    }

    /// Reads a delivery that needs no proof, or was proved when it came.
    pub(super) fn read(&self, headers: &HeaderMap, body: &[u8]) -> Result<Reading, WebhookError> {
        let json = || Json::parse(body);
        match &self.proof {
            Proof::Signed { read, .. } | Proof::Hint(read) => read(&json()?.root()),
            Proof::Form(_) => cinetpay::read(headers, body),
            Proof::Pawapay(_) => pawapay::read(&json()?.root()),
            // What is proved here is not asked of PayPal again.
            Proof::Paypal(Some(_)) => paypal::receive(None, &json()?.root()),
            Proof::Paypal(None) => {
                paypal::receive(Some(paypal::Proof::read(headers)?), &json()?.root())
            }
        }
    }

    pub(super) fn delivery(&self, proved: Proved, body: &[u8]) -> Delivery {
        let Proved { reading, key_id, is_proved } = proved;
        let things = match &reading.question {
            Some(_) => Vec::new(),
            None => self.threshold.things(&reading.facts),
        };
        let asked =
            (!things.is_empty()).then(|| Question::Things { things, told: reading.facts.clone() });
        Delivery {
            provider: self.name,
            delivery_id: reading.delivery_id,
            key_id,
            is_proved,
            body_sha256: Sha256::digest(body).into(),
            kind: reading.kind,
            facts: reading.facts,
            question: reading.question.or(asked),
            unreadable: reading.unreadable,
        }
    }
}

/// Standard Webhooks: shared secrets and public keys side by side.
fn standard(account: &ProviderAccount) -> Result<Proof, AccountError> {
    let scheme = |secret: &SecretString| match secret.expose_secret().starts_with(PUBLIC_KEY) {
        true => STANDARD_WEBHOOKS_ASYMMETRIC,
        false => STANDARD_WEBHOOKS,
    };
    let schemes = account.webhook_secrets.iter().map(scheme);
    let keys = named(account, |secret| scheme(secret).key(secret))?;
    let provers = schemes.zip(keys).map(|(scheme, key)| Prover { scheme, key }).collect();
    Ok(Proof::Signed { provers, read: sim::read })
}

/// The roots that PayPal's certificates are to lead to, where they are to prove its deliveries.
fn certificates(account: &ProviderAccount) -> Result<Option<Certificates>, AccountError> {
    match account.setting("verify").unwrap_or("api") {
        "api" => Ok(None),
        "certificate" => {
            let roots = account.required("certificate_roots")?.as_bytes();
            let certificates = Certificates::try_new(account.required("webhook_id")?, roots);
            certificates.map(Some).map_err(|why| account.invalid("certificate_roots", why))
        }
        _ => Err(account.invalid("verify", "is none of: api, certificate")),
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

/// The signed id of a delivery, and what the key is called that signed it; else the error that says
/// most: that it is late, that no signature fits, or what the first scheme misses.
fn verified(
    provers: &[Prover],
    headers: &HeaderMap,
    body: &[u8],
    now_unix_s: i64,
) -> Result<(Option<String>, String), WebhookError> {
    let mut refused = None;
    for Prover { scheme, key } in provers {
        let keys = std::slice::from_ref(&key.key);
        match scheme.verify(keys, headers, body, now_unix_s) {
            Ok(verified) => return Ok((verified.id, key.id.clone())),
            Err(late @ WebhookError::StaleTimestamp { .. }) => return Err(late),
            Err(WebhookError::BadSignature) => refused = Some(WebhookError::BadSignature),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or(WebhookError::BadSignature))
}
