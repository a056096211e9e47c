//! pawaPay: RFC 9421 over the body's digest, for the address that is registered.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
    ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cauri_api::providers::Kind;
use cauri_api::webhooks::pawapay::Object;
use cauri_api::webhooks::{Delivery, Providers, Question, Wanted, WebhookError};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256, Sha512};

use crate::kit::{NOW, OURS, account, any_bytes, code, headers, providers, refusal};

const URL: &str = "https://pay.example.com:8443/in/webhooks/pawapay";
const COMPONENTS: &str =
    "\"@method\" \"@authority\" \"@path\" \"signature-date\" \"content-digest\" \"content-type\"";

/// Someone who signs.
enum Signer {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl Signer {
    fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        Self::Ecdsa(EcdsaKeyPair::generate(algorithm).unwrap())
    }

    fn rsa(encoding: &'static dyn RsaEncoding) -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap(), encoding)
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ecdsa(pair) => {
                pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
            }
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
        }
    }

    fn pem(&self) -> String {
        let der = match self {
            Self::Ecdsa(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Rsa(pair, _) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
        };
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
    }
}

/// How a delivery is signed; changed in one thing by each test.
struct Sent<'a> {
    signer: &'a Signer,
    algorithm: &'a str,
    components: &'a str,
    authority: &'a str,
    path: &'a str,
    digest: String,
    created: i64,
    more: &'a str,
}

impl<'a> Sent<'a> {
    fn new(signer: &'a Signer, body: &str) -> Self {
        Self {
            signer,
            algorithm: "ecdsa-p256-sha256",
            components: COMPONENTS,
            authority: "pay.example.com:8443",
            path: "/in/webhooks/pawapay",
            digest: format!("sha-512=:{}:", STANDARD.encode(Sha512::digest(body))),
            created: NOW,
            more: "",
        }
    }

    fn headers(&self) -> HeaderMap {
        let Self { algorithm, components, authority, path, digest, created, more, .. } = self;
        let params = format!(
            "({components});alg=\"{algorithm}\";keyid=\"KEY:1\";created={created};expires={}{more}",
            created + 60
        );
        let mut base = String::new();
        for name in components.split(' ') {
            let value = match name {
                "\"@method\"" => "POST",
                "\"@authority\"" => authority,
                "\"@path\"" => path,
                "\"signature-date\"" => "2026-09-21T14:13:20Z",
                "\"content-digest\"" => digest,
                "\"content-type\"" => "application/json",
                _ => "",
            };
            base.push_str(&format!("{name}: {value}\n"));
        }
        base.push_str(&format!("\"@signature-params\": {params}"));
        let signature = STANDARD.encode(self.signer.sign(base.as_bytes()));
        headers(&[
            ("content-type", "application/json"),
            ("signature-date", "2026-09-21T14:13:20Z"),
            ("content-digest", digest),
            ("signature-input", &format!("sig-pp={params}")),
            ("signature", &format!("sig-pp=:{signature}:")),
        ])
    }
}

/// An account that has learnt a signer's key.
fn knowing(signer: &Signer) -> Providers {
    let providers = providers(account(Kind::Pawapay, &[], &[("public_url", URL)]));
    let keys = serde_json::json!([{ "id": "KEY:1", "key": signer.pem() }]).to_string();
    providers.learn("pawapay", &Wanted::PawapayKeys, keys.as_bytes()).unwrap();
    providers
}

fn deposit() -> String {
    format!(r#"{{"depositId":"{OURS}","status":"COMPLETED","amount":"15","currency":"ZMW"}}"#)
}

fn receive(signer: &Signer, sent: &Sent<'_>, now: i64) -> Result<Delivery, WebhookError> {
    knowing(signer).receive("pawapay", &sent.headers(), deposit().as_bytes(), now)
}

#[test]
fn every_algorithm_is_taken_with_ecdsa_in_both_spellings() {
    for (signer, algorithm) in [
        (Signer::ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING), "ecdsa-p256-sha256"),
        (Signer::ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING), "ecdsa-p256-sha256"),
        (Signer::ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING), "ecdsa-p384-sha384"),
        (Signer::ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING), "ecdsa-p384-sha384"),
        (Signer::rsa(&RSA_PSS_SHA512), "rsa-pss-sha512"),
        (Signer::rsa(&RSA_PKCS1_SHA256), "rsa-v1_5-sha256"),
    ] {
        let sent = Sent { algorithm, ..Sent::new(&signer, &deposit()) };
        let delivery = receive(&signer, &sent, NOW).unwrap();
        assert_eq!(delivery.key_id.as_deref(), Some("KEY:1"));
        let id = OURS.parse().unwrap();
        assert_eq!(delivery.question, Some(Question::Pawapay { object: Object::Deposit, id }));
        assert!(delivery.facts.is_empty(), "any merchant of pawaPay's could have had this signed");
        assert_eq!(delivery.kind, "deposits.COMPLETED");

        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(deposit())));
        let shorter = Sent { algorithm, digest, ..Sent::new(&signer, &deposit()) };
        assert!(receive(&signer, &shorter, NOW).is_ok());
        let stranger = Signer::ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING);
        assert_eq!(code(receive(&stranger, &sent, NOW)), "bad_signature");
    }
}

