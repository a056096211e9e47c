//! PayPal's signature, proved here: with the certificate that the delivery names, fetched from
//! PayPal, and a chain to roots of the operator's own choice.
//!
//! Signed is `id|time|webhook id|CRC32 of the body`: another body with the same checksum is made in
//! seconds, so this proves no more than that PayPal sent something to this webhook at that time. It
//! is the other way than asking PayPal (`verify-webhook-signature`), one call less, and either way
//! what is booked is what PayPal says when it is asked for the object.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki_types::pem::PemObject as _;
use pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA256;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::WebhookError;
use super::paypal::Proof;

/// How many certificates are kept: PayPal uses one at a time.
const MOST_KEPT: usize = 16;
/// How long a chain may be.
const LONGEST_CHAIN: usize = 6;

/// The roots, and the certificates that were fetched, by their addresses.
#[derive(Debug, Clone)]
pub(super) struct Certificates {
    webhook: String,
    roots: Arc<[TrustAnchor<'static>]>,
    fetched: Arc<RwLock<BTreeMap<String, Chain>>>,
}

/// A certificate and those that are to lead from it to a root.
type Chain = Arc<[CertificateDer<'static>]>;

impl Certificates {
    /// Trusts the certificates in a PEM file.
    pub(super) fn try_new(webhook: &str, roots: &[u8]) -> Result<Self, &'static str> {
        let mut anchors = Vec::new();
        for root in chain(roots).ok_or("holds no certificates in PEM")?.iter() {
            let anchor = anchor_from_trusted_cert(root).map_err(|_| "holds what is no root")?;
            anchors.push(anchor.to_owned());
        }
        let (webhook, roots) = (webhook.to_owned(), anchors.into());
        Ok(Self { webhook, roots, fetched: Arc::default() })
    }

    /// Whether the certificate at this address is still to be fetched.
    pub(super) fn wants(&self, url: &str) -> bool {
        !self.fetched.read().unwrap_or_else(PoisonError::into_inner).contains_key(url)
    }

    /// Keeps what was fetched from an address. Whether it is to be trusted is asked at each
    /// delivery, because certificates end.
    pub(super) fn learn(&self, url: &str, pem: &[u8]) -> Result<(), WebhookError> {
        let chain = chain(pem)
            .ok_or_else(|| WebhookError::body("certificate", "is no certificate in PEM"))?;
        let mut fetched = self.fetched.write().unwrap_or_else(PoisonError::into_inner);
        if fetched.len() >= MOST_KEPT {
            fetched.clear();
        }
        fetched.insert(url.to_owned(), chain);
        Ok(())
    }

    /// Whether PayPal signed for this webhook a body with this one's checksum.
    pub(super) fn prove(
        &self,
        proof: &Proof,
        body: &[u8],
        now_unix_s: i64,
    ) -> Result<(), WebhookError> {
        if proof.auth_algo != "SHA256withRSA" {
            return Err(malformed("paypal-auth-algo", "it is not SHA256withRSA"));
        }
        let signature = STANDARD
            .decode(&proof.transmission_sig)
            .map_err(|_| malformed("paypal-transmission-sig", "it is not base64"))?;
        let chain = {
            let fetched = self.fetched.read().unwrap_or_else(PoisonError::into_inner);
            fetched.get(&proof.cert_url).cloned().ok_or(WebhookError::BadSignature)?
        };
        let now = u64::try_from(now_unix_s).map_err(|_| WebhookError::BadSignature)?;
        let not_trusted = || malformed("paypal-cert-url", "its certificate is not PayPal's");
        let (leaf, intermediates) = chain.split_first().ok_or_else(not_trusted)?;
        let leaf = EndEntityCert::try_from(leaf).map_err(|_| not_trusted())?;
        leaf.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &self.roots,
            intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(now)),
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map_err(|_| not_trusted())?;
        if !leaf.valid_dns_names().any(|name| name.ends_with(".paypal.com")) {
            return Err(not_trusted());
        }
        let signed = signed(proof, &self.webhook, body);
        leaf.verify_signature(RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .map_err(|_| WebhookError::BadSignature)
    }
}

/// What PayPal signs.
fn signed(proof: &Proof, webhook: &str, body: &[u8]) -> String {
    let Proof { transmission_id, transmission_time, .. } = proof;
    format!("{transmission_id}|{transmission_time}|{webhook}|{}", crc32fast::hash(body))
}

fn chain(pem: &[u8]) -> Option<Chain> {
    let list: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    list.ok().filter(|list| (1..=LONGEST_CHAIN).contains(&list.len())).map(Into::into)
}

fn malformed(name: &'static str, reason: &'static str) -> WebhookError {
    WebhookError::MalformedHeader { name, reason }
}
