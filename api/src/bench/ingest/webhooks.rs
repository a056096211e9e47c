//! Stripe's word that a pay-in was paid, 1 KB of it.

use uuid::Uuid;

/// What a pay-in is for, in francs.
pub(super) const FRANCS: u64 = 500;

/// How long a body is, in bytes.
pub(super) const LENGTH: usize = 1_024;

/// The pay-in of this number.
pub(super) const fn payin(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x9A_0000_0000_4000, 0x8000_0000_0000_0000 | number)
}

/// The body that tells of it.
pub(super) fn body(number: u64) -> Vec<u8> {
    let id = payin(number);
    let mut body = format!(
        r#"{{"id":"evt_{number:024}","object":"event","api_version":"2026-09-30","created":1790000000,"type":"payment_intent.succeeded","livemode":false,"pending_webhooks":1,"request":{{"id":null,"idempotency_key":"{id}"}},"data":{{"object":{{"id":"pi_{number:024}","object":"payment_intent","amount":{FRANCS},"amount_capturable":0,"amount_received":{FRANCS},"currency":"xof","capture_method":"automatic","confirmation_method":"automatic","created":1790000000,"customer":null,"description":null,"last_payment_error":null,"latest_charge":"ch_{number:024}","livemode":false,"metadata":{{"cauri_payin":"{id}"}},"next_action":null,"payment_method_types":["card"],"status":"succeeded","statement_descriptor":""#
    );
    const END: &str = r#""}}}"#;
    while body.len() + END.len() < LENGTH {
        body.push('x');
    }
    body.push_str(END);
    body.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::json::Json;

    #[test]
    fn a_body_is_a_kilobyte_of_json() {
        for number in [0, 1, 209_999] {
            let body = body(number);
            assert_eq!(body.len(), LENGTH);
            let json = Json::parse(&body).unwrap();
            let object = json.root().field("data").unwrap().field("object").unwrap();
            let metadata = object.field("metadata").unwrap();
            let named = metadata.field("cauri_payin").unwrap();
            assert_eq!(named.as_text(), Some(payin(number).to_string().as_str()));
        }
    }
}
