//! PayPal's signature with its certificate: the chain, the name, the time, the checksum.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cauri_api::providers::Kind;
use cauri_api::webhooks::paypal::About;
use cauri_api::webhooks::{Delivery, Providers, Question, Wanted, WebhookError};
use proptest::prelude::*;

use crate::kit::{account, any_bytes, code, headers, providers, refusal};

/// Within the certificates' time, which are made by `openssl` with a root of the tests' own.
const NOW: i64 = 1_800_000_000;
const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-1";
const ROOT: &str = include_str!("../keys/paypal/root.pem");
const CHAIN: &str = include_str!("../keys/paypal/chain.pem");
const LEAF_KEY: &str = include_str!("../keys/paypal/leaf.private.pem");
const BODY: &str =
    r#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"CAPTURE1"}}"#;

fn paypal(settings: &[(&str, &str)]) -> cauri_api::providers::ProviderAccount {
    let all = [
        ("webhook_id", "4JH86294D6297924G"),
        ("merchant_id", "OURS"),
        ("client_id", "client"),
        ("client_secret", "secret"),
    ];
    let all: Vec<_> = all.iter().chain(settings).copied().collect();
    account(Kind::Paypal, &[], &all)
}

fn trusting(chain: &str) -> Providers {
    let providers = providers(paypal(&[("verify", "certificate"), ("certificate_roots", ROOT)]));
    let wanted = Wanted::PaypalCertificate { url: URL.to_owned() };
    providers.learn("paypal", &wanted, chain.as_bytes()).unwrap();
    providers
}

fn sign(message: &str) -> String {
    let der: String = LEAF_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
    STANDARD.encode(signature)
}

/// A delivery for a webhook, with the checksum of a body.
fn sent(webhook: &str, body: &str) -> HeaderMap {
    let time = "2027-01-15T08:00:00Z";
    let signed = format!("t-1|{time}|{webhook}|{}", crc32fast::hash(body.as_bytes()));
    headers(&[
        ("paypal-auth-algo", "SHA256withRSA"),
        ("paypal-cert-url", URL),
        ("paypal-transmission-id", "t-1"),
        ("paypal-transmission-time", time),
        ("paypal-transmission-sig", &sign(&signed)),
    ])
}

fn genuine() -> HeaderMap {
    sent("4JH86294D6297924G", BODY)
}

fn receive(chain: &str, headers: &HeaderMap, body: &str) -> Result<Delivery, WebhookError> {
    trusting(chain).receive("paypal", headers, body.as_bytes(), NOW)
}

#[test]
fn the_checksum_of_a_real_event_is_the_one_that_paypal_signed() {
    let event = include_bytes!("../vectors/paypal-sandbox-event.json");
    assert_eq!(crc32fast::hash(event), 2_771_810_304);
}

#[test]
fn what_a_certificate_proves_is_asked_of_paypal_all_the_same() {
    let delivery = receive(CHAIN, &genuine(), BODY).unwrap();
    assert!(delivery.facts.is_empty());
    let about = About::Capture("CAPTURE1".to_owned());
    assert_eq!(delivery.question, Some(Question::Paypal { proof: None, about }));
    // Without a certificate, PayPal is asked for both.
    let asked = providers(paypal(&[])).receive("paypal", &genuine(), BODY.as_bytes(), NOW).unwrap();
    assert!(matches!(asked.question, Some(Question::Paypal { proof: Some(_), .. })));
}

