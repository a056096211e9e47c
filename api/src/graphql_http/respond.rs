//! From a GraphQL response to an HTTP response.

use async_graphql::{ErrorExtensionValues, Response as GraphQlResponse, ServerError, Value};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Failure;
use super::negotiate::Media;
use crate::auth::AuthError;

/// A response without a `data` entry: nothing was run.
#[derive(Serialize)]
struct OnlyErrors<'a> {
    errors: &'a [ServerError],
}

/// Whether the operation was refused before it ran: nothing has a place in the data.
pub(super) fn is_request_error(response: &GraphQlResponse) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Gives errors that the library made a code, so that every error has one.
pub(super) fn with_codes(errors: &mut [ServerError]) {
    for error in errors {
        let values = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        if values.get("code").is_none() {
            values.set("code", "GRAPHQL_VALIDATION_FAILED");
        }
    }
}

/// Answers with the outcome of an operation.
pub(super) fn executed(mut response: GraphQlResponse, media: Media) -> Response {
    with_codes(&mut response.errors);
    if is_request_error(&response) {
        let status = match media {
            Media::GraphQl => StatusCode::BAD_REQUEST,
            Media::Json | Media::Page => StatusCode::OK,
        };
        return json(status, media, &OnlyErrors { errors: &response.errors });
    }
    let headers = std::mem::take(&mut response.http_headers);
    let mut answer = json(StatusCode::OK, media, &response);
    answer.headers_mut().extend(headers);
    answer
}

/// Answers with a failure.
pub(super) fn failed(failure: Failure, media: Media) -> Response {
    let status = match media {
        Media::Json | Media::Page if failure.is_about_the_operation() => StatusCode::OK,
        Media::Json | Media::Page | Media::GraphQl => failure.status(),
    };
    let extra = match &failure {
        Failure::MutationByGet => Some((header::ALLOW, HeaderValue::from_static("POST"))),
        Failure::UnsupportedMediaType => Some((
            header::HeaderName::from_static("accept-post"),
            HeaderValue::from_static("application/json"),
        )),
        // The rest of the body is not read, so the connection cannot be used again.
        Failure::BodyTooLarge { .. } | Failure::BodyTooSlow(_) => {
            Some((header::CONNECTION, HeaderValue::from_static("close")))
        }
        Failure::TimedOut(_) => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
        Failure::Auth(error) => Some((header::WWW_AUTHENTICATE, AuthError::challenge(error))),
        Failure::NotAcceptable
        | Failure::UnsupportedEncoding
        | Failure::BodyBroken
        | Failure::MalformedJson(_)
        | Failure::Batch
        | Failure::BadParameter { .. }
        | Failure::MissingVariable { .. }
        | Failure::Parse(_)
        | Failure::TooCostly { .. }
        | Failure::SubscriptionOverHttp
        | Failure::Fault { .. } => None,
    };
    let mut answer = json(status, media, &OnlyErrors { errors: &[failure.into_error()] });
    answer.headers_mut().extend(extra);
    answer
}

fn json(status: StatusCode, media: Media, body: &impl Serialize) -> Response {
    let media = match media {
        Media::Page => Media::Json,
        Media::GraphQl | Media::Json => media,
    };
    let bytes =
        serde_json::to_vec(body).expect("a GraphQL response has text keys and finite numbers");
    let mut answer = Response::new(Body::from(bytes));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    // Balances are private and change.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

impl IntoResponse for Failure {
    /// For doors that do not negotiate: plain JSON, with the status that says how it ended.
    fn into_response(self) -> Response {
        let status = self.status();
        let mut answer = failed(self, Media::Json);
        *answer.status_mut() = status;
        answer
    }
}

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        Failure::from(self).into_response()
    }
}