#[test]
fn what_is_signed_for_another_address_or_does_not_cover_the_body_is_refused() {
    let signer = Signer::ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING);
    let sent = || Sent::new(&signer, &deposit());
    let verdict = |sent: Sent<'_>| code(receive(&signer, &sent, NOW));
    assert_eq!(verdict(Sent { authority: "elsewhere.example", ..sent() }), "bad_signature");
    assert_eq!(verdict(Sent { path: "/webhooks/pawapay", ..sent() }), "bad_signature");
    for components in [
        "\"@method\" \"@authority\" \"@path\"",
        "\"@method\" \"@path\" \"content-digest\"",
        "\"@method\" \"@authority\" \"content-digest\"",
        "\"content-digest\"",
        "",
        "\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-digest\"",
        "\"@method\" \"@authority\" \"@path\" \"content-digest\" \"x-not-there\"",
        "\"@method\" \"@authority\" \"@path\" \"content-digest\" \"@unheard-of\"",
        "\"@method\" \"@authority\" \"@path\" \"content-digest\";sf",
    ] {
        assert_eq!(verdict(Sent { components, ..sent() }), "malformed_header", "{components}");
    }
    let of_another = Sent::new(&signer, "{}").digest;
    assert_eq!(verdict(Sent { digest: of_another.clone(), ..sent() }), "bad_signature");
    let both = format!("{}, {of_another}", sent().digest);
    assert_eq!(verdict(Sent { digest: both, ..sent() }), "bad_signature", "all must fit");
    for digest in ["md5=:AAAA:", "sha-512=AAAA", "sha-512=:?:", ""] {
        assert_eq!(verdict(Sent { digest: digest.to_owned(), ..sent() }), "malformed_header");
    }
    assert_eq!(verdict(Sent { algorithm: "none", ..sent() }), "malformed_header");
    assert_eq!(verdict(Sent { algorithm: "rsa-pss-sha512", ..sent() }), "bad_signature");
    for more in [";alg=\"rsa-pss-sha512\"", ";created=1", ", sig2=(\"@path\")", ";keyid=\"\"\""] {
        assert_eq!(verdict(Sent { more, ..sent() }), "malformed_header", "{more}");
    }
    assert!(receive(&signer, &Sent { more: ";nonce=\"x\"", ..sent() }, NOW).is_ok());
}

#[test]
fn a_delivery_is_good_for_a_minute_and_its_headers_stand_once() {
    let signer = Signer::ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING);
    let sent = Sent::new(&signer, &deposit());
    for (now, is_taken) in
        [(NOW - 61, false), (NOW - 60, true), (NOW, true), (NOW + 120, true), (NOW + 121, false)]
    {
        assert_eq!(receive(&signer, &sent, now).is_ok(), is_taken, "{}", now - NOW);
    }
    assert_eq!(code(receive(&signer, &sent, NOW + 121)), "stale_timestamp");

    let known = knowing(&signer);
    let body = deposit();
    for name in ["signature", "signature-input", "content-digest", "signature-date"] {
        let mut twice = sent.headers();
        let value = twice[name].clone();
        twice.append(name, value);
        assert_eq!(
            code(known.receive("pawapay", &twice, body.as_bytes(), NOW)),
            "malformed_header"
        );
        let mut without = sent.headers();
        without.remove(name);
        assert!(known.receive("pawapay", &without, body.as_bytes(), NOW).is_err(), "{name}");
    }
    let mut relabelled = sent.headers();
    let value = relabelled["signature"].to_str().unwrap().replace("sig-pp", "sig-qq");
    relabelled.insert("signature", value.parse().unwrap());
    let refused = known.receive("pawapay", &relabelled, body.as_bytes(), NOW);
    assert_eq!(code(refused), "malformed_header");
    for altered in [body.replace("15", "16"), body[..20].to_owned(), body.replace('{', "{ ")] {
        let refused = known.receive("pawapay", &sent.headers(), altered.as_bytes(), NOW);
        assert_eq!(code(refused), "bad_signature");
    }
}

