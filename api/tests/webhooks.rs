//! Who sent it: vectors, rotation, tolerance, and no byte that may change.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cauri_api::providers::{AccountError, Accounts, Kind, Problem, ProviderAccount};
use cauri_api::webhooks::{
    FEDAPAY, FEDAPAY_SCHEME, Fact, Providers, SIM, STANDARD_WEBHOOKS, STRIPE, STRIPE_SCHEME,
    Scheme, SecretError, WebhookError, generate_secret,
};
use proptest::prelude::*;
use secrecy::{ExposeSecret as _, SecretString};

const NOW: i64 = 1_790_000_000;
const PAYIN: &str = "6f3c2b1a-9d8e-4f70-8a61-5b4c3d2e1f00";
const STRIPE_BODY: &str = r#"{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","amount":1000,"amount_received":1000,"currency":"usd","metadata":{"cauri_payin":"6f3c2b1a-9d8e-4f70-8a61-5b4c3d2e1f00"}}}}"#;
// Made with another implementation of HMAC-SHA256, over `1790000000.` and the body above.
const STRIPE_OLD: &str = "07bfcb42b510b5395921df3b738ba2ace98a3b8c8dd9ab0e7707ec724d29cbfe";
const STRIPE_NEW: &str = "8cdef69f7d17ece1f38fc22233119f7a0a9efa351d53d58a6582cb3ffc3485df";

fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    map
}

fn secrets(list: &[&str]) -> Vec<SecretString> {
    list.iter().map(|s| SecretString::from(*s)).collect()
}

fn providers(of: &[(Kind, &[&str])]) -> Result<Providers, AccountError> {
    let account = |(kind, list): &(Kind, &[&str])| ProviderAccount::usual(*kind, secrets(list));
    Providers::try_new(&Accounts::try_from(of.iter().map(account).collect::<Vec<_>>())?)
}

fn stripe(list: &[&str]) -> Providers {
    providers(&[(Kind::Stripe, list)]).unwrap()
}

fn stripe_header(value: String) -> HeaderMap {
    headers(&[("stripe-signature", value)])
}

#[test]
fn the_published_vector_of_standard_webhooks_holds_both_ways() {
    let body = br#"{"test": 2432232314}"#;
    let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let keys = [STANDARD_WEBHOOKS.key(&secret).unwrap()];
    let made = STANDARD_WEBHOOKS.sign(&keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
    assert_eq!(
        made,
        [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned()),
            ("webhook-timestamp", "1614265330".to_owned()),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned()),
        ]
    );
    let verified = STANDARD_WEBHOOKS.verify(&keys, &headers(&made), body, 1_614_265_330).unwrap();
    assert_eq!(verified.id.as_deref(), Some("msg_p5jXN8AQM9LWM0D4loKWxJek"));
}

#[test]
fn stripe_signatures_of_the_old_and_the_new_secret_pass_while_one_replaces_the_other() {
    let body = STRIPE_BODY.as_bytes();
    let both = stripe_header(format!("t={NOW},v1={STRIPE_OLD},v1={STRIPE_NEW}"));
    for configured in [&["whsec_old"][..], &["whsec_new"], &["whsec_other", "whsec_new"]] {
        let delivery = stripe(configured).receive(STRIPE, &both, body, NOW).unwrap();
        assert_eq!(delivery.delivery_id.as_deref(), Some("evt_1"));
    }
    let none = stripe(&["whsec_other"]).receive(STRIPE, &both, body, NOW);
    assert_eq!(none, Err(WebhookError::BadSignature));
}

#[test]
fn stripe_v0_and_unknown_schemes_prove_nothing() {
    let body = STRIPE_BODY.as_bytes();
    let providers = stripe(&["whsec_new"]);
    let test_scheme = stripe_header(format!("t={NOW},v0={STRIPE_NEW},v9={STRIPE_NEW}"));
    let refused = providers.receive(STRIPE, &test_scheme, body, NOW).unwrap_err();
    assert_eq!((refused.code(), refused.field()), ("malformed_header", Some("stripe-signature")));
    let beside = stripe_header(format!("t={NOW},v0=00,v1={STRIPE_NEW}"));
    providers.receive(STRIPE, &beside, body, NOW).unwrap();
    let upper = stripe_header(format!("t={NOW},v1={}", STRIPE_NEW.to_uppercase()));
    let refused = providers.receive(STRIPE, &upper, body, NOW);
    assert_eq!(refused, Err(WebhookError::BadSignature));
}

