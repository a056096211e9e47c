//! A server of several.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::process::{cauri, copy};
use serde_json::{Value, json};
use uuid::Uuid;

/// A running server. It is killed with this.
pub struct Node {
    pub address: String,
    pub process: Child,
    data: tempfile::TempDir,
    http: reqwest::Client,
}

impl Node {
    /// Starts `cauri serve` on that store, with the read models in the same database, and the keys
    /// of another server, if there is one.
    pub fn start(store: &str, lease_seconds: u32, like: Option<&Self>) -> Self {
        Self::start_with(store, Some(store), lease_seconds, like)
    }

    /// The same, with the read models in that database, or in a Postgres of its own.
    pub fn start_with(
        store: &str,
        read_models: Option<&str>,
        lease_seconds: u32,
        like: Option<&Self>,
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        if let Some(other) = like {
            copy(&other.data.path().join("dev-keys"), &data.path().join("dev-keys"));
        }
        // Nobody else takes it in the meantime: the kernel gives out others first.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let lease = lease_seconds.to_string();
        let mut serve = cauri(&["serve", "--dev", "--lease-seconds", &lease]);
        serve.args(["--listen", &free.to_string(), "--data-dir"]).arg(data.path());
        serve.env("CAURI_STORE", store);
        if let Some(read_models) = read_models {
            serve.env("DATABASE_URL", read_models);
        }
        let process = serve.stdout(Stdio::null()).spawn().unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Self { address: format!("http://{free}"), process, data, http }
    }

    /// What it says of itself; null where it says nothing.
    pub async fn ready(&self) -> Value {
        let answer = self.http.get(format!("{}/readyz", self.address)).send().await;
        let Ok(answer) = answer else { return Value::Null };
        answer.json().await.unwrap_or_default()
    }

    /// Waits until what it says of itself is so.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let said = self.ready().await;
            if is_so(&said) {
                return said;
            }
            assert!(Instant::now() < deadline, "{what}: {said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn until_it_leads(&self) {
        self.until("it leads", leads).await;
    }

    pub async fn until_it_stands_by(&self) {
        self.until("it stands by", |said| said["standby"] == true && said["ready"] == true).await;
    }

    pub async fn until_it_answers_queries(&self) {
        self.until("it answers", |said| said["standby"] == true && said["queries"] == true).await;
    }

    /// A token or a secret that the server which began has published.
    pub fn variable(&self, name: &str) -> String {
        variable(self.data.path(), name)
    }

    /// Asks once.
    pub async fn graphql(&self, token: &str, query: &str, variables: Value) -> Option<Value> {
        let request = self.http.post(format!("{}/graphql", self.address)).bearer_auth(token);
        let answer = request.json(&json!({ "query": query, "variables": variables })).send().await;
        let answer: Value = answer.ok()?.json().await.ok()?;
        answer.get("errors").is_none().then(|| answer["data"].clone())
    }

    /// Runs a mutation that must succeed at once; returns its revision.
    pub async fn done(&self, token: &str, name: &str, input: Value) -> u64 {
        let query = mutation(name);
        let data = self.graphql(token, &query, json!({ "input": input })).await;
        let data = data.unwrap_or_else(|| panic!("{name} has no answer"));
        data[name]["revision"].as_u64().unwrap_or_else(|| panic!("{name}: {data}"))
    }

    /// Brings money into a wallet by a webhook that this server gets.
    pub async fn fund(&self, tokens: &Tokens, wallet: Uuid, francs: u64) {
        let payin = Uuid::new_v4();
        let input = json!({ "commandId": Uuid::new_v4(), "payin": payin, "wallet": wallet,
            "amount": francs.to_string(), "currency": "XOF", "provider": "stripe" });
        self.done(&tokens.service, "initiatePayin", input).await;
        let body = market::paid(payin, francs);
        let key = STRIPE_SCHEME.key(&tokens.stripe.clone().into()).unwrap();
        let now = chrono::Utc::now().timestamp();
        let mut request = self.http.post(format!("{}/webhooks/stripe", self.address));
        for (name, value) in STRIPE_SCHEME.sign(&[key], "evt", now, body.as_bytes()) {
            request = request.header(name, value);
        }
        let answer: Value = request.body(body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["effect"], "applied", "{answer}");
    }

    /// What a wallet can spend, read not before `revision`.
    pub async fn available(&self, tokens: &Tokens, wallet: Uuid, revision: u64) -> String {
        let query = "query($id: UUID!, $at: Revision) {
            wallet(id: $id, atLeastRevision: $at) { balances { available } } }";
        let variables = json!({ "id": wallet, "at": revision });
        let data = self.graphql(&tokens.finance, query, variables).await.expect("an answer");
        data["wallet"]["balances"][0]["available"].as_str().unwrap_or("0").to_owned()
    }

    /// Its exit code, once it ends by itself.
    pub async fn ended(&mut self) -> Option<i32> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether what a server says of itself is what one says that holds the lease.
pub fn leads(said: &Value) -> bool {
    said["ready"] == true && said.get("standby").is_none()
}

/// A mutation by its name, answering its revision.
pub fn mutation(name: &str) -> String {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let done = cauri_tests::server::done_type(name);
    format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{ __typename
           ... on Refused {{ code field message }} ... on {done} {{ revision replayed }} }} }}"
    )
}

fn variable(data: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(data.join("dev.env")).unwrap();
    let mut lines = text.lines().map(|line| line.trim_start_matches("export "));
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap();
    value.trim_matches(['\'', '"']).to_owned()
}

/// What all servers take, since they have the same keys.
#[derive(Clone)]
pub struct Tokens {
    pub service: String,
    pub buyer: String,
    pub finance: String,
    pub superadmin: String,
    pub stripe: String,
}

impl Tokens {
    pub fn of(node: &Node) -> Self {
        Self {
            service: node.variable("TOKEN_SERVICE"),
            buyer: node.variable("TOKEN_BUYER"),
            finance: node.variable("TOKEN_FINANCE"),
            superadmin: node.variable("TOKEN_SUPERADMIN"),
            stripe: node.variable("CAURI_STRIPE_WEBHOOK_SECRET"),
        }
    }
}
