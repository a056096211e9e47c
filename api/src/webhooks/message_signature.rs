//! HTTP message signatures (RFC 9421), as far as providers use them: one signature over a request,
//! its body covered by its `Content-Digest` (RFC 9530), made with a key that the provider publishes.
//!
//! Where the request came to is not asked of the request: behind a proxy it says something else, and
//! whoever sends it could choose. It is what the operator has registered at the provider
//! ([`Address`]).
//!
//! ECDSA signatures are two numbers side by side in RFC 9421. pawaPay sends them in DER. Both are
//! the same proof, and both are taken.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki_types::SubjectPublicKeyInfoDer;
use pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use url::Url;

use super::WebhookError;
use super::signature::only;

const INPUT: &str = "signature-input";
const SIGNATURE: &str = "signature";
const DIGEST: &str = "content-digest";

/// How long ago a signature may have been made, in seconds.
const TOLERANCE_S: u64 = 300;
/// How far two clocks may be apart, in seconds.
const SKEW_S: i64 = 60;
/// Components that a signature may cover.
const MOST_COMPONENTS: usize = 16;

/// Where the provider sends to, as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    authority: String,
    url: Url,
}

impl Address {
    /// Reads an absolute address.
    ///
    /// # Errors
    /// When it is none, in words.
    pub fn try_new(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "is no address")?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "https" | "http"));
        let host = host.ok_or("is no https:// address")?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Self { authority, url })
    }

    /// The value of a derived component (RFC 9421, 2.2).
    fn component(&self, name: &str) -> Option<String> {
        Some(match name {
            "@method" => "POST".to_owned(),
            "@authority" => self.authority.clone(),
            "@scheme" => self.url.scheme().to_owned(),
            "@path" => self.url.path().to_owned(),
            "@query" => format!("?{}", self.url.query().unwrap_or_default()),
            "@request-target" => match self.url.query() {
                Some(query) => format!("{}?{query}", self.url.path()),
                None => self.url.path().to_owned(),
            },
            "@target-uri" => self.url.to_string(),
            _ => return None,
        })
    }
}

/// Keys that a provider publishes, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<String, Vec<u8>>);

impl PublicKeys {
    /// Adds a key in PEM (`BEGIN PUBLIC KEY`).
    ///
    /// # Errors
    /// When it is not one.
    pub fn insert(&mut self, id: &str, pem: &str) -> Result<(), &'static str> {
        let key = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| "is no public key in PEM")?;
        self.0.insert(id.to_owned(), key.as_ref().to_vec());
        Ok(())
    }

    /// Whether there is a key of that name.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Takes the keys of another set, which win.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// The name of the key that a request says it was signed with.
#[must_use]
pub fn key_id(headers: &HeaderMap) -> Option<String> {
    Input::read(headers).ok().map(|input| input.key_id.to_owned())
}

/// Proves that the owner of one of `keys` signed exactly this body, for one of these addresses and
/// not too long ago. Answers with the key's name.
///
/// # Errors
/// When a header is missing or malformed, the body is another, nothing fits, or the time is past.
pub fn verify(
    keys: &PublicKeys,
    addresses: &[Address],
    headers: &HeaderMap,
    body: &[u8],
    now_unix_s: i64,
) -> Result<String, WebhookError> {
    digest_fits(headers, body)?;
    let input = Input::read(headers)?;
    for needed in [DIGEST, "@method", "@authority", "@path"] {
        if !input.components.contains(&needed) {
            return Err(malformed(INPUT, "it does not cover method, host, path and content"));
        }
    }
    let signature = input.signature(headers)?;
    let key = keys.0.get(input.key_id).ok_or(WebhookError::BadSignature)?;
    let mut fits = false;
    for address in addresses {
        let base = input.base(address, headers)?;
        fits |= input.algorithms()?.iter().any(|algorithm| {
            UnparsedPublicKey::new(*algorithm, key).verify(base.as_bytes(), &signature).is_ok()
        });
    }
    if !fits {
        return Err(WebhookError::BadSignature);
    }
    input.is_timely(now_unix_s)?;
    Ok(input.key_id.to_owned())
}

/// Whether the header's digests, of which there must be one that is known, are the body's.
fn digest_fits(headers: &HeaderMap, body: &[u8]) -> Result<(), WebhookError> {
    let mut is_known = false;
    for member in only(headers, DIGEST)?.split(',') {
        let (name, value) =
            member.trim().split_once('=').ok_or_else(|| malformed(DIGEST, "it is no digest"))?;
        let expected = match name {
            "sha-256" => Sha256::digest(body).to_vec(),
            "sha-512" => Sha512::digest(body).to_vec(),
            _ => continue,
        };
        let given = bytes(value).ok_or_else(|| malformed(DIGEST, "it is not base64"))?;
        if !bool::from(expected.ct_eq(&given)) {
            return Err(WebhookError::BadSignature);
        }
        is_known = true;
    }
    if is_known { Ok(()) } else { Err(malformed(DIGEST, "it is neither sha-256 nor sha-512")) }
}

