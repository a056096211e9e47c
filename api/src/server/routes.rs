//! Every address of the server, in one place.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, middleware};
use serde_json::{Value, json};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

use super::downloads::{self, Downloads};
use super::services::Services;
use super::webhooks::{self, Door};
use crate::outgoing::Outgoing;
use crate::telemetry::{Metrics, track_http};
use crate::trail::Recorder;
use cauri_ledger::ledgers::Ledgers;
use cauri_projections::ReadModels;

/// How long the database may take to answer before it is called away.
const DATABASE_PATIENCE: Duration = Duration::from_millis(1500);

/// What the server can say about itself.
#[derive(Debug, Clone)]
pub struct Health {
    /// The engines.
    pub ledgers: Ledgers,
    /// The read models.
    pub read_models: ReadModels,
    /// The process managers.
    pub services: Services,
    /// Outgoing webhooks.
    pub outgoing: Outgoing,
    /// The audit trail.
    pub recorder: Recorder,
    /// The metrics.
    pub metrics: Metrics,
}

/// Puts the routes together. `graphql` are those of [`crate::graphql_http::routes`].
pub fn routes(graphql: Router, door: Door, downloads: Downloads, health: Health) -> Router {
    let webhooks = Router::new()
        .route("/webhooks/{provider}", post(webhooks::receive).get(webhooks::ping))
        .route("/webhooks/{ledger}/{provider}", post(webhooks::receive_for).get(webhooks::ping_for))
        .with_state(Arc::new(door));
    let downloads =
        Router::new().route("/reports/{ledger}/{id}", get(downloads::fetch)).with_state(downloads);
    let health = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health);
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/graphql") }))
        .merge(graphql)
        .merge(webhooks)
        .merge(downloads)
        .merge(health)
        .layer(middleware::from_fn(close_unread))
        .layer(middleware::from_fn(track_http))
        .layer(CatchPanicLayer::new())
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION, header::COOKIE]))
}

/// Whether GraphQL's routes take this executor: a reminder of what [`routes`] is given.
pub fn graphql<E: Executor>(executor: E, verifier: Arc<crate::auth::Verifier>) -> Router {
    crate::graphql_http::routes(executor, verifier, crate::graphql_http::GraphQlSettings::default())
}

/// Says that a connection ends where a body was not read to its end: a client that used it again
/// would find it closed under its next request.
async fn close_unread(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// 200 when every part works, else 503; the parts either way.
async fn ready(State(health): State<Health>) -> Response {
    let (report, ready) = report(&health).await;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

async fn report(health: &Health) -> (Value, bool) {
    let mut ready = true;
    let ledgers: Vec<Value> = health
        .ledgers
        .engines()
        .iter()
        .map(|engine| {
            let (opened, fault) = (engine.opened(), engine.fault());
            ready &= fault.is_none();
            json!({
                "ledger": engine.ledger(),
                "head": engine.head().to_string(),
                "startedFromSnapshot": opened.snapshot.map(|revision| revision.0),
                "replayedAtStart": opened.replayed,
                "fault": fault.map(|fault| fault.told()),
            })
        })
        .collect();
    let read_models: Vec<Value> = health
        .read_models
        .status()
        .iter()
        .map(|status| {
            ready &= status.failure.is_none();
            json!({
                "ledger": status.ledger,
                "applied": status.applied.to_string(),
                "lag": status.lag,
                "failure": status.failure,
            })
        })
        .collect();
    // The pool waits longer for a connection than whoever asks this does.
    let database = tokio::time::timeout(DATABASE_PATIENCE, health.read_models.ready()).await;
    let database = database.unwrap_or(false);
    ready &= database;
    let processes: Vec<Value> = health
        .services
        .status()
        .iter()
        .map(|status| {
            json!({
                "ledger": status.ledger,
                "timers": status.timers,
                "nextDue": status.next_due,
                "openPayouts": status.open_payouts,
                "providers": status.providers,
                "waitingForProvider": status.waiting_for_provider,
                "withoutProvider": status.without_provider,
                "failure": status.failure,
            })
        })
        .collect();
    let endpoints: Vec<Value> = health
        .outgoing
        .status()
        .iter()
        .map(|(ledger, standing)| {
            json!({
                "ledger": ledger,
                "enabled": standing.enabled,
                "failing": standing.failing,
                "disabled": standing.disabled,
                "mostBehind": standing.most_behind,
                "stuck": standing.stuck,
                "isStuck": standing.is_stuck,
            })
        })
        .collect();
    let trail = health.recorder.trail().fault();
    ready &= trail.is_none();
    let report = json!({
        "ready": ready,
        "auditTrail": { "failure": trail.map(|fault| fault.to_string()) },
        "database": database,
        "ledgers": ledgers,
        "readModels": read_models,
        "processes": processes,
        "endpoints": endpoints,
    });
    (report, ready)
}

async fn metrics(State(health): State<Health>) -> Response {
    ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], health.metrics.render()).into_response()
}
