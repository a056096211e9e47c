//! Tokens: which are taken, and why the others are not.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cauri_api::auth::{
    AuthError, DevKeyError, DevKeys, KeyError, KeySet, PublicKey, TokenRules, Ttl, Verifier,
};
use cauri_domain::{LedgerId, Role};
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};

fn key_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name)
}

fn pem(name: &str) -> Vec<u8> {
    fs::read(key_file(name)).unwrap()
}

fn verifier() -> Verifier {
    Verifier::new(KeySet::load(&[key_file("jwks.json")]).unwrap(), TokenRules::default())
}

fn claims() -> Value {
    let now = Utc::now().timestamp();
    json!({
        "sub": "u-1", "role": "buyer", "ledger": "togo", "aud": "cauri",
        "iss": "https://id.example", "iat": now, "exp": now + 600,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn header(algorithm: Algorithm, kid: &str) -> Header {
    let mut header = Header::new(algorithm);
    header.kid = Some(kid.to_owned());
    header
}

fn signed(claims: &Value) -> String {
    let key = EncodingKey::from_ed_pem(&pem("ed25519.private.pem")).unwrap();
    jsonwebtoken::encode(&header(Algorithm::EdDSA, "ed"), claims, &key).unwrap()
}

fn raw(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

fn bad_claim(result: Result<cauri_api::auth::Caller, AuthError>) -> &'static str {
    match result {
        Err(AuthError::BadClaim { claim, .. }) => claim,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_of_key_signs() {
    let verifier = verifier();
    let ed = EncodingKey::from_ed_pem(&pem("ed25519.private.pem")).unwrap();
    let ec = EncodingKey::from_ec_pem(&pem("p256.private.pem")).unwrap();
    let rsa = EncodingKey::from_rsa_pem(&pem("rsa.private.pem")).unwrap();
    for (algorithm, kid, key) in
        [(Algorithm::EdDSA, "ed", ed), (Algorithm::ES256, "ec", ec), (Algorithm::RS256, "rsa", rsa)]
    {
        let token = jsonwebtoken::encode(&header(algorithm, kid), &claims(), &key).unwrap();
        // The second time is from memory.
        for _ in 0..2 {
            let caller = verifier.verify(&token).unwrap();
            assert_eq!(caller.subject.as_str(), "u-1");
            assert_eq!(caller.role, Role::Buyer);
            assert_eq!(caller.ledger.as_str(), "togo");
        }
    }
}

#[test]
fn without_a_ledger_it_is_the_main_one() {
    assert_eq!(verifier().verify(&signed(&without("ledger"))).unwrap().ledger, LedgerId::main());
}

#[test]
fn a_public_key_is_no_shared_secret() {
    // The classic confusion: HS256 with the bytes of the public key, in each form it is known in.
    let verifier = verifier();
    for (kid, file) in [("ed", "ed25519.pem"), ("ec", "p256.pem"), ("rsa", "rsa.pem")] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let secret = EncodingKey::from_secret(&pem(file));
            let token = jsonwebtoken::encode(&header(algorithm, kid), &claims(), &secret).unwrap();
            assert_eq!(verifier.verify(&token), Err(AuthError::AlgorithmNotAllowed), "{kid}");
        }
    }
}

/// Row 11 of `docs/peers-asks.md`.
#[test]
fn no_signature_is_no_token() {
    let verifier = verifier();
    for name in ["none", "None", "NONE", "nOnE", "", "HS256", "EdDSA "] {
        for kid in ["ed", "ec", "rsa"] {
            let token = raw(&json!({"alg": name, "typ": "JWT", "kid": kid}), &claims(), b"");
            assert_eq!(verifier.verify(&token), Err(AuthError::AlgorithmNotAllowed), "{name:?}");
        }
    }
    let bare = raw(&json!({"alg": "EdDSA", "kid": "ed"}), &claims(), b"");
    assert_eq!(verifier.verify(&bare), Err(AuthError::BadSignature));
}

#[test]
fn the_key_decides_the_algorithm() {
    let verifier = verifier();
    // A good RS256 signature, but under the id of another key; RS512 and PS256 with the right one.
    let rsa = EncodingKey::from_rsa_pem(&pem("rsa.private.pem")).unwrap();
    for (algorithm, kid) in [
        (Algorithm::RS256, "ed"),
        (Algorithm::RS256, "ec"),
        (Algorithm::RS512, "rsa"),
        (Algorithm::PS256, "rsa"),
    ] {
        let token = jsonwebtoken::encode(&header(algorithm, kid), &claims(), &rsa).unwrap();
        assert_eq!(verifier.verify(&token), Err(AuthError::AlgorithmNotAllowed), "{algorithm:?}");
    }
}

#[test]
fn another_key_does_not_sign() {
    let folder = tempfile::tempdir().unwrap();
    let stranger = DevKeys::open(folder.path()).unwrap();
    let rules = TokenRules::default();
    let subject = "u-1".parse().unwrap();
    let token = stranger.mint(&rules, &subject, Role::Admin, &LedgerId::main(), Ttl::DAY);
    assert_eq!(
        verifier().verify(&token),
        Err(AuthError::UnknownKey { kid: stranger.kid().to_owned() })
    );
    // The same token, claiming to be of a key that is known.
    let mut parts = token.split('.').skip(1);
    let head = URL_SAFE_NO_PAD.encode(json!({"alg": "EdDSA", "kid": "ed"}).to_string());
    let forged = format!("{head}.{}.{}", parts.next().unwrap(), parts.next().unwrap());
    assert_eq!(verifier().verify(&forged), Err(AuthError::BadSignature));
}

#[test]
fn a_token_needs_a_key_id_unless_there_is_one_key() {
    let key = EncodingKey::from_ed_pem(&pem("ed25519.private.pem")).unwrap();
    let token = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims(), &key).unwrap();
    assert_eq!(verifier().verify(&token), Err(AuthError::UnknownKey { kid: String::new() }));
    let alone = KeySet::load(&[key_file("ed25519.pem")]).unwrap();
    assert!(Verifier::new(alone, TokenRules::default()).verify(&token).is_ok());
}

#[test]
fn a_changed_token_is_not_taken() {
    let token = signed(&claims());
    let parts: Vec<_> = token.split('.').collect();
    let richer = URL_SAFE_NO_PAD.encode(with("role", json!("superadmin")).to_string());
    let forged = format!("{}.{richer}.{}", parts[0], parts[2]);
    assert_eq!(verifier().verify(&forged), Err(AuthError::BadSignature));
}

#[test]
fn the_clock_decides_with_a_leeway() {
    let verifier = verifier();
    let now = Utc::now().timestamp();
    let verify = |name, at| verifier.verify(&signed(&with(name, json!(at))));
    assert!(verify("exp", now - 10).is_ok());
    assert_eq!(verify("exp", now - 60), Err(AuthError::Expired));
    assert_eq!(verify("exp", 0), Err(AuthError::Expired));
    assert!(verify("nbf", now + 10).is_ok());
    assert_eq!(verify("nbf", now + 90), Err(AuthError::NotYetValid));
}

#[test]
fn every_claim_that_is_wrong_is_named() {
    let verifier = verifier();
    for name in ["exp", "sub", "aud", "role"] {
        assert_eq!(bad_claim(verifier.verify(&signed(&without(name)))), name, "missing");
    }
    for (name, value) in [
        ("aud", json!("another")),
        ("aud", json!(["a", "b"])),
        ("aud", json!([])),
        ("aud", json!(7)),
        ("role", json!("root")),
        ("role", json!("Admin")),
        ("role", json!(["admin"])),
        ("role", json!(null)),
        ("ledger", json!("../main")),
        ("ledger", json!("")),
        ("ledger", json!(1)),
        ("sub", json!("")),
        ("sub", json!("someone@example.org")),
        ("sub", json!("x".repeat(65))),
        ("sub", json!("4242424242424242")),
        ("exp", json!("tomorrow")),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("nbf", json!("yesterday")),
        ("nbf", json!(1e300)),
    ] {
        let token = signed(&with(name, value.clone()));
        assert_eq!(bad_claim(verifier.verify(&token)), name, "{value}");
    }
}

#[test]
fn several_audiences_may_be_named() {
    assert!(verifier().verify(&signed(&with("aud", json!(["shop", "cauri"])))).is_ok());
}

#[test]
fn an_issuer_is_checked_where_one_is_set() {
    let rules = TokenRules { issuer: Some("https://id.example".into()), ..TokenRules::default() };
    let strict = Verifier::new(KeySet::load(&[key_file("jwks.json")]).unwrap(), rules);
    assert!(strict.verify(&signed(&claims())).is_ok());
    assert_eq!(bad_claim(strict.verify(&signed(&with("iss", json!("https://evil"))))), "iss");
    assert_eq!(bad_claim(strict.verify(&signed(&without("iss")))), "iss");
    assert!(verifier().verify(&signed(&without("iss"))).is_ok());
}

#[test]
fn critical_extensions_are_not_ignored() {
    let token = raw(&json!({"alg": "EdDSA", "kid": "ed", "crit": ["b64"]}), &claims(), b"");
    assert!(matches!(verifier().verify(&token), Err(AuthError::Malformed(_))));
}

#[test]
fn keys_that_must_not_be_taken_are_named_at_the_start() {
    for (file, word) in [
        ("ed25519.private.pem", "private"),
        ("rsa-1024.pem", "2048"),
        ("p384.pem", "length"),
        ("secp256k1.pem", "not a point"),
        ("README.txt", "not an Ed25519"),
    ] {
        let reason = PublicKey::from_pem(&pem(file)).unwrap_err();
        assert!(reason.contains(word), "{file}: {reason}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    for (key, word) in [
        (json!({"kty": "oct", "kid": "k", "k": "c2VjcmV0"}), "shared secret"),
        (json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": "AAAA"}), "length"),
        (json!({"kty": "EC", "crv": "P-384", "kid": "k", "x": "AA", "y": "AA"}), "curve"),
        (json!({"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB"}), "2048"),
    ] {
        fs::write(&file, json!({"keys": [key]}).to_string()).unwrap();
        let error = KeySet::load(&[&file]).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("keys[0]"), "{error}");
    }
}

#[test]
fn keys_come_from_files_and_folders_by_name() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(KeySet::load(&[folder.path()]), Err(KeyError::None { .. })));
    fs::copy(key_file("ed25519.pem"), folder.path().join("first.pem")).unwrap();
    fs::copy(key_file("rsa.pem"), folder.path().join("second.pem")).unwrap();
    fs::write(folder.path().join("notes.txt"), "not a key").unwrap();
    let list = format!("{}, {}", folder.path().display(), key_file("p256.pem").display());
    let keys = KeySet::load_list(&list).unwrap();
    assert_eq!(keys.ids().collect::<Vec<_>>(), ["first", "p256", "second"]);
    let twice = format!("{list},{}", folder.path().join("first.pem").display());
    assert!(matches!(KeySet::load_list(&twice), Err(KeyError::SameId { kid }) if kid == "first"));
    assert!(matches!(KeySet::load(&["/nowhere.pem"]), Err(KeyError::Unreadable { .. })));
    assert!(matches!(KeySet::load_list(" , "), Err(KeyError::None { .. })));
}

#[test]
fn development_keys_are_made_once_and_kept_private() {
    let folder = tempfile::tempdir().unwrap();
    // Several processes at once end with the same keys.
    let kids: Vec<_> = std::thread::scope(|scope| {
        let open = || DevKeys::open(folder.path()).unwrap().kid().to_owned();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");

    let keys = DevKeys::open(folder.path()).unwrap();
    let rules = TokenRules { issuer: Some("here".into()), audience: "there".into() };
    let subject = "svc:demo".parse().unwrap();
    let ledger: LedgerId = "benin".parse().unwrap();
    let token = keys.mint(&rules, &subject, Role::Service, &ledger, "90s".parse().unwrap());
    let caller = keys.verifier(rules).verify(&token).unwrap();
    assert_eq!((caller.subject, caller.role, caller.ledger), (subject, Role::Service, ledger));
    let left = (caller.expires_at - Utc::now()).num_seconds();
    assert!((80..=90).contains(&left), "{left}");

    let dir = folder.path().join("dev-keys");
    let file = dir.join("private.pem");
    let names: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names, std::slice::from_ref(&file), "no drafts are left");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(DevKeys::open(folder.path()), Err(DevKeyError::Exposed { .. })));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "nonsense").unwrap();
    assert!(matches!(DevKeys::open(folder.path()), Err(DevKeyError::Damaged { .. })));
}

proptest! {
    #[test]
    fn whatever_comes_is_refused_and_never_a_panic(token in ".{0,200}") {
        prop_assert!(verifier().verify(&token).is_err());
    }

    /// Any one byte changed makes another token, which nobody signed. (The last character of a
    /// base64 part may carry unused bits; the decoder refuses those that are not zero.)
    #[test]
    fn one_changed_byte_is_enough(place in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        let token = signed(&json!({"sub": "u-1", "role": "buyer", "aud": "cauri", "exp": 4_000_000_000_u64}));
        let mut bytes = token.clone().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        prop_assert!(verifier().verify(std::str::from_utf8(&bytes).unwrap()).is_err());
    }
}
