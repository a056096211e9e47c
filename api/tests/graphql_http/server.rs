//! A server on a free port, with a schema that can do everything a test needs.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Object, Result, Schema, Subscription};
use cauri_api::auth::{Caller, DevKeys, TokenRules, Ttl};
use cauri_api::graphql_http::{GraphQlSettings, limits, routes};
use cauri_domain::{LedgerId, Role};
use futures::stream::{self, BoxStream, StreamExt as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

pub struct Query;

#[Object]
impl Query {
    async fn who(&self, ctx: &Context<'_>) -> Option<String> {
        ctx.data_opt::<Caller>().map(|caller| format!("{}:{}", caller.role, caller.subject))
    }

    async fn add(&self, a: i32, b: i32) -> i32 {
        a + b
    }

    async fn fails(&self) -> Result<Option<i32>> {
        Err("a fault".into())
    }

    async fn panics(&self, #[graphql(default)] not: bool) -> i32 {
        assert!(not, "a secret of the inside");
        0
    }

    async fn never(&self) -> i32 {
        std::future::pending().await
    }

    async fn itself(&self) -> Self {
        Self
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn echo(&self, text: String) -> String {
        text
    }
}

pub struct Subscriptions;

#[Subscription]
impl Subscriptions {
    async fn count(&self, to: i32) -> BoxStream<'static, i32> {
        stream::iter(1..=to).boxed()
    }

    async fn who(&self, ctx: &Context<'_>) -> BoxStream<'static, Option<String>> {
        let who = ctx.data_opt::<Caller>().map(|caller| caller.subject.to_string());
        stream::iter([who]).boxed()
    }

    async fn silent(&self) -> BoxStream<'static, i32> {
        stream::pending().boxed()
    }

    async fn panics(&self) -> BoxStream<'static, i32> {
        stream::once(async { panic!("a secret of the inside") }).boxed()
    }
}

pub struct Server {
    pub address: String,
    pub client: reqwest::Client,
    keys: DevKeys,
    data: TempDir,
}

pub fn settings() -> GraphQlSettings {
    GraphQlSettings { max_body: 64 * 1024, ..GraphQlSettings::default() }
}

pub fn hasty() -> GraphQlSettings {
    let short = Duration::from_millis(100);
    GraphQlSettings { timeout: short, init_timeout: short, ..settings() }
}

impl Server {
    pub async fn start() -> Self {
        Self::with(settings()).await
    }

    pub async fn with(settings: GraphQlSettings) -> Self {
        let data = tempfile::tempdir().unwrap();
        let keys = DevKeys::open(data.path()).unwrap();
        let schema = limits::apply(Schema::build(Query, Mutation, Subscriptions)).finish();
        let verifier = Arc::new(keys.verifier(TokenRules::default()));
        let router = routes(schema, verifier, settings);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, client: reqwest::Client::new(), keys, data }
    }

    pub fn token(&self) -> String {
        let subject = "u-1".parse().unwrap();
        self.keys.mint(&TokenRules::default(), &subject, Role::Buyer, &LedgerId::main(), Ttl::DAY)
    }

    /// A token that ended this long ago.
    pub fn token_ended(&self, ago: Duration) -> String {
        let pem = std::fs::read(self.data.path().join("dev-keys/private.pem")).unwrap();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.keys.kid().to_owned());
        let claims = json!({
            "sub": "u-1", "role": "buyer", "aud": "cauri",
            "exp": (chrono::Utc::now() - ago).timestamp(),
        });
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_pem(&pem).unwrap()).unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// A POST of this body, whatever it is.
    pub fn post(&self, body: impl Into<String>) -> RequestBuilder {
        let request = self.client.post(self.url()).body(body.into());
        request.header("content-type", "application/json")
    }

    /// A POST of this operation, by a client that reads statuses.
    pub fn ask(&self, query: &str) -> RequestBuilder {
        self.post(json!({ "query": query }).to_string())
            .header("accept", "application/graphql-response+json")
    }
}

/// The status and the body of an answer.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The status, code and field of the one error of a request that was not run.
pub async fn refusal(request: RequestBuilder) -> (u16, String, String) {
    let (status, body) = answer(request).await;
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["errors"], "{body}");
    assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{body}");
    let extensions = &body["errors"][0]["extensions"];
    let text = |name: &str| extensions[name].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("field"))
}

pub fn refused(status: u16, code: &str, field: &str) -> (u16, String, String) {
    (status, code.to_owned(), field.to_owned())
}
