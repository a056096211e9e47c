//! One HMAC-SHA256 verifier; what differs between providers is data.
//!
//! The signed thing is bytes: the body is verified as it came, before anything reads it, because
//! parsing and printing it again may change it (`\u0026` becomes `&`). Signatures are compared as
//! text, in the one spelling the scheme has, so that no second spelling of a good one passes.
//! There is no clock here: now is a parameter, in Unix seconds.
//!
//! What this does not do: remember deliveries. A replay within the tolerance verifies, and is
//! harmless because its fact is already known.

use axum::http::HeaderMap;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::{SecretError, WebhookError};

/// How one provider signs its deliveries.
#[derive(Debug, Clone, Copy)]
pub struct Scheme {
    /// Where the time and the signatures are.
    pub carrier: Carrier,
    /// The signed string, part by part.
    pub signed: &'static [Part],
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
#[derive(Debug, Clone, Copy)]
pub enum Carrier {
    /// One header, `key=value` pairs with commas between: `t=1700000000,v1=ab12,v1=cd34`.
    Pairs {
        /// The header.
        header: &'static str,
        /// Key of the time.
        timestamp: &'static str,
        /// Key of a signature. Other keys are left alone.
        signature: &'static str,
    },
    /// One header that is the signature. Nothing says when it was made.
    Plain {
        /// The header.
        header: &'static str,
    },
    /// Three headers; the third is a list, with spaces between, of `version,signature`.
    Headers {
        /// Header of the delivery's id.
        id: &'static str,
        /// Header of the time.
        timestamp: &'static str,
        /// Header of the signatures.
        signature: &'static str,
        /// The version of a signature. Others are left alone.
        version: &'static str,
    },
}

/// A part of the signed string.
#[derive(Debug, Clone, Copy)]
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
#[derive(Debug, Clone, Copy)]
pub enum Encoding {
    /// Lower-case hexadecimal.
    Hex,
    /// Standard base64 with padding.
    Base64,
}

/// How a secret's text becomes a key.
#[derive(Debug, Clone, Copy)]
pub enum KeyText {
    /// The text itself, prefix and all.
    Whole,
    /// Base64 after this prefix, which may be left out.
    Base64After(&'static str),
}

/// Standard Webhooks: what the simulated provider speaks.
pub const STANDARD_WEBHOOKS: Scheme = Scheme {
    carrier: Carrier::Headers {
        id: "webhook-id",
        timestamp: "webhook-timestamp",
        signature: "webhook-signature",
        version: "v1",
    },
    signed: &[Part::Id, Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body],
    encoding: Encoding::Base64,
    key: KeyText::Base64After("whsec_"),
    tolerance_s: 300,
    refuses_future: true,
};

/// A secret made ready for its scheme. Zeroed when dropped, never printed.
#[derive(Debug, Clone)]
pub struct Key(SecretSlice<u8>);

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

/// Signatures a delivery may carry: a rotation needs two, and each costs a comparison.
const MOST_SIGNATURES: usize = 16;
/// Length of the longest time: below it, no sum overflows.
const LONGEST_TIMESTAMP: usize = 12;

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
        match self.key {
            KeyText::Whole => Ok(Key(text.as_bytes().to_vec().into())),
            KeyText::Base64After(prefix) => {
                let lenient = GeneralPurpose::new(
                    &alphabet::STANDARD,
                    GeneralPurposeConfig::new()
                        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
                );
                let bytes: SecretSlice<u8> = lenient
                    .decode(text.strip_prefix(prefix).unwrap_or(text))
                    .map_err(|_| SecretError::NotBase64)?
                    .into();
                if bytes.expose_secret().len() < 24 {
                    return Err(SecretError::TooShort);
                }
                Ok(Key(bytes))
            }
        }
    }

