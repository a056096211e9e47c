//! A connection of HTTP/1.1, one request after the other.

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::target::Target;

/// One connection.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
}

impl Connection {
    pub(super) async fn open(authority: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(authority).await;
        let stream = stream.with_context(|| format!("{authority} cannot be reached"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // How it ends, the requests on it say.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, authority: authority.to_owned() })
    }

    /// Posts `body`, and returns what is answered.
    pub(super) async fn post(
        &mut self,
        path: &str,
        header: (&str, &str),
        body: Bytes,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::post(path)
            .header("host", &self.authority)
            .header("content-type", "application/json")
            .header(header.0, header.1)
            .body(Full::new(body))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// Runs an operation on a connection; errors in the answer are a failure.
pub(super) async fn graphql(
    connection: &mut Connection,
    token: &str,
    query: &str,
    variables: Value,
) -> anyhow::Result<Value> {
    let body = serde_json::to_vec(&serde_json::json!({ "query": query, "variables": variables }))?;
    let bearer = format!("Bearer {token}");
    let answer = connection.post("/graphql", ("authorization", &bearer), body.into()).await?;
    let mut answer: Value = serde_json::from_slice(&answer.1)?;
    anyhow::ensure!(answer.get("errors").is_none(), "the server answered {answer}");
    Ok(answer["data"].take())
}

/// Where the ledger ends.
pub(super) async fn head(connection: &mut Connection, target: &Target) -> anyhow::Result<u64> {
    let query = "{ ledger { head } }";
    let data = graphql(connection, &target.service, query, Value::Null).await?;
    data["ledger"]["head"].as_u64().context("the ledger is empty")
}
