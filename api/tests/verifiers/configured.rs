//! The verifier that settings tell: it is each of the built-in ones, and refuses what is not safe.

use axum::http::{HeaderName, HeaderValue};
use cauri_api::providers::Kind;
use cauri_api::webhooks::{
    FEDAPAY_SCHEME, Fact, STANDARD_WEBHOOKS, STRIPE_SCHEME, Scheme, configured_scheme, hub2, pispi,
};
use proptest::prelude::*;
use secrecy::SecretString;

use crate::kit::{NOW, OURS, account, any_bytes, code, headers, providers, refusal};

type Settings = &'static [(&'static str, &'static str)];

const STRIPE: Settings = &[
    ("format", "pairs"),
    ("header", "Stripe-Signature"),
    ("timestamp_key", "t"),
    ("signature_keys", "v1"),
    ("signed", "{timestamp}.{body}"),
    ("refuses_future", "false"),
];
const FEDAPAY: Settings = &[
    ("format", "pairs"),
    ("header", "X-FEDAPAY-SIGNATURE"),
    ("timestamp_key", "t"),
    ("signature_keys", "s"),
    ("signed", "{timestamp}.{body}"),
    ("refuses_future", "false"),
];
const HUB2: Settings =
    &[("format", "pairs"), ("header", "Hub2-Signature"), ("signature_keys", "s1,s0")];
const PISPI: Settings = &[("format", "plain"), ("header", "X-Signature")];
const STANDARD: Settings = &[
    ("format", "headers"),
    ("header", "webhook-signature"),
    ("id_header", "webhook-id"),
    ("timestamp_header", "webhook-timestamp"),
    ("signature_version", "v1"),
    ("signed", "{id}.{timestamp}.{body}"),
    ("encoding", "base64"),
    ("key", "base64"),
    ("key_prefix", "whsec_"),
];

const BUILT_IN: [(Settings, Scheme); 5] = [
    (STRIPE, STRIPE_SCHEME),
    (FEDAPAY, FEDAPAY_SCHEME),
    (HUB2, hub2::SCHEME),
    (PISPI, pispi::SCHEME),
    (STANDARD, STANDARD_WEBHOOKS),
];
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn told(settings: Settings) -> Scheme {
    configured_scheme(&account(Kind::Hmac, &[SECRET], settings)).unwrap()
}

proptest! {
    #[test]
    fn each_built_in_scheme_can_be_told_and_gives_the_same_verdicts(
        (which, place) in (0..BUILT_IN.len(), any::<prop::sample::Index>()),
        body in prop::collection::vec(any::<u8>(), 1..80),
        (flip, late) in (any::<Option<u8>>(), -700_i64..700),
    ) {
        let (settings, built_in) = BUILT_IN[which];
        let told = told(settings);
        let secret = SecretString::from(SECRET);
        let keys = [built_in.key(&secret).unwrap()];
        let mut map = headers(&[]);
        for (name, value) in built_in.sign(&keys, "msg_1", NOW, &body) {
            map.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
        }
        let mut body = body;
        if let Some(flip) = flip {
            let at = place.index(body.len());
            body[at] ^= flip;
        }
        let same = [told.key(&secret).unwrap()];
        prop_assert_eq!(
            told.verify(&same, &map, &body, NOW + late),
            built_in.verify(&keys, &map, &body, NOW + late)
        );
        prop_assert_eq!(told.sign(&same, "m", NOW, &body), built_in.sign(&keys, "m", NOW, &body));
    }

    #[test]
    fn no_bytes_make_it_panic(
        which in 0..BUILT_IN.len(),
        (value, body) in any_bytes(),
        now in any::<i64>(),
    ) {
        let hmac = providers(account(Kind::Hmac, &[SECRET], BUILT_IN[which].0));
        let value = HeaderValue::from_bytes(&value).unwrap();
        let mut map = headers(&[]);
        for name in [
            "stripe-signature", "x-fedapay-signature", "hub2-signature", "x-signature",
            "webhook-id", "webhook-timestamp", "webhook-signature",
        ] {
            map.insert(name, value.clone());
        }
        prop_assert!(hmac.receive("hmac", &map, &body, now).is_err());
    }
}

