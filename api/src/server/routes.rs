//! Every address of the server, in one place.

use async_graphql::Executor;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, middleware};
use serde_json::{Value, json};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;

use super::downloads::{self, Downloads};
use super::services::Services;
use super::webhooks::{self, Door};
use crate::telemetry::{Metrics, track_http};
use cauri_ledger::ledgers::Ledgers;
use cauri_projections::ReadModels;

/// What the server can say about itself.
#[derive(Debug, Clone)]
pub struct Health {
    /// The engines.
    pub ledgers: Ledgers,
    /// The read models.
    pub read_models: ReadModels,
    /// The process managers.
    pub services: Services,
    /// The metrics.
    pub metrics: Metrics,
}

/// Puts the routes together. `graphql` are those of [`crate::graphql_http::routes`].
pub fn routes(graphql: Router, door: Door, downloads: Downloads, health: Health) -> Router {
    let webhooks = Router::new()
        .route("/webhooks/{provider}", post(webhooks::receive).get(webhooks::ping))
        .route("/webhooks/{ledger}/{provider}", post(webhooks::receive_for).get(webhooks::ping_for))
        .with_state(door);
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
        .layer(middleware::from_fn(track_http))
        .layer(CatchPanicLayer::new())
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION, header::COOKIE]))
}

/// Whether GraphQL's routes take this executor: a reminder of what [`routes`] is given.
pub fn graphql<E: Executor>(
    executor: E,
    verifier: std::sync::Arc<crate::auth::Verifier>,
) -> Router {
    crate::graphql_http::routes(executor, verifier, crate::graphql_http::GraphQlSettings::default())
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
                "fault": fault.map(|fault| fault.to_string()),
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
    let database = health.read_models.ready().await;
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
                "failure": status.failure,
            })
        })
        .collect();
    let report = json!({
        "ready": ready,
        "database": database,
        "ledgers": ledgers,
        "readModels": read_models,
        "processes": processes,
    });
    (report, ready)
}

async fn metrics(State(health): State<Health>) -> Response {
    ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], health.metrics.render()).into_response()
}
