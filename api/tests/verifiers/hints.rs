//! Deliveries that prove nothing: what of them is read is only what is asked about.

use cauri_api::providers::Kind;
use cauri_api::webhooks::Question;
use proptest::prelude::*;

use crate::kit::{NOW, OURS, account, any_bytes, code, headers, providers};

#[test]
fn paygate_is_asked_and_nothing_it_is_said_to_say_is_believed() {
    let paygate = providers(account(Kind::Paygate, &[], &[]));
    let receive = |body: &str| paygate.receive("paygate", &headers(&[]), body.as_bytes(), NOW);
    let body = format!(r#"{{"identifier":"{OURS}","amount":1000000,"status":0}}"#);
    let delivery = receive(&body).unwrap();
    assert!(delivery.facts.is_empty() && delivery.key_id.is_none());
    let identifier = OURS.parse().unwrap();
    assert_eq!(delivery.question, Some(Question::Paygate { identifier }));
    assert!(paygate.is_asked("paygate"));
    for body in ["", "{}", r#"{"identifier":7}"#, r#"{"identifier":"somebody's"}"#] {
        assert_eq!(code(receive(body)), "unreadable_body");
    }
}

#[test]
fn cinetpays_newer_interface_is_asked() {
    let v1 = providers(account(Kind::CinetpayV1, &[], &[]));
    let receive = |body: &str| v1.receive("cinetpay-v1", &headers(&[]), body.as_bytes(), NOW);
    let told = format!(r#"{{"notify_token":"tok","merchant_transaction_id":"{OURS}"}}"#);
    let delivery = receive(&told).unwrap();
    let Some(Question::CinetpayV1 { payment, token }) = delivery.question else { panic!() };
    assert_eq!(payment.to_string(), OURS);
    assert!(token.fits(&"tok".to_owned().into()) && !token.fits(&"tak".to_owned().into()));
    for body in [
        "{}".to_owned(),
        told.replace("tok", ""),
        told.replace("\"tok\"", "5"),
        told.replace(OURS, "theirs"),
    ] {
        assert_eq!(code(receive(&body)), "unreadable_body");
    }
}

#[test]
fn a_transfer_of_cinetpay_is_asked_about_and_a_payment_needs_its_token() {
    let settings = [("site_id", "1"), ("api_key", "k")];
    let cinetpay = providers(account(Kind::Cinetpay, &["secret"], &settings));
    let receive = |body: &str| cinetpay.receive("cinetpay", &headers(&[]), body.as_bytes(), NOW);
    let delivery = receive(&format!("client_transaction_id={OURS}&amount=900")).unwrap();
    let withdrawal = OURS.parse().unwrap();
    assert_eq!(delivery.question, Some(Question::CinetpayTransfer { withdrawal }));
    assert!(delivery.facts.is_empty() && delivery.key_id.is_none());
    assert_eq!(code(receive("client_transaction_id=theirs")), "unreadable_body");
    assert_eq!(code(receive("cpm_trans_id=1")), "missing_header");
    let both = headers(&[("x-token", "00")]);
    let body = format!("client_transaction_id={OURS}");
    assert_eq!(code(cinetpay.receive("cinetpay", &both, body.as_bytes(), NOW)), "bad_signature");
}

proptest! {
    #[test]
    fn no_bytes_make_them_panic_or_say_a_fact((value, body) in any_bytes(), now in any::<i64>()) {
        let settings = [("site_id", "1"), ("api_key", "k")];
        let mut map = axum::http::HeaderMap::new();
        map.insert("x-token", axum::http::HeaderValue::from_bytes(&value).unwrap());
        for (kind, secrets, settings) in [
            (Kind::Paygate, &[][..], &[][..]),
            (Kind::CinetpayV1, &[], &[]),
            (Kind::Pawapay, &[], &[]),
            (Kind::Cinetpay, &["secret"], &settings),
        ] {
            let providers = providers(account(kind, secrets, settings));
            for headers in [&map, &headers(&[])] {
                if let Ok(delivery) = providers.receive(kind.name(), headers, &body, now) {
                    prop_assert!(delivery.facts.is_empty());
                }
            }
        }
    }
}