/// A byte sequence of a structured field: base64 between colons.
fn bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix(':')?.strip_suffix(':')?).ok()
}

/// What `Signature-Input` says, before any of it is believed.
struct Input<'a> {
    label: &'a str,
    components: Vec<&'a str>,
    /// The list and its parameters as they came, which are signed.
    params: &'a str,
    algorithm: &'a str,
    key_id: &'a str,
    created: i64,
    expires: Option<i64>,
}

impl<'a> Input<'a> {
    /// Reads the one signature that there is. More of what structured fields may say is refused:
    /// no provider says it, and two readers could understand it in two ways.
    fn read(headers: &'a HeaderMap) -> Result<Self, WebhookError> {
        let text = only(headers, INPUT)?;
        let refuse = || malformed(INPUT, "it is not one list of components with parameters");
        let (label, params) = text.split_once('=').ok_or_else(refuse)?;
        let inner = params.strip_prefix('(').ok_or_else(refuse)?;
        let (list, rest) = inner.split_once(')').ok_or_else(refuse)?;
        if !is_key(label) || rest.contains(',') {
            return Err(refuse());
        }
        let mut components: Vec<&str> = Vec::new();
        for item in list.split(' ').filter(|item| !item.is_empty()) {
            let name = item.strip_prefix('"').and_then(|item| item.strip_suffix('"'));
            let name = name.filter(|name| is_component(name)).ok_or_else(refuse)?;
            if components.contains(&name) || components.len() == MOST_COMPONENTS {
                return Err(malformed(INPUT, "it covers a component twice, or too many"));
            }
            components.push(name);
        }
        let (mut algorithm, mut key_id) = (None, None);
        let (mut created, mut expires) = (None, None);
        let mut rest = rest.split(';');
        if rest.next() != Some("") {
            return Err(refuse());
        }
        for parameter in rest {
            let (name, value) = parameter.split_once('=').ok_or_else(refuse)?;
            let text = || value.strip_prefix('"')?.strip_suffix('"').filter(|it| !it.contains('"'));
            let is_new = match name {
                "alg" => algorithm.replace(text().ok_or_else(refuse)?).is_none(),
                "keyid" => key_id.replace(text().ok_or_else(refuse)?).is_none(),
                "created" => created.replace(seconds(value).ok_or_else(refuse)?).is_none(),
                "expires" => expires.replace(seconds(value).ok_or_else(refuse)?).is_none(),
                // Such as `nonce` and `tag`: signed, and of no meaning here.
                _ => true,
            };
            if !is_new {
                return Err(malformed(INPUT, "it has a parameter twice"));
            }
        }
        let missing = |name| malformed(INPUT, name);
        Ok(Self {
            label,
            components,
            params,
            algorithm: algorithm.ok_or_else(|| missing("it does not say alg"))?,
            key_id: key_id.ok_or_else(|| missing("it does not say keyid"))?,
            created: created.ok_or_else(|| missing("it does not say created"))?,
            expires,
        })
    }

    /// The signature under this label, which must be the only one.
    fn signature(&self, headers: &HeaderMap) -> Result<Vec<u8>, WebhookError> {
        let refuse = || malformed(SIGNATURE, "it is not one signature of the same label");
        let (label, value) = only(headers, SIGNATURE)?.split_once('=').ok_or_else(refuse)?;
        if label != self.label {
            return Err(refuse());
        }
        bytes(value).ok_or_else(refuse)
    }

