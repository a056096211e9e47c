//! pawaPay's signatures (RFC 9421), as its servers make them.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha512};

use super::door::{AUTHORITY, Headers};

/// What pawaPay calls its keys.
pub const KEY_IDS: [&str; 2] = ["DER:1", "FIXED:1"];

/// One of pawaPay's keys.
pub struct Signer {
    pair: EcdsaKeyPair,
    id: &'static str,
}

impl Signer {
    /// As pawaPay does.
    pub fn der() -> Self {
        Self::of(&ECDSA_P256_SHA256_ASN1_SIGNING, KEY_IDS[0])
    }

    /// As the RFC asks.
    pub fn fixed() -> Self {
        Self::of(&ECDSA_P256_SHA256_FIXED_SIGNING, KEY_IDS[1])
    }

    fn of(algorithm: &'static EcdsaSigningAlgorithm, id: &'static str) -> Self {
        Self { pair: EcdsaKeyPair::generate(algorithm).unwrap(), id }
    }

    pub fn pem(&self) -> String {
        let der = self.pair.public_key().as_der().unwrap();
        let text = STANDARD.encode(der.as_ref());
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    /// The headers of a callback to this host.
    pub fn sign(&self, authority: &str, body: &str, at: i64) -> Headers {
        let digest = format!("sha-512=:{}:", STANDARD.encode(Sha512::digest(body)));
        let date = "2026-11-21T12:00:00Z";
        let params = format!(
            "(\"@method\" \"@authority\" \"@path\" \"signature-date\" \"content-digest\" \
             \"content-type\");alg=\"ecdsa-p256-sha256\";keyid=\"{}\";created={at};expires={}",
            self.id,
            at + 60
        );
        let base = format!(
            "\"@method\": POST\n\"@authority\": {authority}\n\"@path\": /webhooks/pawapay\n\
             \"signature-date\": {date}\n\"content-digest\": {digest}\n\
             \"content-type\": application/json\n\"@signature-params\": {params}"
        );
        let signature = self.pair.sign(&SystemRandom::new(), base.as_bytes()).unwrap();
        vec![
            ("content-type", "application/json".to_owned()),
            ("signature-date", date.to_owned()),
            ("content-digest", digest),
            ("signature-input", format!("sig-pp={params}")),
            ("signature", format!("sig-pp=:{}:", STANDARD.encode(signature.as_ref()))),
        ]
    }

    /// The headers of a callback to us.
    pub fn sign_for_us(&self, body: &str, at: i64) -> Headers {
        self.sign(AUTHORITY, body, at)
    }
}