#[test]
fn keys_are_fetched_when_a_new_one_is_named_and_unsigned_callbacks_are_hints() {
    let signer = Signer::ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING);
    let headers_of = Sent::new(&signer, &deposit()).headers();
    let new = providers(account(Kind::Pawapay, &[], &[("public_url", URL)]));
    assert_eq!(new.wanted("pawapay", &headers_of), Some(Wanted::PawapayKeys));
    assert_eq!(knowing(&signer).wanted("pawapay", &headers_of), None);
    assert_eq!(new.wanted("pawapay", &headers(&[])), None, "a stranger's costs no question");
    assert!(!new.is_asked("pawapay"));
    assert_eq!(
        code(new.receive("pawapay", &headers_of, deposit().as_bytes(), NOW)),
        "bad_signature"
    );
    for keys in ["", "{}", r#"[{"id":"KEY:1"}]"#, r#"[{"id":"KEY:1","key":"AAAA"}]"#] {
        let learnt = new.learn("pawapay", &Wanted::PawapayKeys, keys.as_bytes());
        assert_eq!(code(learnt), "unreadable_body");
    }

    let unsigned = providers(account(Kind::Pawapay, &[], &[]));
    assert!(unsigned.is_asked("pawapay"));
    assert_eq!(unsigned.wanted("pawapay", &headers_of), None);
    let said = |body: &str| unsigned.receive("pawapay", &headers(&[]), body.as_bytes(), NOW);
    let refund = format!(r#"{{"refundId":"{OURS}","depositId":"x","status":"FAILED"}}"#);
    let Some(Question::Pawapay { object, id }) = said(&refund).unwrap().question else { panic!() };
    assert_eq!((object, id.to_string().as_str()), (Object::Refund, OURS));
    for body in ["{}", r#"{"status":"COMPLETED"}"#, r#"{"payoutId":"1","status":"COMPLETED"}"#] {
        assert_eq!(code(said(body)), "unreadable_body");
    }
}

#[test]
fn keys_may_stand_in_files_and_what_is_wrong_there_stops_the_start() {
    let signer = Signer::rsa(&RSA_PSS_SHA512);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    std::fs::write(&file, signer.pem()).unwrap();
    let listed = format!("KEY:1={}", file.display());
    let settings = [("public_url", URL), ("public_keys", listed.as_str())];
    let known = providers(account(Kind::Pawapay, &[], &settings));
    let sent = Sent { algorithm: "rsa-pss-sha512", ..Sent::new(&signer, &deposit()) };
    assert!(known.receive("pawapay", &sent.headers(), deposit().as_bytes(), NOW).is_ok());

    let wrong = |name, value| refusal(account(Kind::Pawapay, &[], &[(name, value)]));
    assert!(wrong("public_url", "pay.example.com").contains("public_url is no address"));
    assert!(wrong("public_keys", "a.pem").contains("public_keys is not a list of keyid=FILE"));
    assert!(wrong("public_keys", "K=/nowhere.pem").contains("which cannot be read"));
    assert!(wrong("public_keys", "K=/dev/null").contains("is no public key in PEM"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic((value, body) in any_bytes(), now in any::<i64>()) {
        let providers = providers(account(Kind::Pawapay, &[], &[("public_url", URL)]));
        let value = axum::http::HeaderValue::from_bytes(&value).unwrap();
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&body)));
        let mut map = headers(&[("content-digest", &digest)]);
        for name in ["signature", "signature-input", "signature-date"] {
            map.insert(name, value.clone());
        }
        prop_assert!(providers.receive("pawapay", &map, &body, now).is_err());
        map.insert("content-digest", value);
        prop_assert!(providers.receive("pawapay", &map, &body, now).is_err());
    }
}
