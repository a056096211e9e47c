//! Where providers are asked: what they have of a payment, and, at PayPal, whether they sent it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What PayPal signs with here.
pub const PAYPALS: &str = "a-key-of-paypal";

/// The payments that providers have, and what they were asked.
#[derive(Clone, Default)]
pub struct World {
    paid: Arc<Mutex<BTreeSet<Uuid>>>,
    open: Arc<Mutex<BTreeSet<Uuid>>>,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
    silent: Arc<AtomicBool>,
}

impl World {
    pub async fn open() -> (Self, String) {
        let world = Self::default();
        let router = Router::new().fallback(answer).with_state(world.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        (world, url)
    }

    /// A pay-in was paid: 1,250 francs, or 12.50 dollars at PayPal.
    pub fn has(&self, payin: Uuid) {
        self.paid.lock().unwrap().insert(payin);
    }

    /// CinetPay's newer interface knows a pay-in that is not paid yet.
    pub fn knows(&self, payin: Uuid) {
        self.open.lock().unwrap().insert(payin);
    }

    /// How often something was asked at an address.
    pub fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }

    /// Whether all that is asked is answered with an error.
    pub fn is_silent(&self, is_silent: bool) {
        self.silent.store(is_silent, Ordering::Relaxed);
    }

    /// As CinetPay's newer interface is told of it: in 22 letters, since it takes no more than 30.
    /// What it says of it: paid, open, or nothing where it does not know of it.
    fn in_letters(&self, text: &str) -> Option<&'static str> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let payin = Uuid::from_slice(&bytes).ok()?;
        let is_in = |known: &Mutex<BTreeSet<Uuid>>| known.lock().unwrap().contains(&payin);
        match is_in(&self.paid) {
            true => Some("SUCCESS"),
            false => is_in(&self.open).then_some("PENDING"),
        }
    }

    fn is_paid(&self, text: &str) -> Option<Uuid> {
        let payin = Uuid::try_parse(text).ok()?;
        self.paid.lock().unwrap().contains(&payin).then_some(payin)
    }
}

/// The capture of a pay-in's order.
pub fn capture_of(payin: Uuid) -> String {
    payin.simple().to_string().to_uppercase()
}

/// What stands for PayPal's signature: over the id, the time, the webhook and the body's CRC32.
pub fn paypal_signature(secret: &str, id: &str, time: &str, body: &[u8]) -> String {
    let signed = format!("{secret}|{id}|{time}|WH-1|{}", crc32fast::hash(body));
    hex::encode(Sha256::digest(signed))
}

const TOKEN: &str = "/v1/oauth2/token";
pub const PROOF: &str = "/v1/notifications/verify-webhook-signature";

async fn answer(
    State(world): State<World>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let path = uri.path();
    *world.asked.lock().unwrap().entry(path.to_owned()).or_default() += 1;
    if world.silent.load(Ordering::Relaxed) {
        return (StatusCode::BAD_GATEWAY, Json(Value::Null));
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let francs = json!({ "amount": "1250", "currency": "XOF", "status": "COMPLETED" });
    let found = match (method.as_str(), path) {
        ("POST", TOKEN) => Some(json!({ "access_token": "T", "expires_in": 32_400 })),
        ("POST", PROOF) => {
            let status = if is_paypals(&asked, &body) { "SUCCESS" } else { "FAILURE" };
            Some(json!({ "verification_status": status }))
        }
        ("GET", path) if path.starts_with("/v2/payments/captures/") => {
            world.is_paid(last).map(|payin| {
                json!({ "id": last, "status": "COMPLETED", "custom_id": payin,
                    "payee": { "merchant_id": "OURS" },
                    "amount": { "currency_code": "USD", "value": "12.50" } })
            })
        }
        ("POST", "/v2/payment/check") => world.is_paid(text("transaction_id")).map(|_| {
            json!({ "code": "00",
                "data": { "status": "ACCEPTED", "amount": "1250", "currency": "XOF" } })
        }),
        ("GET", path) if path.starts_with("/v2/deposits/") => {
            let mut deposit = francs;
            deposit["depositId"] = json!(last);
            Some(match world.is_paid(last) {
                Some(_) => json!({ "status": "FOUND", "data": deposit }),
                None => json!({ "status": "NOT_FOUND" }),
            })
        }
        ("POST", "/v1/oauth/login") => Some(json!({ "access_token": "T", "expires_in": 3_600 })),
        ("GET", path) if path.starts_with("/v1/payment/") => world.in_letters(last).map(|status| {
            json!({ "transaction_id": "9", "merchant_transaction_id": last,
                "status": status, "amount": "1250", "currency": "XOF" })
        }),
        ("POST", "/api/v2/status") => Some(match world.is_paid(text("identifier")) {
            Some(payin) => json!({ "tx_reference": payin, "status": 0, "amount": 1_250 }),
            None => json!({ "error_code": 403 }),
        }),
        _ => None,
    };
    match found {
        Some(answer) => (StatusCode::OK, Json(answer)),
        None => (StatusCode::NOT_FOUND, Json(json!({ "name": "NOT_FOUND" }))),
    }
}

/// Whether PayPal has sent the event, which stands in the question byte for byte.
fn is_paypals(asked: &Value, question: &[u8]) -> bool {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let before = b"\"webhook_event\":";
    let at = question.windows(before.len()).position(|window| window == before).unwrap();
    let event = &question[at + before.len()..question.len() - 1];
    let (id, time) = (text("transmission_id"), text("transmission_time"));
    text("transmission_sig") == paypal_signature(PAYPALS, id, time, event)
        && text("webhook_id") == "WH-1"
}
