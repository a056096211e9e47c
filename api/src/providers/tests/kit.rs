//! A provider that answers what it was told to, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use cauri_domain::{LedgerId, Money, ObjectId, PayinId};
use cauri_sagas::gateway::{PayinFound, PayinGateway as _, PayinKey, PayinOrder};
use chrono::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::providers::port::{Payins, Starter};
use crate::providers::{Kind, ProviderAccount};

/// Our pay-in.
pub const PAYIN: Uuid = Uuid::from_u128(0x1234_5678_9abc_4def_8123_4567_89ab_cdef);
/// Another's.
pub const OTHER: Uuid = Uuid::from_u128(0xffff_5678_9abc_4def_8123_4567_89ab_cdef);

/// What was asked: method and path, headers, body.
#[derive(Debug, Clone)]
pub struct Asked {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

#[derive(Debug, Clone, Default)]
pub struct World {
    answers: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    pub url: String,
}

impl World {
    pub async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let world = Self { url, ..Self::default() };
        let router = Router::new().fallback(answer).with_state(world.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        world
    }

    /// One that nobody reaches.
    pub fn nowhere() -> Self {
        Self { url: "http://127.0.0.1:1".to_owned(), ..Self::default() }
    }

    /// To this line (`GET /v1/payment_intents/pi_1`, without what comes after `?`) it answers this.
    pub fn says(&self, line: &str, status: u16, body: Value) {
        self.answers.lock().unwrap().insert(line.to_owned(), (status, body.to_string()));
    }

    /// The same with a body that is no JSON.
    pub fn says_text(&self, line: &str, status: u16, body: &str) {
        self.answers.lock().unwrap().insert(line.to_owned(), (status, body.to_owned()));
    }

    /// What was asked with this line, in order.
    pub fn asked(&self, line: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|it| it.line.split('?').next() == Some(line)).cloned().collect()
    }

    /// An account of a kind at this world.
    pub fn account(&self, kind: Kind, settings: &[(&str, &str)]) -> ProviderAccount {
        let account = ProviderAccount::usual(kind, Vec::new()).with("url", &self.url);
        settings.iter().fold(account, |account, (name, value)| account.with(name, value))
    }
}

async fn answer(State(world): State<World>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let line = format!("{} {}", parts.method, parts.uri.path());
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    let full = format!("{} {}", parts.method, parts.uri);
    let asked = Asked { line: full, headers: headers.collect(), body };
    world.asked.lock().unwrap().push(asked);
    let said = world.answers.lock().unwrap().get(&line).cloned();
    let (status, body) = said.unwrap_or((404, json!({ "error": "not here" }).to_string()));
    if body == "HANG" {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// An order of so much.
pub fn order(amount: &str, currency: &str) -> PayinOrder {
    PayinOrder {
        ledger: LedgerId::main(),
        payin: PayinId(PAYIN),
        amount: Money::parse(amount, currency.parse().unwrap()).unwrap(),
        expires_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        capture_later: false,
        object: None,
        return_url: None,
        method: None,
        payer: None,
    }
}

/// The key of our pay-in, with its provider's payment.
pub fn key(object: Option<&str>) -> PayinKey {
    let object: Option<ObjectId> = object.map(|it| it.parse().unwrap());
    PayinKey { ledger: LedgerId::main(), payin: PayinId(PAYIN), object }
}

pub fn paid(object: &str, amount: &str, currency: &str) -> PayinFound {
    let amount = Money::parse(amount, currency.parse().unwrap()).unwrap();
    PayinFound::Paid { object: object.parse().unwrap(), amount }
}

pub async fn found<T: Starter>(client: &Arc<T>, object: Option<&str>) -> PayinFound {
    Payins(Arc::clone(client)).find(&key(object)).await
}