    fn algorithms(&self) -> Result<&'static [&'static dyn VerificationAlgorithm], WebhookError> {
        Ok(match self.algorithm {
            "ecdsa-p256-sha256" => &[&ECDSA_P256_SHA256_ASN1, &ECDSA_P256_SHA256_FIXED],
            "ecdsa-p384-sha384" => &[&ECDSA_P384_SHA384_ASN1, &ECDSA_P384_SHA384_FIXED],
            "rsa-pss-sha512" => &[&RSA_PSS_2048_8192_SHA512],
            "rsa-v1_5-sha256" => &[&RSA_PKCS1_2048_8192_SHA256],
            _ => return Err(malformed(INPUT, "its alg is not known")),
        })
    }

    /// The signature base (RFC 9421, 2.5).
    fn base(&self, address: &Address, headers: &HeaderMap) -> Result<String, WebhookError> {
        let mut base = String::new();
        for name in &self.components {
            let value = match name.starts_with('@') {
                true => address.component(name),
                false => header(headers, name).map(str::to_owned),
            };
            let value = value.ok_or_else(|| {
                malformed(INPUT, "it covers what is not there, is there twice, or is not known")
            })?;
            base.push_str(&format!("\"{name}\": {value}\n"));
        }
        base.push_str(&format!("\"@signature-params\": {}", self.params));
        Ok(base)
    }

    fn is_timely(&self, now_unix_s: i64) -> Result<(), WebhookError> {
        let distance_s = now_unix_s.abs_diff(self.created);
        let is_early = self.created > now_unix_s.saturating_add(SKEW_S);
        let is_late = self.expires.is_some_and(|end| now_unix_s > end.saturating_add(SKEW_S));
        if is_early || is_late || distance_s > TOLERANCE_S {
            let tolerance_s = match (is_early, self.expires) {
                (true, _) => SKEW_S.unsigned_abs(),
                (false, Some(end)) => end.abs_diff(self.created).min(TOLERANCE_S),
                (false, None) => TOLERANCE_S,
            };
            return Err(WebhookError::StaleTimestamp { distance_s, tolerance_s });
        }
        Ok(())
    }
}

fn is_key(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.*".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

fn is_component(name: &str) -> bool {
    let name = name.strip_prefix('@').unwrap_or(name);
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

/// Whole seconds since 1970; so many digits that no sum overflows.
fn seconds(text: &str) -> Option<i64> {
    let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A header that is there once, in plain text.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { Some(value.trim()) }
}

fn malformed(name: &'static str, reason: &'static str) -> WebhookError {
    WebhookError::MalformedHeader { name, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A callback as pawaPay's sandbox sent it to a public integration, and the key that signed it.
    /// Its body is not known, so what is shown is that its signature is made as it is read here.
    #[test]
    fn a_real_callback_of_pawapay_is_read_as_it_was_signed() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (
                "signature",
                "sig-pp=:MEYCIQD0ks6XJ87Bdz3DAICiyYvk3G+PH55x6kPjtsikACmDzgIhAK5hODjNtTfW/Up/v17L\
                 hveEEMBWlUWoxv5XPMcocKqH:",
            ),
            (
                "signature-input",
                "sig-pp=(\"@method\" \"@authority\" \"@path\" \"signature-date\" \"content-digest\" \
                 \"content-type\");alg=\"ecdsa-p256-sha256\";keyid=\"HTTP_EC_P256_KEY:1\";\
                 created=1790171710;expires=1790171770",
            ),
            ("signature-date", "2026-09-23T13:55:10.673817314Z"),
            (
                "content-digest",
                "sha-512=:nlU9HFYJ3DK9H2MoIsmo6Rtfi8zzIPD7aXYH3yFskeOomWOUlpGbBjN0WOWUjctMWmgPQp+H\
                 MyZYwDP8sTeSIA==:",
            ),
            ("content-type", "application/json"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let mut keys = PublicKeys::default();
        let pem = "-----BEGIN PUBLIC KEY-----\n\
                   MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEavII3g0Afh79ExaQzItBh0vEg85J\n\
                   JlKmjY/776EaZOe0bAQU5oJrmaEeZQdKqBSXXzKUsCh6rHZKD8EkaIIH6g==\n\
                   -----END PUBLIC KEY-----\n";
        keys.insert("HTTP_EC_P256_KEY:1", pem).unwrap();
        let input = Input::read(&headers).unwrap();
        let fits = |address: &str| {
            let base = input.base(&Address::try_new(address).unwrap(), &headers).unwrap();
            let signature = input.signature(&headers).unwrap();
            input.algorithms().unwrap().iter().any(|algorithm| {
                let key = UnparsedPublicKey::new(*algorithm, &keys.0[input.key_id]);
                key.verify(base.as_bytes(), &signature).is_ok()
            })
        };
        assert!(fits("https://pay-api.reignovatechnologies.com/api/v1/webhooks/pawapay"));
        assert!(!fits("https://pay-api.reignovatechnologies.com/api/v1/webhooks/other"));
        assert!(!fits("https://elsewhere.example/api/v1/webhooks/pawapay"));
        assert!(input.is_timely(1_790_171_750).is_ok());
        assert!(input.is_timely(1_790_171_900).is_err(), "it has expired");
        assert_eq!(digest_fits(&headers, b"{}"), Err(WebhookError::BadSignature));
    }
}
