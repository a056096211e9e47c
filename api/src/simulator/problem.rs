//! Refusals as they are answered: `{code, message}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::request::Refused;

/// A refusal as it is answered.
#[derive(Serialize)]
pub(super) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
    pub(super) fn invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }
    pub(super) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }
    pub(super) fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "try again later")
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (status, code) = match &refused {
            Refused::AlreadyPaid => (StatusCode::UNPROCESSABLE_ENTITY, "already_paid"),
            Refused::Cancelled => (StatusCode::UNPROCESSABLE_ENTITY, "cancelled"),
            Refused::UnknownPayin => (StatusCode::NOT_FOUND, "not_found"),
            Refused::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            Refused::InvalidDestination => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_destination")
            }
            Refused::UnknownPayment => (StatusCode::UNPROCESSABLE_ENTITY, "unknown_payment"),
            Refused::InvalidAmount => (StatusCode::BAD_REQUEST, "invalid_request"),
            Refused::TooLarge => (StatusCode::UNPROCESSABLE_ENTITY, "refund_too_large"),
            Refused::NotAuthorised => (StatusCode::UNPROCESSABLE_ENTITY, "not_authorised"),
            Refused::NotSpoken => (StatusCode::UNPROCESSABLE_ENTITY, "not_spoken"),
            Refused::NotPaid => (StatusCode::UNPROCESSABLE_ENTITY, "not_paid"),
            Refused::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
            Refused::Unavailable(cause) => {
                tracing::error!("the simulated provider cannot write its state: {cause:#}");
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        };
        Self::new(status, code, refused.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