#[test]
fn what_is_altered_forged_or_for_another_webhook_is_refused() {
    let altered = BODY.replace("CAPTURE1", "CAPTURE2");
    assert_eq!(code(receive(CHAIN, &genuine(), &altered)), "bad_signature");
    assert_eq!(code(receive(CHAIN, &genuine(), &BODY[..40])), "bad_signature");
    assert_eq!(code(receive(CHAIN, &sent("another webhook", BODY), BODY)), "bad_signature");
    for (name, value, verdict) in [
        ("paypal-transmission-id", "t-2", "bad_signature"),
        ("paypal-transmission-time", "2027-01-16T08:00:00Z", "bad_signature"),
        ("paypal-transmission-sig", "AAAA", "bad_signature"),
        ("paypal-transmission-sig", "???", "malformed_header"),
        ("paypal-auth-algo", "SHA1withRSA", "malformed_header"),
        (
            "paypal-cert-url",
            "https://api.paypal.com/v1/notifications/certs/CERT-2",
            "bad_signature",
        ),
        (
            "paypal-cert-url",
            "http://api.paypal.com/v1/notifications/certs/CERT-1",
            "malformed_header",
        ),
        ("paypal-cert-url", "https://paypal.com.example.org/c", "malformed_header"),
        ("paypal-cert-url", "https://notpaypal.com/c", "malformed_header"),
        ("paypal-cert-url", "https://api.paypal.com@example.org/c", "malformed_header"),
        ("paypal-cert-url", "https://user@api.paypal.com/c", "malformed_header"),
        ("paypal-cert-url", "https://api.paypal.com:8443/c", "malformed_header"),
        ("paypal-cert-url", "file:///etc/passwd", "malformed_header"),
    ] {
        let mut changed = genuine();
        changed.insert(name, value.parse().unwrap());
        assert_eq!(code(receive(CHAIN, &changed, BODY)), verdict, "{name}: {value}");
        let mut twice = genuine();
        let value = twice[name].clone();
        twice.append(name, value);
        assert_eq!(code(receive(CHAIN, &twice, BODY)), "malformed_header");
        let mut without = genuine();
        without.remove(name);
        assert_eq!(code(receive(CHAIN, &without, BODY)), "missing_header");
    }
}

#[test]
fn a_certificate_of_another_host_root_or_time_proves_nothing() {
    let elsewhere = include_str!("../keys/paypal/elsewhere.pem");
    let stranger = include_str!("../keys/paypal/stranger.pem");
    let leaf_alone = CHAIN.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap();
    for chain in [elsewhere, stranger, leaf_alone, ROOT] {
        let refused = receive(chain, &genuine(), BODY).unwrap_err();
        assert_eq!(refused.field(), Some("paypal-cert-url"));
    }
    for now in [0, -1, 1_700_000_000, i64::MAX] {
        let refused = trusting(CHAIN).receive("paypal", &genuine(), BODY.as_bytes(), now);
        assert!(refused.is_err(), "its time is not then: {now}");
    }
}

#[test]
fn a_certificate_is_fetched_once_and_from_where_certificates_are() {
    let trusting = trusting(CHAIN);
    assert_eq!(trusting.wanted("paypal", &genuine()), None);
    let mut other = genuine();
    let url = "https://api.paypal.com/v1/notifications/certs/CERT-2";
    other.insert("paypal-cert-url", url.parse().unwrap());
    let wanted = Wanted::PaypalCertificate { url: url.to_owned() };
    assert_eq!(trusting.wanted("paypal", &other), Some(wanted.clone()));
    for elsewhere in [
        "https://www.paypal.com/logout",
        "https://api.paypal.com/v1/notifications/certs/../../oauth2/token",
        "https://api.paypal.com/v1/notifications/certs/CERT-2?x=1",
        "https://example.org/v1/notifications/certs/CERT-2",
    ] {
        other.insert("paypal-cert-url", elsewhere.parse().unwrap());
        assert_eq!(trusting.wanted("paypal", &other), None, "{elsewhere}");
    }
    for answer in ["", "<html>", &CHAIN.repeat(4)] {
        assert_eq!(code(trusting.learn("paypal", &wanted, answer.as_bytes())), "unreadable_body");
    }
    assert_eq!(providers(paypal(&[])).wanted("paypal", &genuine()), None);

    let with = |settings: &[(&str, &str)]| refusal(paypal(settings));
    assert!(with(&[("verify", "certificate")]).contains("certificate_roots is missing"));
    assert!(
        with(&[("verify", "certificate"), ("certificate_roots", "x")])
            .contains("certificate_roots holds no certificates")
    );
    assert!(with(&[("verify", "perhaps")]).contains("verify is none of: api, certificate"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic((value, body) in any_bytes(), now in any::<i64>()) {
        let trusting = trusting(CHAIN);
        let value = axum::http::HeaderValue::from_bytes(&value).unwrap();
        for name in ["paypal-transmission-id", "paypal-transmission-sig", "paypal-cert-url"] {
            let mut map = genuine();
            map.insert(name, value.clone());
            prop_assert!(trusting.receive("paypal", &map, &body, now).is_err());
        }
    }
}
