//! Hub2: two signatures of one body, and the status of what it tells of.

use cauri_api::providers::Kind;
use cauri_api::webhooks::Fact;
use cauri_api::webhooks::hub2::SCHEME;
use secrecy::SecretString;

use crate::kit::{NOW, OURS, account, code, headers, providers};

fn signature(secret: &str, body: &str) -> String {
    let keys = [SCHEME.key(&SecretString::from(secret)).unwrap()];
    SCHEME.sign(&keys, "", NOW, body.as_bytes())[0].1.strip_prefix("s1=").unwrap().to_owned()
}

#[test]
fn the_new_secret_or_the_old_one_proves_exactly_this_body() {
    let hub2 = providers(account(Kind::Hub2, &["secret"], &[]));
    let body =
        r#"{"id":"ev_1","type":"payment_intent.created","data":{"id":"pi_1","status":"created"}}"#;
    let good = signature("secret", body);
    let other = signature("other", body);
    let receive = |value: &str, body: &str| {
        hub2.receive("hub2", &headers(&[("Hub2-Signature", value)]), body.as_bytes(), NOW)
    };
    assert!(receive(&format!("s1={good}"), body).is_ok());
    assert!(receive(&format!("s1={other},s0={good}"), body).is_ok(), "the one being replaced");
    assert_eq!(code(receive(&format!("s1={other},s0={other}"), body)), "bad_signature");
    assert_eq!(code(receive(&format!("s2={good}"), body)), "malformed_header");
    assert_eq!(code(receive(&format!("s1={}", good.to_uppercase()), body)), "bad_signature");
    assert_eq!(code(receive(&format!("s1={}", &good[..32]), body)), "bad_signature");
    assert_eq!(
        code(receive(&format!("s1={good}"), &body.replace("pi_1", "pi_2"))),
        "bad_signature"
    );
    assert_eq!(code(hub2.receive("hub2", &headers(&[]), body.as_bytes(), NOW)), "missing_header");
}

#[test]
fn the_status_counts_and_amounts_are_whole() {
    let hub2 = providers(account(Kind::Hub2, &["secret"], &[]));
    let told = |body: String| {
        let value = format!("s1={}", signature("secret", &body));
        let headers = headers(&[("hub2-signature", &value)]);
        hub2.receive("hub2", &headers, body.as_bytes(), NOW)
    };
    let payment = |status: &str, amount: &str, currency: &str| {
        told(format!(
            r#"{{"id":"ev_1","type":"payment_intent.updated","data":{{"id":"pi_1","purchaseReference":"{OURS}",
                "status":"{status}","amount":{amount},"currency":"{currency}","failureCause":"insufficient_funds"}}}}"#
        ))
    };
    let facts = payment("successful", "2500", "XOF").unwrap().facts;
    let [Fact::PayinSucceeded { reference, object, amount }] = facts.as_slice() else { panic!() };
    assert_eq!((reference.unwrap().to_string().as_str(), object.as_str()), (OURS, "pi_1"));
    assert_eq!((amount.minor(), amount.currency()), (2500, "XOF"));
    let declined = payment("failed", "2500", "XOF").unwrap().facts;
    assert!(
        matches!(&declined[..], [Fact::PayinDeclined { reason, .. }] if reason == "insufficient_funds")
    );
    assert!(payment("payment_required", "2500", "XOF").unwrap().facts.is_empty());
    let refused = payment("successful", "2500", "GHS").unwrap_err();
    assert_eq!(refused.field(), Some("data.currency"), "its scale is not known");
    assert_eq!(payment("successful", "25.5", "XOF").unwrap_err().field(), Some("data.amount"));

    let transfer = |status: &str, reference: &str| {
        told(format!(
            r#"{{"id":"ev_2","type":"transfer.done","data":{{"id":"tr_1","reference":"{reference}",
                "status":"{status}","amount":900,"currency":"XAF"}}}}"#
        ))
    };
    let paid = transfer("successful", OURS).unwrap();
    assert!(matches!(&paid.facts[..], [Fact::PayoutPaid { amount, .. }] if amount.minor() == 900));
    assert!(matches!(&transfer("failed", OURS).unwrap().facts[..], [Fact::PayoutFailed { .. }]));
    assert!(transfer("successful", "theirs").unwrap().facts.is_empty(), "not one of ours");
    assert_eq!(paid.delivery_id.as_deref(), Some("ev_2"));
}