    /// The headers that prove `body`, one signature a key. `id` is only used where a scheme has one.
    #[must_use]
    pub fn sign(
        &self,
        keys: &[Key],
        id: &str,
        now_unix_s: i64,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        let time = now_unix_s.to_string();
        let macs = keys.iter().map(|key| self.mac(key, id, &time, body));
        match self.carrier {
            Carrier::Plain { header } => macs.take(1).map(|mac| (header, mac)).collect(),
            Carrier::Pairs { header, timestamp, signature } => {
                let mut value = format!("{timestamp}={time}");
                macs.for_each(|mac| value.push_str(&format!(",{signature}={mac}")));
                vec![(header, value)]
            }
            Carrier::Headers { id: id_name, timestamp, signature, version } => {
                let list: Vec<String> = macs.map(|mac| format!("{version},{mac}")).collect();
                vec![(id_name, id.to_owned()), (timestamp, time), (signature, list.join(" "))]
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
        let mut signer = None;
        for (index, key) in keys.iter().enumerate() {
            let expected = self.mac(key, claim.id.unwrap_or(""), claim.timestamp, body);
            let mut fits = Choice::from(0);
            for signature in &claim.signatures {
                fits |= expected.as_bytes().ct_eq(signature.as_bytes());
            }
            if bool::from(fits) {
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

    fn mac(&self, key: &Key, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.0.expose_secret())
            .expect("HMAC takes keys of every length");
        for part in self.signed {
            mac.update(match part {
                Part::Id => id.as_bytes(),
                Part::Timestamp => timestamp.as_bytes(),
                Part::Body => body,
                Part::Text(text) => text.as_bytes(),
            });
        }
        let bytes = mac.finalize().into_bytes();
        match self.encoding {
            Encoding::Hex => hex::encode(bytes),
            Encoding::Base64 => STANDARD.encode(bytes),
        }
    }

    fn claim<'a>(&self, headers: &'a HeaderMap) -> Result<Claim<'a>, WebhookError> {
        match self.carrier {
            Carrier::Plain { header } => Ok(Claim {
                id: None,
                timestamp: "",
                signed_at_s: None,
                signatures: vec![only(headers, header)?],
            }),
            Carrier::Pairs { header, timestamp, signature } => {
                let mut times = Vec::new();
                let mut signatures = Vec::new();
                for (key, value) in
                    only(headers, header)?.split(',').filter_map(|p| p.split_once('='))
                {
                    if key == timestamp {
                        times.push(value);
                    } else if key == signature {
                        signatures.push(value);
                    }
                }
                let &[time] = times.as_slice() else {
                    return Err(malformed(header, "there must be one time"));
                };
                Claim::try_new(None, header, time, header, signatures)
            }
            Carrier::Headers { id, timestamp, signature, version } => {
                let id_text = only(headers, id)?;
                // The parts are joined by full stops: one inside the id would make two deliveries
                // of one signed string.
                let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
                if !(1..=128).contains(&id_text.len()) || !id_text.bytes().all(is_plain) {
                    return Err(malformed(id, "an id is 1 to 128 letters, digits, _ and -"));
                }
                let signatures = only(headers, signature)?
                    .split(' ')
                    .filter_map(|item| item.split_once(','))
                    .filter_map(|(v, value)| (v == version).then_some(value))
                    .collect();
                let time = only(headers, timestamp)?;
                Claim::try_new(Some(id_text), timestamp, time, signature, signatures)
            }
        }
    }
}

/// What the headers claim, before any of it is believed.
struct Claim<'a> {
    id: Option<&'a str>,
    timestamp: &'a str,
    signed_at_s: Option<i64>,
    signatures: Vec<&'a str>,
}

impl<'a> Claim<'a> {
    fn try_new(
        id: Option<&'a str>,
        time_header: &'static str,
        timestamp: &'a str,
        signature_header: &'static str,
        signatures: Vec<&'a str>,
    ) -> Result<Self, WebhookError> {
        let is_number = (1..=LONGEST_TIMESTAMP).contains(&timestamp.len())
            && timestamp.bytes().all(|b| b.is_ascii_digit());
        let signed_at_s = timestamp
            .parse()
            .ok()
            .filter(|_| is_number)
            .ok_or_else(|| malformed(time_header, "the time is not in Unix seconds"))?;
        if signatures.is_empty() {
            return Err(malformed(signature_header, "it has no signature of the known kind"));
        }
        if signatures.len() > MOST_SIGNATURES {
            return Err(malformed(signature_header, "it has too many signatures"));
        }
        Ok(Self { id, timestamp, signed_at_s: Some(signed_at_s), signatures })
    }
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
