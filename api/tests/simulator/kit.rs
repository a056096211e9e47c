//! A ledger's webhook door, and a simulated provider that tells it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{self, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use cauri_api::providers::{Accounts, Kind, ProviderAccount};
use cauri_api::simulator::{Simulator, SimulatorArgs};
use cauri_api::webhooks::{Delivery, Fact, Providers, generate_secret};
use clap::Parser;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

/// What it signs with in other providers' forms.
const STRIPES: &str = "whsec_of_a_test";
const FEDAPAYS: &str = "wh_of_a_test";

/// How long anything here may take before the test gives up.
pub const BOUND: Duration = Duration::from_secs(20);

#[derive(Parser)]
pub struct Line {
    #[command(flatten)]
    pub args: SimulatorArgs,
}

/// What a receiver was sent, and what it answered.
pub struct Told {
    pub id: String,
    pub timestamp: i64,
    pub delivery: Delivery,
}

/// A ledger's webhook door: checks every signature, answers as told, then 200.
pub struct Receiver {
    pub url: String,
    pub secret: SecretString,
    pub answers: Arc<Mutex<VecDeque<StatusCode>>>,
    pub told: UnboundedReceiver<Told>,
}

#[derive(Clone)]
struct Door {
    providers: Providers,
    pub answers: Arc<Mutex<VecDeque<StatusCode>>>,
    pub told: UnboundedSender<Told>,
}

async fn take(
    State(door): State<Door>,
    extract::Path(provider): extract::Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let delivery = door.providers.receive(&provider, &headers, &body, now).unwrap();
    let text = |name: &str| {
        headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };
    let timestamp = text("webhook-timestamp").parse().unwrap_or_default();
    let status = door.answers.lock().unwrap().pop_front().unwrap_or(StatusCode::OK);
    door.told.send(Told { id: text("webhook-id"), timestamp, delivery }).unwrap();
    status
}

impl Receiver {
    pub async fn open() -> Self {
        let secret = generate_secret();
        let accounts: Vec<_> = [
            (Kind::Sim, secret.clone()),
            (Kind::Stripe, SecretString::from(STRIPES)),
            (Kind::Fedapay, SecretString::from(FEDAPAYS)),
        ]
        .map(|(kind, secret)| ProviderAccount::usual(kind, vec![secret]))
        .into();
        let providers = Providers::try_new(&Accounts::try_from(accounts).unwrap()).unwrap();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, told) = unbounded_channel();
        let door = Door { providers, answers: Arc::clone(&answers), told: sender };
        let router = Router::new().route("/webhooks/{provider}", post(take)).with_state(door);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks/sim", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, secret, answers, told }
    }

    pub async fn next(&mut self) -> Told {
        tokio::time::timeout(BOUND, self.told.recv()).await.expect("a webhook in time").unwrap()
    }

    pub async fn next_fact(&mut self) -> Fact {
        self.next().await.delivery.facts.remove(0)
    }

    pub fn args(&self, dir: &Path, delay_ms: u64) -> SimulatorArgs {
        let dir = dir.to_str().unwrap();
        let secret = self.secret.expose_secret();
        let delay = delay_ms.to_string();
        let line =
            ["sim", "--webhook-url", &self.url, "--webhook-secret", secret, "--data-dir", dir];
        let more = ["--delay-ms", &delay, "--stripe-secret", STRIPES, "--fedapay-secret", FEDAPAYS];
        Line::parse_from(line.into_iter().chain(more)).args
    }

    pub async fn simulator(&self, dir: &Path, delay_ms: u64) -> String {
        let simulator = Simulator::bind(self.args(dir, delay_ms)).await.unwrap();
        let url = simulator.url();
        tokio::spawn(simulator.serve(std::future::pending()));
        url
    }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(BOUND).build().unwrap()
}

pub async fn pay(url: &str, reference: Uuid, body: Value) -> (u16, Value) {
    let answer = client().post(format!("{url}/v1/payins/{reference}/pay")).json(&body);
    let answer = answer.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

pub async fn payout(url: &str, key: &str, body: &Value) -> (u16, Value) {
    let answer = client().post(format!("{url}/v1/payouts")).header("Idempotency-Key", key);
    let answer = answer.json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Asks the simulated provider about a payment: what it answers, and with which status.
pub async fn asked(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}
