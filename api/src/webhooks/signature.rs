//! One verifier of signed bodies; what differs between providers is data.
//!
//! The signed thing is bytes: the body is verified as it came, before anything reads it, because
//! parsing and printing it again may change it (`\u0026` becomes `&`). Signatures are compared as
//! text, in the one spelling the scheme has, so that no second spelling of a good one passes.
//! There is no clock here: now is a parameter, in Unix seconds.
//!
//! What this does not do: remember deliveries. A replay within the tolerance verifies, and is
//! harmless because its fact is already known.

mod claim;

use axum::http::HeaderMap;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::{Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq};

use super::{SecretError, WebhookError};

/// How one provider signs its deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    /// Where the time and the signatures are.
    pub carrier: Carrier,
    /// The signed string, part by part.
    pub signed: &'static [Part],
    /// How it is signed.
    pub algorithm: Algorithm,
    /// How a signature is written.
    pub encoding: Encoding,
    /// How a secret becomes a key.
    pub key: KeyText,
    /// How far from now a signed time may be, in seconds, inclusive; of no meaning where no time is
    /// signed.
    pub tolerance_s: u64,
    /// Whether that holds for times in the future too; otherwise any of them passes.
    pub refuses_future: bool,
}

/// Where a scheme puts its time and its signatures. Header names are in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// One header of `key=value` pairs: `t=1700000000,v1=ab12,v1=cd34`.
    Pairs {
        /// The header.
        header: &'static str,
        /// What stands between pairs.
        separator: char,
        /// Key of the time; none where no time is signed.
        timestamp: Option<&'static str>,
        /// Keys of signatures. Other keys are left alone.
        signatures: &'static [&'static str],
    },
    /// One header that is the signature. Nothing says when it was made.
    Plain {
        /// The header.
        header: &'static str,
    },
    /// A header each.
    Headers {
        /// Header of the delivery's id; none where no id is signed.
        id: Option<&'static str>,
        /// Header of the time; none where no time is signed.
        timestamp: Option<&'static str>,
        /// Header of the signatures, with spaces between.
        signature: &'static str,
        /// The version of a signature, in a list of `version,signature`. Others are left alone.
        /// None where signatures stand alone.
        version: Option<&'static str>,
    },
}

/// How a body is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256, by a secret that both sides have.
    HmacSha256,
    /// HMAC with SHA-512, by a secret that both sides have.
    HmacSha512,
    /// Ed25519, by a key that only the sender has.
    Ed25519,
}

/// A part of the signed string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The delivery's id, as sent.
    Id,
    /// The time, as sent.
    Timestamp,
    /// The raw body.
    Body,
    /// Fixed text.
    Text(&'static str),
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal.
    Hex,
    /// Standard base64 with padding.
    Base64,
}

/// How a secret's text becomes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyText {
    /// The text itself, prefix and all.
    Whole,
    /// The text after this prefix, which may be left out.
    After(&'static str),
    /// Base64 after this prefix, which may be left out.
    Base64After(&'static str),
}

/// Standard Webhooks with a shared secret: what the simulated provider speaks.
pub const STANDARD_WEBHOOKS: Scheme = Scheme {
    carrier: Carrier::Headers {
        id: Some("webhook-id"),
        timestamp: Some("webhook-timestamp"),
        signature: "webhook-signature",
        version: Some("v1"),
    },
    signed: &[Part::Id, Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body],
    algorithm: Algorithm::HmacSha256,
    encoding: Encoding::Base64,
    key: KeyText::Base64After("whsec_"),
    tolerance_s: 300,
    refuses_future: true,
};

/// Standard Webhooks with a key pair: ours is the public one, `whpk_` and base64.
pub const STANDARD_WEBHOOKS_ASYMMETRIC: Scheme = Scheme {
    carrier: Carrier::Headers {
        id: Some("webhook-id"),
        timestamp: Some("webhook-timestamp"),
        signature: "webhook-signature",
        version: Some("v1a"),
    },
    algorithm: Algorithm::Ed25519,
    key: KeyText::Base64After(PUBLIC_KEY),
    ..STANDARD_WEBHOOKS
};

/// How public keys of Standard Webhooks begin.
pub(super) const PUBLIC_KEY: &str = "whpk_";

/// A secret made ready for its scheme. Zeroed when dropped, never printed.
#[derive(Debug, Clone)]
pub struct Key(Ready);

#[derive(Debug, Clone)]
enum Ready {
    Secret(SecretSlice<u8>),
    Public(VerifyingKey),
}

/// A new secret for Standard Webhooks: 32 random bytes.
#[must_use]
pub fn generate_secret() -> SecretString {
    let bytes: [u8; 32] = rand::random();
    SecretString::from(format!("whsec_{}", STANDARD.encode(bytes)))
}

/// What the headers of a verified delivery say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The delivery's id, where the scheme signs one.
    pub id: Option<String>,
    /// When it was signed, in Unix seconds; `None` where the scheme does not say.
    pub signed_at_s: Option<i64>,
    /// Which of the keys signed it: its place in the list.
    pub key: usize,
}

