//! A server whose database can be looked into, and webhooks for it.

use std::time::{Duration, Instant};

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::database::{TestDatabase, fresh_database};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

pub const FIELDS: &str = "id provider key kind state bodySha256 keyId receivedAt tries nextTryAt
    error { code field message } revision hasBody";

pub struct Kit {
    pub server: Server,
    pub database: TestDatabase,
}

impl Kit {
    /// A server on an empty ledger that is not open yet.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let database = fresh_database().await;
        let mut all = vec![("DATABASE_URL", database.url.as_str())];
        all.extend_from_slice(variables);
        let server = Server::start_with(&[], &all);
        Self { server, database }
    }

    /// The same with an open ledger.
    pub async fn open(variables: &[(&str, &str)]) -> Self {
        let kit = Self::start(variables).await;
        market::open_ledger(&kit.server).await;
        kit
    }

    pub async fn payin(&self, wallet: Uuid, provider: &str, francs: u64) -> Uuid {
        let payin = new_id();
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
            "amount": francs.to_string(), "currency": "XOF", "provider": provider });
        self.server.done("TOKEN_SERVICE", "initiatePayin", input).await;
        payin
    }

    /// Delivers a body as Stripe would.
    pub async fn stripe(&self, body: &str) -> (u16, Value) {
        self.server.webhook("stripe", STRIPE_SCHEME, body).await
    }

    /// Deliveries, newest first, those of a state if one is given.
    pub async fn deliveries(&self, state: Option<&str>) -> Vec<Value> {
        let query = format!(
            "query($state: DeliveryState) {{ deliveries(state: $state, first: 100) {{
                edges {{ node {{ {FIELDS} }} }} }} }}"
        );
        let data = self.server.graphql("TOKEN_AUDITOR", &query, json!({ "state": state })).await;
        let edges = data["deliveries"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"].clone()).collect()
    }

    pub async fn delivery(&self, id: &str) -> Value {
        let query = format!("query($id: UUID!) {{ delivery(id: $id) {{ {FIELDS} }} }}");
        self.server.graphql("TOKEN_FINANCE", &query, json!({ "id": id })).await["delivery"].clone()
    }

    /// Waits until a delivery stands there.
    pub async fn stands(&self, id: &str, state: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let delivery = self.delivery(id).await;
            if delivery["state"] == state {
                return delivery;
            }
            assert!(Instant::now() < deadline, "it is {delivery}, not {state}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks a field by its id argument; errors and all.
    pub async fn by_id(&self, token: &str, operation: &str, selection: &str, id: &str) -> Value {
        let (kind, field) = operation.split_once(' ').unwrap();
        let query = format!("{kind}($id: UUID!) {{ {field}(id: $id) {selection} }}");
        self.server.try_graphql(token, &query, json!({ "id": id })).await.unwrap()
    }

    /// What a wallet can spend, in francs.
    pub async fn francs(&self, wallet: Uuid) -> String {
        let head = self.server.head().await;
        self.server.available(wallet, "XOF", head).await
    }

    /// A metric's value, of the line that begins so; 0 when there is none.
    pub async fn metric(&self, line: &str) -> String {
        let text = self.server.http().get(self.server.url("/metrics")).send().await.unwrap();
        let text = text.text().await.unwrap();
        let value = text.lines().find_map(|it| it.strip_prefix(line));
        value.map_or_else(|| "0".to_owned(), |value| value.trim().to_owned())
    }
}

/// The id of the delivery that an answer is about.
pub fn id_in(answer: &Value) -> String {
    answer["delivery"].as_str().unwrap_or_else(|| panic!("no delivery in {answer}")).to_owned()
}