#[test]
fn what_it_proves_is_in_the_neutral_words() {
    let settings: Settings = &[
        ("format", "headers"),
        ("header", "x-sig"),
        ("timestamp_header", "X-Time"),
        ("signed", "v0:{timestamp}:{body}"),
        ("algorithm", "sha512"),
        ("tolerance_s", "60"),
    ];
    let account = account(Kind::Hmac, &["the old one", "the new one"], settings);
    let scheme = configured_scheme(&account).unwrap();
    let body = format!(
        r#"{{"type":"payin.succeeded","id":"p1","reference":"{OURS}","amount":"10.00","currency":"USD"}}"#
    );
    let keys = [scheme.key(&SecretString::from("the new one")).unwrap()];
    let signed = scheme.sign(&keys, "", NOW, body.as_bytes());
    let pairs: Vec<_> = signed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let hmac = providers(account);
    let delivery = hmac.receive("hmac", &headers(&pairs), body.as_bytes(), NOW + 60).unwrap();
    assert!(
        matches!(&delivery.facts[..], [Fact::PayinSucceeded { amount, .. }] if amount.minor() == 1000)
    );
    for now in [NOW + 61, NOW - 61] {
        let late = hmac.receive("hmac", &headers(&pairs), body.as_bytes(), now);
        assert_eq!(code(late), "stale_timestamp");
    }
    let again: Vec<_> = pairs.iter().chain(&pairs).copied().collect();
    let twice = hmac.receive("hmac", &headers(&again), body.as_bytes(), NOW);
    assert_eq!(code(twice), "malformed_header");
}

#[test]
fn a_scheme_by_which_one_signature_fits_two_deliveries_is_refused() {
    let with = |changes: &[(&str, &str)]| {
        let mut account =
            account(Kind::Hmac, &["secret"], &[("format", "headers"), ("header", "x")]);
        for (name, value) in changes {
            account = account.with(name, value);
        }
        refusal(account)
    };
    let time = ("timestamp_header", "x-time");
    let id = ("id_header", "x-id");
    for (changes, why) in [
        (&[time][..], "signed leaves out {timestamp}, which is sent"),
        (&[id], "signed leaves out {id}, which is sent"),
        (&[("signed", "{timestamp}.{body}")], "signed has {timestamp}, which is not sent"),
        (&[("signed", "{timestamp}")], "signed leaves out {body}"),
        (&[time, id, ("signed", "{id}{timestamp}{body}")], "signed has parts that flow"),
        (&[time, id, ("signed", "{id}a{timestamp}.{body}")], "signed has parts that flow"),
        (&[time, ("signed", "{timestamp}7{body}")], "signed has parts that flow"),
        (&[time, ("signed", "{body}{timestamp}")], "signed has parts that flow"),
        (&[("signed", "{body}{body}")], "signed has a name twice"),
        (&[("signed", "{amount}{body}")], "signed has a name that is none of"),
        (&[("signed", "{body")], "signed has a { without a }"),
        (&[("algorithm", "md5")], "algorithm is none of: sha256, sha512"),
        (&[("encoding", "utf7")], "encoding is none of: hex, base64"),
        (&[("format", "xml")], "format is none of: pairs, plain, headers"),
        (&[("header", "not a header")], "header is no name of a header"),
        (&[("tolerance_s", "-1")], "tolerance_s is not a whole number"),
        (&[("refuses_future", "perhaps")], "refuses_future is none of: true, false"),
        (&[("format", "pairs")], "signature_keys is missing"),
        (&[("format", "plain"), time], "timestamp_header has no meaning with the format plain"),
        (
            &[("format", "pairs"), ("signature_keys", "s"), ("separator", "s")],
            "separator may stand",
        ),
    ] {
        let refused = with(changes);
        assert!(refused.contains(why), "{changes:?}: {refused}");
    }
    assert!(refusal(account(Kind::Hmac, &["secret"], &[])).contains("format is missing"));
}
