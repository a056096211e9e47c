//! What the senders of webhooks are answered.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::inbox::{Known, Settled, State, StoreError};
use crate::providers::Unconfirmed;
use crate::webhooks::WebhookError;

/// No such ledger is open, or the account may not tell of it.
pub(super) fn unknown_ledger() -> Response {
    let body = json!({ "code": "UNKNOWN_LEDGER", "field": "ledger",
        "message": "this server has no ledger of that name" });
    with(StatusCode::NOT_FOUND, &body)
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
    let body =
        json!({ "code": error.code(), "field": error.field(), "message": error.to_string() });
    with(status, &body)
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
    with(status, &json!({ "code": code, "message": error.to_string() }))
}

/// It could not be kept: to be sent again.
pub(super) fn not_stored(error: &StoreError) -> Response {
    let body = json!({ "code": "NOT_STORED", "message": error.to_string() });
    with(StatusCode::SERVICE_UNAVAILABLE, &body)
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
    let body = json!({ "code": "UNREADABLE_BODY", "field": field, "message": message });
    with(StatusCode::BAD_REQUEST, &body)
}

fn taken(effect: &'static str, revision: Option<u64>, id: Uuid) -> Response {
    let mut body = json!({ "received": true, "effect": effect, "delivery": id });
    if let Some(revision) = revision {
        body["revision"] = revision.into();
    }
    with(StatusCode::OK, &body)
}

fn with(status: StatusCode, body: &Value) -> Response {
    (status, Json(body)).into_response()
}