impl Scheme {
    /// Makes a secret ready.
    ///
    /// # Errors
    /// When it is empty, or not what the scheme wants.
    pub fn key(&self, secret: &SecretString) -> Result<Key, SecretError> {
        let text = secret.expose_secret();
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        let bytes: SecretSlice<u8> = match self.key {
            KeyText::Whole => text.as_bytes().to_vec(),
            KeyText::After(prefix) => {
                let text = text.strip_prefix(prefix).unwrap_or(text);
                if text.is_empty() {
                    return Err(SecretError::Empty);
                }
                text.as_bytes().to_vec()
            }
            KeyText::Base64After(prefix) => lenient()
                .decode(text.strip_prefix(prefix).unwrap_or(text))
                .map_err(|_| SecretError::NotBase64)?,
        }
        .into();
        if self.algorithm == Algorithm::Ed25519 {
            let bytes = bytes.expose_secret().try_into().map_err(|_| SecretError::NoPublicKey)?;
            let key = VerifyingKey::from_bytes(bytes).map_err(|_| SecretError::NoPublicKey)?;
            // With a weak key, anybody's signature fits.
            let is_weak = key.is_weak();
            return if is_weak {
                Err(SecretError::NoPublicKey)
            } else {
                Ok(Key(Ready::Public(key)))
            };
        }
        let is_base64 = matches!(self.key, KeyText::Base64After(_));
        if is_base64 && bytes.expose_secret().len() < 24 {
            return Err(SecretError::TooShort);
        }
        Ok(Key(Ready::Secret(bytes)))
    }

    /// The headers that prove `body`, one signature a secret. `id` is only used where a scheme has
    /// one. A public key signs nothing.
    #[must_use]
    pub fn sign(
        &self,
        keys: &[Key],
        id: &str,
        now_unix_s: i64,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        let time = now_unix_s.to_string();
        let signed = self.signed_bytes(id, &time, body);
        let macs = keys.iter().filter_map(|key| self.mac(key, &signed));
        match self.carrier {
            Carrier::Plain { header } => macs.take(1).map(|mac| (header, mac)).collect(),
            Carrier::Pairs { header, separator, timestamp, signatures } => {
                let mut pairs: Vec<_> =
                    timestamp.map(|name| format!("{name}={time}")).into_iter().collect();
                // Where keys have names of their own, the first is of the newest secret.
                let names = signatures.iter().chain(signatures.last().into_iter().cycle());
                pairs.extend(macs.zip(names).map(|(mac, name)| format!("{name}={mac}")));
                vec![(header, pairs.join(&separator.to_string()))]
            }
            Carrier::Headers { id: id_name, timestamp, signature, version } => {
                let list: Vec<String> = macs
                    .map(|mac| version.map_or_else(|| mac.clone(), |v| format!("{v},{mac}")))
                    .collect();
                let id = id_name.map(|name| (name, id.to_owned()));
                let time = timestamp.map(|name| (name, time));
                id.into_iter().chain(time).chain([(signature, list.join(" "))]).collect()
            }
        }
    }

