//! What the senders of webhooks are answered.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::graphql_http::Failure;
use crate::inbox::{Known, Settled, State, StoreError};
use crate::providers::Unconfirmed;
use crate::webhooks::WebhookError;

/// The account does not name this ledger, whether or not there is one. Whoever asks is not proved
/// yet, and is told nothing of ledgers.
pub(super) fn not_of_ledger(provider: &str) -> Response {
    let message = format!(
        "the account {provider} is not for this ledger: `ledgers` in its configuration lists those \
         that it is for"
    );
    refused(StatusCode::NOT_FOUND, "NOT_OF_LEDGER", Some("ledger"), &message)
}

/// No such ledger is open.
pub(super) fn unknown_ledger() -> Response {
    let message = "this server has no ledger of that name";
    refused(StatusCode::NOT_FOUND, "UNKNOWN_LEDGER", Some("ledger"), message)
}

/// The sender is not proved, or nothing of the body can be read.
pub(super) fn rejected(error: &WebhookError) -> Response {
    let status = match error {
        WebhookError::UnknownProvider => StatusCode::NOT_FOUND,
        WebhookError::BadSignature | WebhookError::StaleTimestamp { .. } => {
            StatusCode::UNAUTHORIZED
        }
        WebhookError::MissingHeader { .. }
        | WebhookError::MalformedHeader { .. }
        | WebhookError::UnreadableBody { .. } => StatusCode::BAD_REQUEST,
    };
    let code = error.code().to_ascii_uppercase();
    refused(status, &code, error.field(), &error.to_string())
}

/// The body is too long, or did not arrive.
pub(super) fn unread(failure: &Failure) -> Response {
    refused(failure.status(), failure.code(), failure.field(), &failure.to_string())
}

/// What is only hinted at and not confirmed is not kept: it is to be sent again, unless the provider
/// itself knows nothing of it.
pub(super) fn unconfirmed(error: &Unconfirmed) -> Response {
    let (status, code) = match error {
        Unconfirmed::Denied => (StatusCode::UNAUTHORIZED, "NOT_THE_PROVIDERS"),
        Unconfirmed::Unknown(_) | Unconfirmed::NotConfigured | Unconfirmed::Unreadable(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "UNCONFIRMED")
        }
    };
    refused(status, code, None, &error.to_string())
}

/// It names another token than its payment was begun with.
pub(super) fn bad_token() -> Response {
    let message = "the token is none that this payment was begun with";
    refused(StatusCode::UNAUTHORIZED, "BAD_TOKEN", Some("notify_token"), message)
}

/// What its payment was begun with cannot be read now: to be sent again.
pub(super) fn not_compared() -> Response {
    let message = "the token cannot be compared now";
    refused(StatusCode::SERVICE_UNAVAILABLE, "UNCONFIRMED", None, message)
}

/// It came before and was done with, and what it means now could not be applied: to be sent again.
pub(super) fn not_applied() -> Response {
    let message = "it came before, and what it says now could not be applied in time";
    refused(StatusCode::SERVICE_UNAVAILABLE, "NOT_APPLIED", None, message)
}

/// It could not be kept: to be sent again.
pub(super) fn not_stored(error: &StoreError) -> Response {
    refused(StatusCode::SERVICE_UNAVAILABLE, "NOT_STORED", None, &error.to_string())
}

/// It came before, and is done with.
pub(super) fn repeated(known: &Known) -> Response {
    match known.state {
        State::Applied => taken("already", known.revision, known.id),
        State::NoEffect | State::Stored | State::Waiting | State::Dead => {
            taken("none", None, known.id)
        }
    }
}

/// It is kept, and being applied.
pub(super) fn stored(id: Uuid) -> Response {
    taken("stored", None, id)
}

/// What became of it.
pub(super) fn settled(settled: &Settled, id: Uuid) -> Response {
    match settled {
        Settled::None => taken("none", None, id),
        Settled::Already(revision) => taken("already", *revision, id),
        Settled::Applied(revision) => taken("applied", *revision, id),
        Settled::Unavailable(..) => taken("waiting", None, id),
        Settled::Unreadable(field, message) => unreadable(field, message),
        Settled::Denied => unconfirmed(&Unconfirmed::Denied),
        Settled::Refused(refusal) => {
            let body = json!({ "received": true, "effect": "dead", "delivery": id,
                "code": refusal.code(), "field": refusal.field(), "message": refusal.to_string() });
            with(StatusCode::OK, &body)
        }
    }
}

/// What it says of money cannot be read exactly.
pub(super) fn unreadable(field: &str, message: &str) -> Response {
    refused(StatusCode::BAD_REQUEST, "UNREADABLE_BODY", Some(field), message)
}

fn taken(effect: &'static str, revision: Option<u64>, id: Uuid) -> Response {
    let mut body = json!({ "received": true, "effect": effect, "delivery": id });
    if let Some(revision) = revision {
        body["revision"] = revision.into();
    }
    with(StatusCode::OK, &body)
}

/// Every answer that is no 200 looks like this; `field` is null where it is about the whole.
fn refused(status: StatusCode, code: &str, field: Option<&str>, message: &str) -> Response {
    with(status, &json!({ "code": code, "field": field, "message": message }))
}

fn with(status: StatusCode, body: &Value) -> Response {
    (status, Json(body)).into_response()
}
