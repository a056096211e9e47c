//! What is measured of every HTTP request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics::{gauge, histogram};

const REQUESTS: &str = "cauri_http_requests_total";
const SECONDS: &str = "cauri_http_request_duration_seconds";
const IN_FLIGHT: &str = "cauri_http_requests_in_flight";

pub(super) fn describe() {
    describe_counter!(REQUESTS, "HTTP requests by route, method and class of status");
    describe_histogram!(SECONDS, Unit::Seconds, "Time from an HTTP request's head to its answer's");
    describe_gauge!(IN_FLIGHT, "HTTP requests that are being answered");
}

/// Counts and times each request: `Router::layer(axum::middleware::from_fn(track_http))`, added
/// last, so that routes are known and everything inside is timed.
///
/// The route is its template, never the path as asked. A socket counts as its upgrade.
pub async fn track_http(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = known(request.method());
    let started = Instant::now();
    let in_flight = InFlight::enter();
    let response = next.run(request).await;
    drop(in_flight);
    let took = started.elapsed().as_secs_f64();
    histogram!(SECONDS, "route" => route.clone(), "method" => method).record(took);
    let status = class(response.status());
    counter!(REQUESTS, "route" => route, "method" => method, "status" => status).increment(1);
    response
}

/// Leaves also when the client goes away and the request is dropped half-way.
struct InFlight;

impl InFlight {
    fn enter() -> Self {
        gauge!(IN_FLIGHT).increment(1);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1);
    }
}

/// A client may make up any method, so only the known ones are labels.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