    /// Whether one of `keys` signed exactly this body, at a tolerated time.
    ///
    /// The signature comes first: only an authentic delivery is told that it is late.
    ///
    /// # Errors
    /// When a header is missing or malformed, nothing fits, or the time is too far away.
    pub fn verify(
        &self,
        keys: &[Key],
        headers: &HeaderMap,
        body: &[u8],
        now_unix_s: i64,
    ) -> Result<Verified, WebhookError> {
        let claim = self.claim(headers)?;
        let signed = self.signed_bytes(claim.id.unwrap_or(""), claim.timestamp, body);
        let mut signer = None;
        for (index, key) in keys.iter().enumerate() {
            if self.fits(key, &signed, &claim.signatures) {
                signer = signer.or(Some(index));
            }
        }
        let key = signer.ok_or(WebhookError::BadSignature)?;
        if let Some(signed_at_s) = claim.signed_at_s {
            let tolerance_s = self.tolerance_s;
            let distance_s = now_unix_s.abs_diff(signed_at_s);
            let is_future = signed_at_s > now_unix_s;
            if distance_s > tolerance_s && (!is_future || self.refuses_future) {
                return Err(WebhookError::StaleTimestamp { distance_s, tolerance_s });
            }
        }
        Ok(Verified { id: claim.id.map(str::to_owned), signed_at_s: claim.signed_at_s, key })
    }

    /// Whether one of the signatures is this key's.
    fn fits(&self, key: &Key, signed: &[u8], signatures: &[&str]) -> bool {
        match &key.0 {
            Ready::Secret(_) => {
                let Some(expected) = self.mac(key, signed) else { return false };
                let mut fits = Choice::from(0);
                for signature in signatures {
                    fits |= expected.as_bytes().ct_eq(signature.as_bytes());
                }
                fits.into()
            }
            Ready::Public(key) => signatures.iter().any(|text| {
                let bytes = match self.encoding {
                    Encoding::Hex => hex::decode(text).ok(),
                    Encoding::Base64 => STANDARD.decode(text).ok(),
                };
                let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
                signature.is_some_and(|it| key.verify_strict(signed, &it).is_ok())
            }),
        }
    }

    fn signed_bytes(&self, id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let parts = self.signed.iter().map(|part| match part {
            Part::Id => id.as_bytes(),
            Part::Timestamp => timestamp.as_bytes(),
            Part::Body => body,
            Part::Text(text) => text.as_bytes(),
        });
        parts.collect::<Vec<_>>().concat()
    }

    /// The signature by a secret; none by a public key.
    fn mac(&self, key: &Key, signed: &[u8]) -> Option<String> {
        let Ready::Secret(secret) = &key.0 else { return None };
        let secret = secret.expose_secret();
        let bytes = match self.algorithm {
            Algorithm::HmacSha256 => code::<Hmac<Sha256>>(secret, signed),
            Algorithm::HmacSha512 => code::<Hmac<Sha512>>(secret, signed),
            Algorithm::Ed25519 => return None,
        };
        Some(match self.encoding {
            Encoding::Hex => hex::encode(bytes),
            Encoding::Base64 => STANDARD.encode(bytes),
        })
    }
}

/// The code of a message by a secret.
fn code<M: Mac + KeyInit>(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Base64 with or without its padding: secrets are copied by hand.
fn lenient() -> GeneralPurpose {
    let either =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, either)
}

/// The header's only value: with two of them, two readers could take different ones.
pub(super) fn only<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> Result<&'a str, WebhookError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(WebhookError::MissingHeader { name })?;
    if values.next().is_some() {
        return Err(malformed(name, "it is sent more than once"));
    }
    value.to_str().map_err(|_| malformed(name, "it is not plain ASCII"))
}

fn malformed(name: &'static str, reason: &'static str) -> WebhookError {
    WebhookError::MalformedHeader { name, reason }
}
