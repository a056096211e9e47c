//! Signatures that another implementation of HMAC-SHA256 made (Python's `hmac`), for providers that
//! publish no vector: what is right for us alone would be wrong.

use cauri_api::providers::Kind;
use cauri_api::webhooks::Question;

use crate::kit::{NOW, OURS, account, code, headers, providers};

const HUB2: &str = r#"{"id":"ev_1","type":"payment_intent.created","data":{"id":"pi_1","status":"created","note":"pens \u0026 paper"}}"#;
const HUB2_NEW: &str = "f49ead076091a159a700360573ae04eaf3c817f0a0d0e897c6d9892b27150372";
const HUB2_OLDER: &str = "c9c1f2cdbb762d191cd8e7d886a3349abd26d1aaf8cdc255165a319589d3b847";

#[test]
fn hub2s_body_is_signed_byte_for_byte_with_either_secret() {
    let both = format!("s1={HUB2_NEW},s0={HUB2_OLDER}");
    let headers = headers(&[("hub2-signature", &both)]);
    for secret in ["secret", "older"] {
        let hub2 = providers(account(Kind::Hub2, &[secret], &[]));
        assert!(hub2.receive("hub2", &headers, HUB2.as_bytes(), NOW).is_ok(), "{secret}");
        let printed = HUB2.replace("\\u0026", "&");
        let refused = hub2.receive("hub2", &headers, printed.as_bytes(), NOW);
        assert_eq!(code(refused), "bad_signature");
    }
}

#[test]
fn a_bank_of_pispi_may_write_it_in_hexadecimal_or_base64() {
    let body = format!(
        r#"{{"data":[{{"evCode":"RTP_EXPIRE","txId":"{OURS}","end2endId":"E1","montant":700}}]}}"#
    );
    let pispi = providers(account(Kind::Pispi, &["secret"], &[]));
    for signature in [
        "b374be86d94f6589971e7c3f70a278b7665f47e537aec2165501a1c30b937866",
        "s3S+htlPZYmXHnw/cKJ4t2ZfR+U3rsIWVQGhwwuTeGY=",
    ] {
        let headers = headers(&[("x-signature", signature)]);
        assert!(pispi.receive("pispi", &headers, body.as_bytes(), NOW).is_ok(), "{signature}");
        let altered = body.replace("700", "701");
        let refused = pispi.receive("pispi", &headers, altered.as_bytes(), NOW);
        assert_eq!(code(refused), "bad_signature");
    }
}

/// All sixteen fields, in another order than the signed one, with spaces and an `&` to decode.
const FORM: &str = "cpm_error_message=SUCCES&cpm_designation=Robe+%26+foulard&cpm_custom=\
    &cpm_page_action=PAYMENT&cpm_payment_config=SINGLE&cpm_version=V4&cpm_language=fr\
    &cpm_phone_prefixe=228&cel_phone_num=90112233&payment_method=FLOOZTG&signature=a1b2\
    &cpm_currency=XOF&cpm_amount=5000&cpm_trans_date=2026-11-20+23%3A59%3A30\
    &cpm_trans_id=6f3c2b1a-9d8e-4f70-8a61-5b4c3d2e1f00&cpm_site_id=445160";
const SIXTEEN: &str = "eab26ce644ebb65df74976218ae490211d2b9b5055a1f7b4e5c276f515d09456";
const FIFTEEN: &str = "f3d84d1e2547a4ae16db8226a9888808d50003f06388c071c96c91193a193336";

#[test]
fn cinetpays_token_is_of_sixteen_decoded_fields_or_of_the_first_fifteen() {
    let settings = [("site_id", "445160"), ("api_key", "k")];
    let cinetpay = providers(account(Kind::Cinetpay, &["secret"], &settings));
    let receive = |token: &str, form: &str| {
        cinetpay.receive("cinetpay", &headers(&[("x-token", token)]), form.as_bytes(), NOW)
    };
    for token in [SIXTEEN, FIFTEEN] {
        let delivery = receive(token, FORM).unwrap();
        let transaction = OURS.to_owned();
        assert_eq!(delivery.question, Some(Question::Cinetpay { transaction }));
        for (field, other) in [("5000", "9000"), ("XOF", "XAF"), ("Robe", "Robes"), (OURS, "1")] {
            let refused = receive(token, &FORM.replace(field, other));
            assert_eq!(code(refused), "bad_signature", "{field}");
        }
    }
    // The last field is not in the shorter list: what it says is not believed either way.
    let refused = FORM.replace("SUCCES", "REFUSED");
    assert_eq!(code(receive(SIXTEEN, &refused)), "bad_signature");
    assert!(receive(FIFTEEN, &refused).is_ok());
}
