//! From an HTTP request to a GraphQL request.

use std::time::Duration;

use async_graphql::{Request, Variables};
use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, header};
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Failure;

/// The parameters of a request, each of its type or absent.
#[derive(Deserialize)]
struct Parameters {
    query: String,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Variables>,
    #[serde(default)]
    extensions: Option<async_graphql::Extensions>,
}

impl From<Parameters> for Request {
    fn from(parameters: Parameters) -> Self {
        let mut request = Self::new(parameters.query);
        request.operation_name = parameters.operation_name;
        request.variables = parameters.variables.unwrap_or_default();
        request.extensions = parameters.extensions.unwrap_or_default();
        request
    }
}

/// Reads a body of at most `limit` bytes within `timeout`.
pub(crate) async fn read(body: Body, limit: usize, timeout: Duration) -> Result<Vec<u8>, Failure> {
    let reading = async {
        let mut chunks = body.into_data_stream();
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let chunk: Bytes = chunk.map_err(|_| Failure::BodyBroken)?;
            if bytes.len() + chunk.len() > limit {
                swallow(chunks, limit).await;
                return Err(Failure::BodyTooLarge { limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(timeout, reading).await.map_err(|_| Failure::BodyTooSlow(timeout))?
}

/// Takes in a body that nobody wants.
///
/// A client that is still sending when the connection closes often sees a reset and never the
/// answer. So what is not far too long is taken in and thrown away; a client that waits for
/// `100 Continue` has sent nothing yet.
pub(super) async fn discard(body: Body, headers: &HeaderMap, limit: usize, timeout: Duration) {
    if !headers.contains_key(header::EXPECT) {
        // Given up after the same time; the answer is the same either way.
        let _ended = tokio::time::timeout(timeout, swallow(body.into_data_stream(), limit)).await;
    }
}

/// So much is always taken in, in bytes: what is just too large for a small limit is no flood.
const SWALLOWED: usize = 8 * 1024 * 1024;

async fn swallow(mut chunks: BodyDataStream, limit: usize) {
    let mut left = limit.saturating_mul(4).max(SWALLOWED);
    while let Some(Ok(chunk)) = chunks.next().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// Reads the body of a POST.
pub(super) fn from_json(bytes: &[u8]) -> Result<Request, Failure> {
    // Typed first, as it is nearly always right; only a wrong body is read again to say why.
    serde_json::from_slice::<Parameters>(bytes)
        .map(Request::from)
        .map_err(|error| why(bytes, &error))
}

/// Says which parameter is wrong, which serde does not for a wrong type.
fn why(bytes: &[u8], error: &serde_json::Error) -> Failure {
    let value = match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => value,
        Err(error) => return Failure::MalformedJson(error.to_string()),
    };
    let object: Map<String, Value> = match value {
        Value::Object(object) => object,
        Value::Array(_) => return Failure::Batch,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Failure::MalformedJson("an object is needed".to_owned());
        }
    };
    let text = |value: &Value| value.is_string();
    let text_or_null = |value: &Value| value.is_string() || value.is_null();
    let object_or_null = |value: &Value| value.is_object() || value.is_null();
    let bad = |parameter, reason: &str| Failure::BadParameter { parameter, reason: reason.into() };
    match object.get("query") {
        None => return bad("query", "is missing"),
        Some(value) if !text(value) => return bad("query", "must be text"),
        Some(_) => {}
    }
    if object.get("operationName").is_some_and(|value| !text_or_null(value)) {
        return bad("operationName", "must be text");
    }
    for parameter in ["variables", "extensions"] {
        if object.get(parameter).is_some_and(|value| !object_or_null(value)) {
            return bad(parameter, "must be an object");
        }
    }
    // What is left is a name that stands twice.
    Failure::MalformedJson(error.to_string())
}

/// Reads the query string of a GET: texts, and JSON objects for variables and extensions.
pub(super) fn from_query_string(query: &str) -> Result<Request, Failure> {
    let mut found: [Option<String>; 4] = [const { None }; 4];
    const NAMES: [&str; 4] = ["query", "operationName", "variables", "extensions"];
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let Some(place) = NAMES.iter().position(|known| *known == name) else { continue };
        if found[place].replace(value.into_owned()).is_some() {
            let reason = "is given twice".to_owned();
            return Err(Failure::BadParameter { parameter: NAMES[place], reason });
        }
    }
    let [query, operation_name, variables, extensions] = found;
    let query = query.ok_or_else(|| Failure::BadParameter {
        parameter: "query",
        reason: "is missing".to_owned(),
    })?;
    Ok(Parameters {
        query,
        operation_name: operation_name.filter(|name| !name.is_empty()),
        variables: object("variables", variables)?,
        extensions: object("extensions", extensions)?,
    }
    .into())
}

fn object<T: for<'de> Deserialize<'de>>(
    parameter: &'static str,
    text: Option<String>,
) -> Result<Option<T>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    serde_json::from_str::<Option<T>>(&text).map_err(|error| Failure::BadParameter {
        parameter,
        reason: format!("must be a JSON object: {error}"),
    })
}
