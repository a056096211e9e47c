//! The simulated provider's requests: read, judged by the state, answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use iso_currency::Currency;
use serde::de::DeserializeOwned;
use url::Url;
use uuid::Uuid;

use super::doors::{
    accept, judge, misbehaving, reset_misbehaviour, set_misbehaviour, show_misbehaviour,
};
use super::misbehaviour::Misbehave;
use super::page;
use super::payins::PayinAnswer;
use super::problem::Problem;
use super::request::{
    BeginRequest, CaptureRequest, DisputeRequest, GiveBack, PayRequest, PayoutRequest,
    RefundRequest, Refused, minor,
};
use super::speak::Tongue;
use super::{Shared, now_ms};

/// All requests it knows.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
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
        .route("/v1/webhooks/{key}", get(tally))
        .fallback(|| async { Problem::not_found("there is nothing at this address") })
        .layer(from_fn_with_state(Arc::clone(&shared), misbehaving))
        // Below: the doors that answer whatever goes wrong.
        .route("/healthz", get(|| async { "ok" }))
        .route(
            "/v1/misbehaviour",
            get(show_misbehaviour).put(set_misbehaviour).delete(reset_misbehaviour),
        )
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
    check_tongue(&shared, request.speak)?;
    let key = reference.to_string();
    let begun = judge(&shared, key, None, move |it, _| it.begin(reference, request, now_ms()));
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
    let key = reference.to_string();
    let cancelled =
        judge(&shared, key, None, move |it, course| it.cancel(reference, now_ms(), course));
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
    check_tongue(&shared, request.speak)?;
    let own = usable(request.misbehave.clone())?;
    if let Some(own) = &own {
        let amount = own.amount.as_ref().unwrap_or(&request.amount);
        check_money(amount, own.currency.as_ref().unwrap_or(&request.currency))?;
    }
    let key = reference.to_string();
    accept(shared, key, own, move |it, course| it.pay(reference, request, course)).await
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
    let own = usable(request.own_misbehaviour())?;
    let keys = key.clone();
    accept(shared, key, own, move |it, course| it.payout(&keys, request, course)).await
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
    let own = usable(request.misbehave.clone())?;
    let keys = key.clone();
    accept(shared, key, own, move |it, course| it.refund(&keys, request, course)).await
}

async fn capture(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let request: CaptureRequest = parse(&body)?;
    check_money(&request.amount, &request.currency)?;
    let keys = key.clone();
    accept(shared, key, None, move |it, course| it.capture(&keys, &request, course)).await
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
    let own = usable(request.misbehave.clone())?;
    let key = payment.clone();
    accept(shared, key, own, move |it, course| it.give_back(&payment, &request, course)).await
}

async fn dispute(
    State(shared): State<Arc<Shared>>,
    Path(payment): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let request: DisputeRequest = parse(&body)?;
    let own = usable(request.misbehave.clone())?;
    let key = payment.clone();
    accept(shared, key, own, move |it, course| it.dispute(&payment, &request, course)).await
}

async fn come_back(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let keys = key.clone();
    accept(shared, key, None, move |it, course| it.come_back(&keys, now_ms(), course)).await
}

/// What became of a request's webhooks: how many wait, were taken, were lost on purpose.
async fn tally(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let provider = shared.provider.lock().map_err(|_| Problem::unavailable())?;
    let tally = provider.queue.tally(&key).map(|tally| Json(tally).into_response());
    tally.ok_or_else(|| Problem::not_found("nothing was told of this"))
}

/// Nothing is told in a form that it has no secret for.
fn check_tongue(shared: &Shared, tongue: Tongue) -> Result<(), Problem> {
    match shared.keys.of(tongue) {
        [] => Err(Refused::NotSpoken.into()),
        [..] => Ok(()),
    }
}

/// A misbehaviour that is within bounds.
fn usable(own: Option<Misbehave>) -> Result<Option<Misbehave>, Problem> {
    match own.as_ref().and_then(Misbehave::unusable) {
        Some(field) => Err(Problem::invalid(&format!("misbehave.{field} is out of bounds"))),
        None => Ok(own),
    }
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

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
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
