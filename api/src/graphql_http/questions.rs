//! Queries apart from all else: for a server that answers some of them itself and hands on the rest
//! as it came.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{Executor, Request as GraphQlRequest, ServerError, Value};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use super::negotiate::{Media, negotiate};
use super::respond::{executed, failed};
use super::{Failure, GraphQlSettings, Guarded, body, handler};
use crate::auth::{Caller, Verifier};

/// Takes queries out of what is asked, and answers them.
pub struct Questions<E> {
    executor: Guarded<E>,
    verifier: Arc<Verifier>,
    settings: GraphQlSettings,
}

/// A query of somebody who is known, and the request that it came in.
pub struct Question {
    /// Who asks.
    pub caller: Caller,
    /// What is asked for at the top, fragments spread out.
    pub fields: HashSet<String>,
    operation: GraphQlRequest,
    media: Media,
    parts: Parts,
    body: Bytes,
}

/// What a request is.
#[expect(clippy::large_enum_variant, reason = "one is made for each request")]
pub enum Sorted {
    /// A query.
    Question(Question),
    /// Anything else, or one that only another server may refuse. As it came, and who sent it, where
    /// that was looked at and is known.
    Other(Request, Option<Caller>),
    /// It broke off.
    Broken(Response),
}

impl Question {
    /// The request, as it came.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::from_parts(self.parts.clone(), Body::from(self.body.clone()))
    }
}

impl<E: Executor> Questions<E> {
    /// Over an executor as [`super::routes`] takes it.
    pub fn new(executor: E, verifier: Arc<Verifier>) -> Self {
        let settings = GraphQlSettings::default();
        Self { executor: Guarded::new(executor, settings.timeout), verifier, settings }
    }

    /// Whether this is a query that was asked with a good token, by POST, in a document that holds
    /// nothing but queries.
    pub async fn sort(&self, request: Request) -> Sorted {
        let is_here = request.method() == Method::POST && request.uri().path() == "/graphql";
        let media = negotiate(request.headers(), false).filter(|_| is_here);
        let (Some(media), Some(_)) = (media, self.length(request.headers())) else {
            return Sorted::Other(request, None);
        };
        let Ok(Some(caller)) = self.verifier.caller(request.headers()) else {
            return Sorted::Other(request, None);
        };
        let (parts, body) = request.into_parts();
        let body = match body::read(body, self.settings.max_body, self.settings.timeout).await {
            Ok(body) => Bytes::from(body),
            Err(failure) => return Sorted::Broken(failed(failure, media)),
        };
        match judged::<E>(&body) {
            Some((operation, fields)) => {
                Sorted::Question(Question { caller, fields, operation, media, parts, body })
            }
            None => Sorted::Other(Request::from_parts(parts, Body::from(body)), Some(caller)),
        }
    }

    /// How long the body is, where it says so and may be taken in.
    fn length(&self, headers: &HeaderMap) -> Option<usize> {
        handler::check_headers(headers, self.settings.max_body).ok()?;
        // One of unknown length could not be handed on once it turned out too long.
        headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// The answer; or the request again, where only another server can say what is to be said. An
    /// answer with errors is such a one, unless it only came too late: a refusal is put on record
    /// by whoever keeps the record, and a fault may be a fault of this server alone.
    ///
    /// # Errors
    /// The request, as it came.
    pub async fn answer(&self, question: Question) -> Result<Response, Request> {
        let request = question.request();
        let Question { caller, operation, media, .. } = question;
        match self.executor.run(operation.data(caller)).await {
            Ok(response) if response.errors.iter().all(is_late) => Ok(executed(response, media)),
            Err(late @ Failure::TimedOut(_)) => Ok(failed(late, media)),
            Ok(_) | Err(_) => Err(request),
        }
    }
}

/// The operation, if the document is whole and holds only queries, and its fields at the top.
fn judged<E: Executor>(body: &[u8]) -> Option<(GraphQlRequest, HashSet<String>)> {
    let mut operation = body::from_json(body).ok()?;
    if Guarded::<E>::judge(&mut operation).ok()?? != OperationType::Query {
        return None;
    }
    let fields = top_fields(operation.parsed_query().ok()?)?;
    Some((operation, fields))
}

/// What all operations ask for at the top; `None` where one of them is no query.
fn top_fields(document: &ExecutableDocument) -> Option<HashSet<String>> {
    let (mut fields, mut spread) = (HashSet::new(), HashSet::new());
    for (_, operation) in document.operations.iter() {
        if operation.node.ty != OperationType::Query {
            return None;
        }
        collect(document, &operation.node.selection_set.node, &mut fields, &mut spread);
    }
    Some(fields)
}

/// Each fragment is walked once, however often it is spread.
fn collect<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    fields: &mut HashSet<String>,
    spread: &mut HashSet<&'a str>,
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                fields.insert(field.node.name.node.to_string());
            }
            Selection::InlineFragment(inline) => {
                collect(document, &inline.node.selection_set.node, fields, spread);
            }
            Selection::FragmentSpread(it) => {
                let name = &it.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name)
                    && spread.insert(name.as_str())
                {
                    collect(document, &fragment.node.selection_set.node, fields, spread);
                }
            }
        }
    }
}

/// Whether it says only that the read models did not come so far in time.
fn is_late(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    matches!(code, Some(Value::String(code)) if code == "TIMED_OUT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(body: &[u8]) -> Option<(GraphQlRequest, HashSet<String>)> {
        super::judged::<crate::graphql::AppSchema>(body)
    }

    fn fields(text: &str) -> Option<Vec<String>> {
        let body = serde_json::json!({ "query": text }).to_string();
        let (_, fields) = judged(body.as_bytes())?;
        let mut fields: Vec<_> = fields.into_iter().collect();
        fields.sort_unstable();
        Some(fields)
    }

    #[test]
    fn a_query_names_all_its_fields_at_the_top_by_their_own_names() {
        let asked = fields(
            "query { version: receipt(kind: A, id: 1) { x } ...F ... on Query { me { role } } }
             fragment F on Query { wallets { deep } ...F ...G } fragment G on Query { __typename }",
        );
        assert_eq!(asked.unwrap(), ["__typename", "me", "receipt", "wallets"]);
        // Also of an operation that is not the one asked for: nobody has to know which is.
        let body = serde_json::json!({
            "query": "query A { me { role } } query B { auditTrail { x } }",
            "operationName": "A"
        });
        let (_, fields) = judged(body.to_string().as_bytes()).unwrap();
        assert!(fields.contains("auditTrail"));
    }

    #[test]
    fn what_is_no_query_or_nothing_at_all_is_left_to_others() {
        for text in [
            "mutation { close { code } }",
            "subscription { x }",
            "query A { me { role } } mutation B { close { code } }",
            "query A { version } query B { version }",
            "{ me { role }",
            "",
        ] {
            assert_eq!(fields(text), None, "{text}");
        }
        let named = r#"{"query":"query A { version } mutation B { x }","operationName":"A"}"#;
        assert!(judged(named.as_bytes()).is_none());
        assert!(judged(b"[]").is_none() && judged(b"{\"query\":1}").is_none());
    }
}
