//! `/graphql`: one operation over HTTP.

use std::sync::Arc;

use async_graphql::Executor;
use async_graphql::parser::types::OperationType;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use super::negotiate::{Media, is_json, negotiate};
use super::respond::{executed, failed};
use super::{Endpoint, Failure, Guarded, body, graphiql};

/// Answers a GET or POST.
pub(super) async fn answer<E: Executor>(
    State(endpoint): State<Arc<Endpoint<E>>>,
    request: Request,
) -> Response {
    let page = endpoint.settings.graphiql && request.method() != Method::POST;
    let Some(media) = negotiate(request.headers(), page) else {
        return failed(Failure::NotAcceptable, Media::Json);
    };
    if media == Media::Page {
        return graphiql::page();
    }
    match run(&endpoint, request).await {
        Ok(response) => executed(response, media),
        Err(failure) => {
            tracing::debug!(code = failure.code(), %failure, "a request was not run");
            failed(failure, media)
        }
    }
}

async fn run<E: Executor>(
    endpoint: &Endpoint<E>,
    request: Request,
) -> Result<async_graphql::Response, Failure> {
    let by_get = request.method() != Method::POST;
    let (parts, body) = request.into_parts();
    let (limit, timeout) = (endpoint.settings.max_body, endpoint.settings.timeout);
    // Who asks comes first: a bad token costs no reading.
    let admitted = endpoint.verifier.caller(&parts.headers).map_err(Failure::from);
    let admitted = admitted.and_then(|caller| {
        if !by_get {
            check_headers(&parts.headers, limit)?;
        }
        Ok(caller)
    });
    let caller = match admitted {
        Ok(caller) => caller,
        Err(failure) => {
            body::discard(body, &parts.headers, limit, timeout).await;
            return Err(failure);
        }
    };
    let mut operation = if by_get {
        body::from_query_string(parts.uri.query().unwrap_or_default())?
    } else {
        body::from_json(&body::read(body, limit, timeout).await?)?
    };
    match Guarded::<E>::judge(&mut operation)? {
        Some(OperationType::Mutation) if by_get => return Err(Failure::MutationByGet),
        Some(OperationType::Subscription) => return Err(Failure::SubscriptionOverHttp),
        Some(OperationType::Query | OperationType::Mutation) | None => {}
    }
    if let Some(caller) = caller {
        operation.data.insert(caller);
    }
    endpoint.executor.run(operation).await
}

/// Refuses by the headers alone what the body could only confirm.
pub(super) fn check_headers(headers: &HeaderMap, limit: usize) -> Result<(), Failure> {
    if !is_json(headers) {
        return Err(Failure::UnsupportedMediaType);
    }
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Failure::UnsupportedEncoding);
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match length.map(str::parse::<usize>) {
        Some(Ok(length)) if length > limit => Err(Failure::BodyTooLarge { limit }),
        Some(_) | None => Ok(()),
    }
}
