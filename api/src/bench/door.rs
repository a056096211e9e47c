//! The doors: straight into the engine, or GraphQL over HTTP.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use cauri_domain::{CommandId, LedgerId, Money, Role, WalletId, transfer};
use cauri_ledger::engine::{Answer, Engine, Request};
use cauri_sagas::gateway::http::plain_client;

use super::setting::{Setting, Transfer, actor};
use crate::auth::{DevKeys, TokenRules, Ttl};
use crate::graphql_http::{self, GraphQlSettings};

/// A way to ask for transfers.
pub(super) trait Door: Send + Sync + 'static {
    /// Asks for all of them, and returns when all are acknowledged.
    fn ask(
        &self,
        caller: usize,
        transfers: Vec<Transfer>,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Straight into the engine.
pub(super) struct Process {
    engine: Engine,
    one: Money,
}

impl Process {
    pub(super) fn new(setting: &Setting) -> Self {
        let xof = "XOF".parse().expect("an ISO 4217 code");
        let one = Money::from_minor(1, xof).expect("more than nothing");
        Self { engine: setting.engine.clone(), one }
    }

    async fn transfer(&self, transfer: Transfer) -> anyhow::Result<()> {
        let (from, to) = (WalletId(transfer.from), WalletId(transfer.to));
        let command = transfer::Make { from, to, amount: self.one };
        let answer =
            self.engine.ask(Request::new(CommandId(transfer.id), actor(), command)).await?;
        ensure!(matches!(answer, Answer::Done { replayed: false, .. }), "a transfer was not new");
        Ok(())
    }
}

impl Door for Process {
    async fn ask(&self, _caller: usize, transfers: Vec<Transfer>) -> anyhow::Result<()> {
        if let [only] = transfers[..] {
            return self.transfer(only).await;
        }
        try_join_all(transfers.into_iter().map(|transfer| self.transfer(transfer))).await?;
        Ok(())
    }
}

/// GraphQL over HTTP on loopback, a connection for each caller. No read models are attached, so
/// this is the cost of the door and the ledger alone.
pub(super) struct GraphQl {
    clients: Vec<reqwest::Client>,
    url: String,
    token: String,
    server: tokio::task::JoinHandle<()>,
}

const ONE: &str = "mutation($input: TransferInput!) { transfer(input: $input) {
    __typename ... on TransferCompleted { replayed } } }";
const MANY: &str = "mutation($inputs: [TransferInput!]!) { transferBatch(inputs: $inputs) {
    __typename } }";

impl GraphQl {
    pub(super) async fn open(setting: &Setting, callers: usize) -> anyhow::Result<Self> {
        let folder = tempfile_dir()?;
        let keys = DevKeys::open(&folder)?;
        std::fs::remove_dir_all(&folder)?;
        let rules = TokenRules::default();
        let subject = actor().subject;
        let token = keys.mint(&rules, &subject, Role::Service, &LedgerId::main(), Ttl::DAY);
        let schema =
            crate::graphql::build(setting.ledgers.clone(), crate::graphql::Parts::default());
        let verifier = Arc::new(keys.verifier(rules));
        let routes = graphql_http::routes(schema, verifier, GraphQlSettings::default());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/graphql", listener.local_addr()?);
        let server = tokio::spawn(async move {
            // It is aborted when the row is done.
            let _ = axum::serve(listener, routes).await;
        });
        let client = || plain_client().pool_max_idle_per_host(1).build();
        let clients = (0..callers).map(|_| client()).collect::<Result<_, _>>()?;
        Ok(Self { clients, url, token, server })
    }

    async fn post(&self, caller: usize, body: &Value) -> anyhow::Result<Value> {
        let answer = self.clients[caller].post(&self.url).bearer_auth(&self.token).json(body);
        let answer: Value = answer.send().await?.json().await?;
        ensure!(answer.get("errors").is_none(), "the server answered {answer}");
        Ok(answer)
    }
}

impl Drop for GraphQl {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn input(transfer: &Transfer) -> Value {
    json!({ "commandId": transfer.id, "from": transfer.from, "to": transfer.to,
        "amount": "1", "currency": "XOF" })
}

impl Door for GraphQl {
    async fn ask(&self, caller: usize, transfers: Vec<Transfer>) -> anyhow::Result<()> {
        if let [only] = &transfers[..] {
            let body = json!({ "query": ONE, "variables": { "input": input(only) } });
            let answer = self.post(caller, &body).await?;
            ensure!(answer["data"]["transfer"]["replayed"] == false, "it was answered {answer}");
            return Ok(());
        }
        let inputs: Vec<_> = transfers.iter().map(input).collect();
        let body = json!({ "query": MANY, "variables": { "inputs": inputs } });
        let answer = self.post(caller, &body).await?;
        let results = answer["data"]["transferBatch"].as_array().context("no list came back")?;
        let done = results.iter().filter(|it| it["__typename"] == "TransferCompleted").count();
        ensure!(done == transfers.len(), "{done} of {} transfers were made", transfers.len());
        Ok(())
    }
}

/// A new folder that nobody else uses.
fn tempfile_dir() -> std::io::Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("cauri-bench-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
