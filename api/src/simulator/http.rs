//! The simulated provider's requests: read, judged by the state, answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use iso_currency::Currency;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use uuid::Uuid;

use super::page;
use super::payins::PayinAnswer;
use super::request::{
    Answer, BeginRequest, CaptureRequest, DisputeRequest, GiveBack, PayRequest, PayoutRequest,
    RefundRequest, Refused, minor,
};
use super::state::Provider;
use super::{Shared, now_ms};

/// All requests it knows.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/v1/payins/{reference}", get(payin_status).post(begin))
        .route("/v1/payins/{reference}/cancel", post(cancel))
        .route("/v1/payins/{reference}/pay", post(pay))
        .route("/pay/{token}", get(page::show).post(page::press))
        .route("/v1/payouts", post(submit))
        .route("/v1/payouts/{key}", get(status))
        .route("/v1/payouts/{key}/return", post(come_back))
        .route("/v1/captures", post(capture))
        .route("/v1/captures/{key}", get(capture_status))
        .route("/v1/refunds", post(refund))
        .route("/v1/refunds/{key}", get(refund_status))
        .route("/v1/payments/{payment}/refunds", post(give_back))
        .route("/v1/payments/{payment}/disputes", post(dispute))
        .fallback(|| async { Problem::not_found("there is nothing at this address") })
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(shared)
}

async fn begin(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let reference = merchants_reference(&reference)?;
    let request: BeginRequest = parse(&body)?;
    check_money(&request.amount, &request.currency)?;
    let is_address =
        |text: &String| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !request.return_url.as_ref().is_none_or(is_address) {
        return Err(Problem::invalid("the return_url is no http or https address"));
    }
    let begun = judge(&shared, move |provider, _| provider.begin(reference, request, now_ms()));
    Ok((StatusCode::CREATED, Json(with_page(&shared, begun.await?))).into_response())
}

async fn payin_status(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
) -> Result<Json<PayinAnswer>, Problem> {
    let reference = merchants_reference(&reference)?;
    let found = shared
        .provider
        .lock()
        .map_err(|_| Problem::unavailable())?
        .payin_status(reference, now_ms())
        .ok_or(Refused::UnknownPayin)?;
    Ok(Json(with_page(&shared, found)))
}

async fn cancel(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
) -> Result<Json<PayinAnswer>, Problem> {
    let reference = merchants_reference(&reference)?;
    let cancelled =
        judge(&shared, move |provider, due_ms| provider.cancel(reference, now_ms(), due_ms));
    Ok(Json(with_page(&shared, cancelled.await?)))
}

fn merchants_reference(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::invalid("the reference is not a UUID"))
}

/// The answer with the address of the buyer's page, where there is one.
fn with_page(shared: &Shared, mut answer: PayinAnswer) -> PayinAnswer {
    let page = |token: &String| format!("{}/pay/{token}", shared.url);
    answer.payment_url = answer.token.as_ref().map(page);
    answer
}

async fn pay(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let reference = merchants_reference(&reference)?;
    let request: PayRequest = parse(&body)?;
    check_money(&request.amount, &request.currency)?;
    if let Some(fee) = &request.fee {
        check_money(fee, &request.currency)?;
    }
    accept(shared, move |provider, due_ms| provider.pay(reference, request, due_ms)).await
}

async fn submit(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let request: PayoutRequest = parse(&body)?;
    check_money(&request.amount, &request.currency)?;
    if !(1..=256).contains(&request.destination.len()) {
        return Err(Problem::invalid("the destination must be 1 to 256 bytes"));
    }
    accept(shared, move |provider, due_ms| provider.payout(&key, request, due_ms)).await
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .filter(|key| is_key(key))
        .map(str::to_owned)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "idempotency_key_missing",
                "the header Idempotency-Key must be 1 to 128 letters, digits, - and _",
            )
        })
}

async fn refund(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let request: RefundRequest = parse(&body)?;
    check_money(&request.amount, &request.currency)?;
    accept(shared, move |provider, due_ms| provider.refund(&key, request, due_ms)).await
}

async fn capture(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let request: CaptureRequest = parse(&body)?;
    check_money(&request.amount, &request.currency)?;
    accept(shared, move |provider, due_ms| provider.capture(&key, &request, due_ms)).await
}

async fn capture_status(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let provider = shared.provider.lock().map_err(|_| Problem::unavailable())?;
    provider
        .capture_status(&key)
        .map(|answer| Json(answer).into_response())
        .ok_or_else(|| Problem::not_found("nothing was captured under this key"))
}

async fn refund_status(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let provider = shared.provider.lock().map_err(|_| Problem::unavailable())?;
    provider
        .refund_status(&key, now_ms())
        .map(|answer| Json(answer).into_response())
        .ok_or_else(|| Problem::not_found("no refund was accepted under this key"))
}

async fn give_back(
    State(shared): State<Arc<Shared>>,
    Path(payment): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let request: GiveBack = parse(&body)?;
    accept(shared, move |provider, due_ms| provider.give_back(&payment, &request, due_ms)).await
}

async fn dispute(
    State(shared): State<Arc<Shared>>,
    Path(payment): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let request: DisputeRequest = parse(&body)?;
    accept(shared, move |provider, due_ms| provider.dispute(&payment, &request, due_ms)).await
}

async fn come_back(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    accept(shared, move |provider, due_ms| provider.come_back(&key, now_ms(), due_ms)).await
}

async fn status(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let provider = shared.provider.lock().map_err(|_| Problem::unavailable())?;
    provider
        .payout_status(&key, now_ms())
        .map(|answer| Json(answer).into_response())
        .ok_or_else(|| Problem::not_found("no payout was accepted under this key"))
}

/// Runs a judgement; what is taken on is answered 202.
pub(super) async fn accept(
    shared: Arc<Shared>,
    judgement: impl FnOnce(&mut Provider, u64) -> Result<Answer, Refused> + Send + 'static,
) -> Result<Response, Problem> {
    let answer = judge(&shared, judgement).await?;
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// Runs a judgement on a thread that may wait for the disk.
async fn judge<A: Send + 'static>(
    shared: &Arc<Shared>,
    judgement: impl FnOnce(&mut Provider, u64) -> Result<A, Refused> + Send + 'static,
) -> Result<A, Problem> {
    let state = Arc::clone(shared);
    let judged = tokio::task::spawn_blocking(move || {
        let mut provider = state.provider.lock().map_err(|_| Problem::unavailable())?;
        let due_ms = now_ms().saturating_add(state.delay_ms);
        judgement(&mut provider, due_ms).map_err(Problem::from)
    })
    .await
    .map_err(|_| Problem::unavailable())?;
    shared.queued.notify_one();
    judged
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|e| Problem::new(StatusCode::BAD_REQUEST, "invalid_request", e.to_string()))
}

fn is_key(key: &str) -> bool {
    (1..=128).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A positive decimal that its currency can hold: what a provider would check.
fn check_money(amount: &str, currency: &str) -> Result<(), Problem> {
    if Currency::from_code(currency).and_then(Currency::exponent).is_none() {
        return Err(Problem::invalid("the currency is not an ISO 4217 code"));
    }
    match minor(amount, currency) {
        Some(_) => Ok(()),
        None => {
            Err(Problem::invalid("the amount is not a positive decimal at its currency's scale"))
        }
    }
}

/// A refusal as it is answered.
#[derive(Serialize)]
pub(super) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
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
