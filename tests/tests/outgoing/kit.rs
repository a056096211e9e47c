//! A ledger in memory, what tells its endpoints, and a receiver over the network.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::task::JoinHandle;
use uuid::Uuid;

use cauri_api::outgoing::address::Allowed;
use cauri_api::outgoing::guard::{Guard, Lookup, SystemLookup};
use cauri_api::outgoing::secrets::MemorySecrets;
use cauri_api::outgoing::sender::Sender;
use cauri_api::outgoing::store::{Row, State as DeliveryState, Store};
use cauri_api::outgoing::{Outgoing, Parts};
use cauri_domain::endpoint::{Add, Endpoint, EndpointUrl, Filter};
use cauri_domain::testing::{endpoint_id, open_wallet, opened, secret_place, service};
use cauri_domain::{Command, CommandId, Event, LedgerId, Revision};
use cauri_ledger::edge::{Clock as _, ManualClock, SystemClock};
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::log;
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore, Head};
use cauri_tests::database::{TestDatabase, fresh_database};
use futures::StreamExt as _;

/// How long anything may take that should happen at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// The secret of endpoint 1, and one to rotate to.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const OTHER_SECRET: &str = "whsec_dGhpcyBpcyBhbm90aGVyIHNlY3JldCBvZiBvdXJz";

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Takes it, or not.
    Status(u16),
    /// Not, and says when to come again.
    RetryAfter(u16, &'static str),
    /// Sends it elsewhere.
    Redirect(&'static str),
    /// Thinks about it for so long first.
    Slow(Duration),
    /// Breaks the connection.
    Cut,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Got {
    pub id: String,
    pub timestamp: i64,
    pub signatures: Vec<String>,
    pub body: Vec<u8>,
    pub taken: bool,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether one of its signatures is of this secret, as another implementation makes them.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = Webhook::new(secret).unwrap();
        let expected = webhook.sign(&self.id, self.timestamp, &self.body).unwrap();
        self.signatures.contains(&expected)
    }
}

#[derive(Debug)]
struct Desk {
    usual: Answer,
    next: VecDeque<Answer>,
    got: Vec<Got>,
}

/// A marketplace's own system.
#[derive(Debug, Clone)]
pub struct Receiver {
    pub port: u16,
    desk: Arc<Mutex<Desk>>,
    _server: Arc<Aborted>,
}

#[derive(Debug)]
struct Aborted(JoinHandle<()>);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let desk = Desk { usual: Answer::Status(204), next: VecDeque::new(), got: Vec::new() };
        let desk = Arc::new(Mutex::new(desk));
        let routes = Router::new().route("/hook", post(receive)).with_state(Arc::clone(&desk));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { port, desk, _server: Arc::new(Aborted(server)) }
    }

    pub fn url(&self) -> EndpointUrl {
        format!("http://127.0.0.1:{}/hook", self.port).parse().unwrap()
    }

    /// What it answers from now on.
    pub fn answers(&self, usual: Answer) {
        self.desk.lock().unwrap().usual = usual;
    }

    /// What it answers next, before it answers as usual.
    pub fn answers_next(&self, next: impl IntoIterator<Item = Answer>) {
        self.desk.lock().unwrap().next.extend(next);
    }

    pub fn got(&self) -> Vec<Got> {
        self.desk.lock().unwrap().got.clone()
    }

    /// The revisions that it took, in order, tests left out.
    pub fn taken(&self) -> Vec<u64> {
        let got = self.got().into_iter().filter(|got| got.taken);
        got.filter_map(|got| got.json()["revision"].as_u64()).collect()
    }

    /// Waits until it has had so many requests.
    pub async fn has(&self, many: usize) -> Vec<Got> {
        until(&format!("{many} requests"), async || self.got().len() >= many).await;
        self.got()
    }
}

async fn receive(
    State(desk): State<Arc<Mutex<Desk>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let answer = {
        let mut desk = desk.lock().unwrap();
        let answer = desk.next.pop_front().unwrap_or_else(|| desk.usual.clone());
        desk.got.push(Got {
            id: text("webhook-id"),
            timestamp: text("webhook-timestamp").parse().unwrap(),
            signatures: text("webhook-signature").split(' ').map(str::to_owned).collect(),
            body: body.to_vec(),
            taken: matches!(answer, Answer::Status(status) if (200..300).contains(&status)),
        });
        answer
    };
    let status = |code: u16| StatusCode::from_u16(code).unwrap();
    match answer {
        Answer::Status(code) => status(code).into_response(),
        Answer::RetryAfter(code, after) => (status(code), [("retry-after", after)]).into_response(),
        Answer::Redirect(to) => (status(307), [("location", to)]).into_response(),
        Answer::Slow(duration) => {
            tokio::time::sleep(duration).await;
            status(204).into_response()
        }
        Answer::Cut => std::panic::resume_unwind(Box::new("the receiver breaks off")),
    }
}

/// Waits until it is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    assert!(waited.is_ok(), "not within {PATIENCE:?}: {what}");
}

/// A ledger whose endpoints are told.
pub struct World {
    pub ledgers: Ledgers,
    pub engine: Engine,
    /// The world's time, which stands still.
    pub clock: Arc<ManualClock>,
    pub secrets: Arc<MemorySecrets>,
    database: TestDatabase,
    pub store: Store,
    pub outgoing: Option<Outgoing>,
    asked: u128,
}

impl World {
    pub async fn start() -> Self {
        Self::over(Arc::new(MemoryStore::new())).await
    }