#[test]
fn fedapay_signs_bytes_that_printing_the_json_again_would_change() {
    let body = r#"{"name":"transaction.created","object":"transaction","entity":{"id":387301,"reference":"trx_5Zb","amount":25000,"status":"approved","description":"Robe \u0026 foulard","callback_url":"https:\/\/shop.example\/retour?a=1\u0026b=2","amount_debited":25500,"fees":500,"last_error_code":"API_ERROR","currency":{"iso":"XOF","div":1},"merchant_reference":"6f3c2b1a-9d8e-4f70-8a61-5b4c3d2e1f00"},"account":{"id":1}}"#;
    // Made with another implementation.
    let mac = "99d1673b914afe8985a05a0d25233c11613704080622f2ca764ffb1a0200bcac";
    let providers = providers(&[(Kind::Fedapay, &["wh_sandbox_0123456789abcdef"])]).unwrap();
    let header = headers(&[("x-fedapay-signature", format!("t={NOW},s={mac}"))]);

    let delivery = providers.receive(FEDAPAY, &header, body.as_bytes(), NOW).unwrap();
    let [Fact::PayinSucceeded { reference, object, amount }] = &delivery.facts[..] else {
        panic!("an approved transaction is money, whatever the event is called");
    };
    assert_eq!(reference.unwrap().to_string(), PAYIN);
    assert_eq!((object.as_str(), amount.minor(), amount.currency()), ("387301", 25_000, "XOF"));
    assert_eq!((delivery.kind.as_str(), delivery.delivery_id), ("transaction.approved", None));

    let printed: serde_json::Value = serde_json::from_str(body).unwrap();
    let printed = serde_json::to_vec(&printed).unwrap();
    let refused = providers.receive(FEDAPAY, &header, &printed, NOW);
    assert_eq!(refused, Err(WebhookError::BadSignature));
}

#[test]
fn the_tolerance_is_inclusive_and_only_some_schemes_look_ahead() {
    for (scheme, looks_ahead) in
        [(STRIPE_SCHEME, false), (FEDAPAY_SCHEME, false), (STANDARD_WEBHOOKS, true)]
    {
        let keys = [scheme.key(&generate_secret()).unwrap()];
        let signed = headers(&scheme.sign(&keys, "msg_1", NOW, b"{}"));
        let at = |now| scheme.verify(&keys, &signed, b"{}", now);
        for now in [NOW - 300, NOW, NOW + 300] {
            assert_eq!(at(now).unwrap().signed_at_s, Some(NOW));
        }
        let stale = Err(WebhookError::StaleTimestamp { distance_s: 301, tolerance_s: 300 });
        assert_eq!(at(NOW + 301), stale);
        if looks_ahead {
            assert_eq!(at(NOW - 301), stale);
        } else {
            assert!(at(NOW - 301).is_ok());
        }
        assert!(at(i64::MIN).is_ok() != looks_ahead && at(i64::MAX).is_err());
        // A late forgery is a forgery: it learns nothing about times.
        let forged = scheme.verify(&keys, &signed, b"[]", NOW + 301);
        assert_eq!(forged, Err(WebhookError::BadSignature));
    }
}

#[test]
fn headers_that_are_missing_doubled_or_odd_are_named() {
    let providers = stripe(&["whsec_new"]);
    let receive = |map: &HeaderMap| {
        let error = providers.receive(STRIPE, map, STRIPE_BODY.as_bytes(), NOW).unwrap_err();
        assert_eq!(error.field(), Some("stripe-signature"));
        error.code()
    };
    assert_eq!(receive(&HeaderMap::new()), "missing_header");
    let good = format!("t={NOW},v1={STRIPE_NEW}");
    let twice = [("stripe-signature", good.clone()), ("stripe-signature", good)];
    assert_eq!(receive(&headers(&twice)), "malformed_header");
    for bad in [
        String::new(),
        ",,,".to_owned(),
        "t=,v1=".to_owned(),
        format!("v1={STRIPE_NEW}"),
        format!("t={NOW},t={NOW},v1={STRIPE_NEW}"),
        format!("t=+{NOW},v1={STRIPE_NEW}"),
        format!("t=-1,v1={STRIPE_NEW}"),
        format!("t=99999999999999999999999,v1={STRIPE_NEW}"),
        format!("t={NOW}"),
        format!("t={NOW}{}", ",v1=00".repeat(17)),
    ] {
        assert_eq!(receive(&stripe_header(bad)), "malformed_header");
    }
    let mut binary = HeaderMap::new();
    binary.insert("stripe-signature", HeaderValue::from_bytes(b"t=1,v1=\xff").unwrap());
    assert_eq!(receive(&binary), "malformed_header");

    // A full stop in the id would let the signed string be cut elsewhere.
    let keys = [STANDARD_WEBHOOKS.key(&generate_secret()).unwrap()];
    let dotted = headers(&STANDARD_WEBHOOKS.sign(&keys, "msg.1", NOW, b"{}"));
    let refused = STANDARD_WEBHOOKS.verify(&keys, &dotted, b"{}", NOW).unwrap_err();
    assert_eq!((refused.code(), refused.field()), ("malformed_header", Some("webhook-id")));
}

