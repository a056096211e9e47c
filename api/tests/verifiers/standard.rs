//! Standard Webhooks: its published vector, both kinds of keys, several at once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cauri_api::providers::{Kind, key_id};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;
use secrecy::SecretString;

use crate::kit::{NOW, account, any_bytes, code, headers, providers, refusal};

/// The vector that the specification's own libraries are tested with.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIME: &str = "1614265330";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn sent(id: &str, time: &str, signature: &str) -> axum::http::HeaderMap {
    headers(&[("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)])
}

/// What became of a delivery that only lacks a type: proved is `unreadable_body`.
fn verdict(
    secrets: &[&str],
    headers: &axum::http::HeaderMap,
    body: &[u8],
    now: i64,
) -> &'static str {
    code(
        providers(account(Kind::StandardWebhooks, secrets, &[]))
            .receive("standard", headers, body, now),
    )
}

#[test]
fn the_published_vector_is_taken_and_nothing_near_it() {
    let now = TIME.parse().unwrap();
    let genuine = sent(ID, TIME, SIGNATURE);
    assert_eq!(verdict(&[SECRET], &genuine, BODY, now), "unreadable_body");
    assert_eq!(verdict(&[SECRET], &genuine, br#"{"test":2432232314}"#, now), "bad_signature");
    assert_eq!(verdict(&[SECRET], &genuine, &BODY[..10], now), "bad_signature");
    assert_eq!(verdict(&[SECRET], &genuine, BODY, now + 300), "unreadable_body");
    assert_eq!(verdict(&[SECRET], &genuine, BODY, now + 301), "stale_timestamp");
    assert_eq!(verdict(&[SECRET], &genuine, BODY, now - 301), "stale_timestamp");
    let other = sent("msg_other", TIME, SIGNATURE);
    assert_eq!(verdict(&[SECRET], &other, BODY, now), "bad_signature");
    let unpadded = sent(ID, TIME, SIGNATURE.trim_end_matches('='));
    assert_eq!(verdict(&[SECRET], &unpadded, BODY, now), "bad_signature");
    let mut twice = genuine.clone();
    twice.append("webhook-signature", SIGNATURE.parse().unwrap());
    assert_eq!(verdict(&[SECRET], &twice, BODY, now), "malformed_header");
    let stranger = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(verdict(&[stranger], &genuine, BODY, now), "bad_signature");
    assert_eq!(verdict(&[stranger, SECRET], &genuine, BODY, now), "unreadable_body");
}

#[test]
fn a_key_pair_proves_as_a_secret_does_and_both_may_be_there() {
    let pair = SigningKey::from_bytes(&[7; 32]);
    let public = format!("whpk_{}", STANDARD.encode(pair.verifying_key().as_bytes()));
    let body = br#"{"type":"hello"}"#;
    let sign = |pair: &SigningKey, body: &[u8]| {
        let signed = [b"msg_1.", NOW.to_string().as_bytes(), b".", body].concat();
        format!("v1a,{}", STANDARD.encode(pair.sign(&signed).to_bytes()))
    };
    let time = NOW.to_string();
    let both = providers(account(Kind::StandardWebhooks, &[SECRET, &public], &[]));
    let received = |signature: &str, body: &[u8], now: i64| {
        both.receive("standard", &sent("msg_1", &time, signature), body, now)
    };
    let delivery = received(&sign(&pair, body), body, NOW).unwrap();
    assert_eq!(delivery.delivery_id.as_deref(), Some("msg_1"));
    let called = key_id(&SecretString::from(public.clone()));
    assert_eq!(delivery.key_id, Some(called), "which key proved it is on record");
    let several = format!("v1,AAAA {} v2,BBBB", sign(&pair, body));
    assert!(received(&several, body, NOW).is_ok());

    assert_eq!(code(received(&sign(&pair, body), b"{}", NOW)), "bad_signature");
    assert_eq!(code(received(&sign(&pair, body), body, NOW + 301)), "stale_timestamp");
    let stranger = SigningKey::from_bytes(&[8; 32]);
    assert_eq!(code(received(&sign(&stranger, body), body, NOW)), "bad_signature");
    let as_secret = sign(&pair, body).replace("v1a", "v1");
    assert_eq!(code(received(&as_secret, body, NOW)), "bad_signature");

    let only_public = account(Kind::StandardWebhooks, &[&public], &[]);
    let signature = sent("msg_1", &time, "v1,AAAA");
    let refused = providers(only_public).receive("standard", &signature, body, NOW);
    assert_eq!(code(refused), "malformed_header", "nothing of a kind that is known");
    for bad in ["whpk_", "whpk_AAAA", "whpk_???", &format!("whpk_{}", STANDARD.encode([0; 32]))] {
        let refused = refusal(account(Kind::StandardWebhooks, &[bad], &[]));
        assert!(refused.contains("webhook_secrets[0]"), "{bad}: {refused}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic((value, body) in any_bytes(), now in any::<i64>()) {
        let providers = providers(account(Kind::StandardWebhooks, &[SECRET], &[]));
        let value = axum::http::HeaderValue::from_bytes(&value).unwrap();
        let mut headers = axum::http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, value.clone());
        }
        prop_assert!(providers.receive("standard", &headers, &body, now).is_err());
    }
}