    pub async fn over(events: Arc<dyn EventStore>) -> Self {
        let options = EngineOptions { test_clock: true, ..EngineOptions::default() };
        let ledgers = Ledgers::open(events, Arc::new(SystemClock), options).await.unwrap();
        let engine = ledgers.create(LedgerId::main()).await.unwrap();
        let database = fresh_database().await;
        cauri_projections::migrate(&database.pool).await.unwrap();
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let secrets = Arc::new(MemorySecrets::default());
        for (number, secret) in [(1, SECRET), (2, OTHER_SECRET)] {
            secrets.put(secret_place(number), endpoint_id(1), secret.to_owned().into());
        }
        let store = Store::new(database.pool.clone());
        let mut world =
            Self { ledgers, engine, clock, secrets, database, store, outgoing: None, asked: 0 };
        world.ask(opened()).await;
        world.tell();
        world
    }

    /// Tells endpoints at loopback addresses.
    pub fn tell(&mut self) {
        self.tell_with(Allowed::default().with_loopback(), SystemLookup);
    }

    pub fn tell_with(&mut self, allowed: Allowed, lookup: impl Lookup) {
        let guard = Guard::new(allowed, lookup);
        let patience = Duration::from_millis(500);
        let parts = Parts {
            store: self.store.clone(),
            sender: Sender::with_patience(guard, patience).unwrap(),
            secrets: self.secrets.clone(),
            clock: self.clock.clone(),
        };
        self.outgoing = Some(Outgoing::start(&self.ledgers, parts));
    }

    /// All that Postgres keeps of endpoints is lost.
    pub async fn forget(&self) {
        for table in ["ledger", "endpoint", "delivery", "secret"] {
            let sql = format!("TRUNCATE outgoing.{table}");
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&self.database.pool).await.unwrap();
        }
    }

    /// Stops telling, in the middle of whatever it does.
    pub async fn stop_telling(&mut self) {
        self.outgoing.take().unwrap().stop().await;
    }

    /// Asks as the back end; returns the revision.
    pub async fn ask(&mut self, command: impl Into<Command>) -> u64 {
        self.asked += 1;
        let id = CommandId(Uuid::from_u128(0xa000 + self.asked));
        let answer = self.engine.ask(Request::new(id, service(), command.into())).await;
        answer.unwrap().revision().unwrap().0
    }

    /// Wallets are opened, so many more; returns their revisions.
    pub async fn wallets(&mut self, many: u128) -> Vec<u64> {
        let mut revisions = Vec::new();
        for _ in 0..many {
            let number = self.asked;
            revisions.push(self.ask(open_wallet(number, "ama")).await);
        }
        revisions
    }

    /// Endpoint 1 is added: it wants everything from its own event on.
    pub async fn add(&mut self, url: EndpointUrl) -> u64 {
        self.add_with(1, url, Filter::default(), None).await
    }

    pub async fn add_with(
        &mut self,
        number: u128,
        url: EndpointUrl,
        filter: Filter,
        from: Option<Revision>,
    ) -> u64 {
        let (endpoint, secret) = (endpoint_id(number), secret_place(1));
        self.ask(Add { endpoint, url, filter, secret, from }).await
    }

    /// What is kept of an endpoint.
    pub async fn row(&self, number: u128) -> Row {
        let row = self.store.endpoint(&LedgerId::main(), endpoint_id(number)).await;
        row.unwrap().expect("it is not removed")
    }

    /// Waits until the row of endpoint 1 is so.
    pub async fn row_is(&self, what: &str, mut is_so: impl FnMut(&Row) -> bool) -> Row {
        until(what, async || {
            let row = self.store.endpoint(&LedgerId::main(), endpoint_id(1)).await.unwrap();
            row.is_some_and(|row| is_so(&row))
        })
        .await;
        self.row(1).await
    }

    /// Waits until a try was not taken and the next is planned; says for when.
    pub async fn due(&self, tries: u32) -> DateTime<Utc> {
        let planned = |row: &Row| row.at.tries == tries && row.at.due_at.is_some();
        self.row_is(&format!("{tries} tries"), planned).await.at.due_at.unwrap()
    }

    /// Sets the world's time to then.
    pub fn set_clock(&self, to: DateTime<Utc>) {
        self.clock.advance((to - self.clock.now()).max(TimeDelta::zero()));
    }

    /// The revisions that were delivered to endpoint 1, or given up, or wait.
    pub async fn deliveries(&self, state: DeliveryState) -> Vec<u64> {
        let (ledger, endpoint) = (LedgerId::main(), endpoint_id(1));
        let found = self.store.deliveries(&ledger, endpoint, Some(state), None, 100).await;
        let mut found: Vec<u64> = found.unwrap().iter().map(|it| it.revision.0).collect();
        found.reverse();
        found
    }

    /// What the ledger has of endpoint 1.
    pub async fn endpoint(&self) -> Endpoint {
        let found = self.engine.read(|state| state.endpoint(endpoint_id(1)).cloned()).await;
        found.unwrap().value.unwrap()
    }

    /// The types of all events of the ledger from a revision on.
    pub async fn events(&self, from: u64) -> Vec<Event> {
        let after = Head::before(Revision(from));
        let mut batches = log::read(self.engine.store(), LedgerId::main(), after);
        let mut events = Vec::new();
        while let Some(batch) = batches.next().await {
            events.extend(batch.unwrap().into_iter().map(|recorded| recorded.event));
        }
        events
    }
}

/// Nothing comes for a while.
pub async fn nothing_more(receiver: &Receiver, work: impl Future<Output = ()>) {
    let before = receiver.got().len();
    work.await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receiver.got().len(), before, "nothing was to be sent");
}