#[test]
fn only_configured_providers_exist_and_weak_secrets_stop_the_start() {
    let stripe = stripe(&["whsec_new"]);
    assert_eq!(stripe.names().map(|name| name.to_string()).collect::<Vec<_>>(), [STRIPE]);
    for unknown in ["", FEDAPAY, SIM, "Stripe", "paypal"] {
        let refused = stripe.receive(unknown, &HeaderMap::new(), b"", NOW);
        assert_eq!(refused, Err(WebhookError::UnknownProvider));
    }
    for (secret, why) in
        [("whsec_???", SecretError::NotBase64), ("whsec_c2hvcnQ=", SecretError::TooShort)]
    {
        let refused = providers(&[(Kind::Sim, &[secret])]).unwrap_err();
        assert_eq!(refused.field, "webhook_secrets[0]");
        assert_eq!(refused.problem, Problem::Invalid(why.to_string()));
    }
    assert!(providers(&[(Kind::Stripe, &[""])]).is_err(), "anybody could sign");
    assert!(!format!("{stripe:?}").contains("whsec"), "a secret is never printed");
}

fn any_scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![Just(STRIPE_SCHEME), Just(FEDAPAY_SCHEME), Just(STANDARD_WEBHOOKS)]
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_no_byte_of_it_may_change(
        scheme in any_scheme(),
        body in prop::collection::vec(any::<u8>(), 1..200),
        (place, flip) in (any::<prop::sample::Index>(), 1_u8..=255),
    ) {
        let keys = [scheme.key(&generate_secret()).unwrap()];
        let signed = scheme.sign(&keys, "msg_1", NOW, &body);
        prop_assert!(scheme.verify(&keys, &headers(&signed), &body, NOW).is_ok());

        let mut other = body.clone();
        other[place.index(body.len())] ^= flip;
        prop_assert_eq!(
            scheme.verify(&keys, &headers(&signed), &other, NOW),
            Err(WebhookError::BadSignature)
        );
        let stranger = [scheme.key(&generate_secret()).unwrap()];
        prop_assert_eq!(
            scheme.verify(&stranger, &headers(&signed), &body, NOW),
            Err(WebhookError::BadSignature)
        );

        // Each header, each byte of it: id, time, signature and what holds them together.
        for which in 0..signed.len() {
            let mut changed = signed.clone();
            let mut bytes = changed[which].1.clone().into_bytes();
            let at = place.index(bytes.len());
            bytes[at] ^= flip;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            if HeaderValue::from_str(&text).is_err() { continue }
            changed[which].1 = text;
            prop_assert!(scheme.verify(&keys, &headers(&changed), &body, NOW).is_err());
        }
    }

    #[test]
    fn no_headers_and_no_body_make_it_panic(
        value in prop::collection::vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff], 0..120),
        body in prop::collection::vec(any::<u8>(), 0..120),
        now in any::<i64>(),
    ) {
        let key = generate_secret();
        let key: &[&str] = &[key.expose_secret()];
        let providers = providers(
            &[(Kind::Stripe, key), (Kind::Fedapay, key), (Kind::Sim, key)]
        ).unwrap();
        let mut map = HeaderMap::new();
        let value = HeaderValue::from_bytes(&value).unwrap();
        for name in [
            "stripe-signature", "x-fedapay-signature",
            "webhook-id", "webhook-timestamp", "webhook-signature",
        ] {
            map.insert(name, value.clone());
        }
        for name in [STRIPE, FEDAPAY, SIM] {
            prop_assert!(providers.receive(name, &map, &body, now).is_err());
        }
    }
}
