//! What `/metrics` says about HTTP requests. One test, as a process has one recorder.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use cauri_api::telemetry::{Metrics, track_http};
use tower::ServiceExt as _;

#[tokio::test]
async fn requests_are_counted_by_template_and_never_by_id() {
    let metrics = Metrics::install().unwrap();
    assert!(Metrics::install().is_err(), "one recorder a process");
    let router = Router::new()
        .route("/wallets/{id}", get(async || "here"))
        .route("/never", get(async || std::future::pending::<&str>().await))
        .layer(axum::middleware::from_fn(track_http));
    let ask = |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    for id in 0..3 {
        let path = format!("/wallets/secret-{id}");
        assert_eq!(ask("GET", &path).await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(ask("BREW", "/wallets/secret-9").await.unwrap().status().as_u16(), 405);
    assert_eq!(ask("GET", "/nowhere/secret-8").await.unwrap().status().as_u16(), 404);
    // A client that goes away leaves no request in flight.
    {
        let mut gone = std::pin::pin!(ask("GET", "/never"));
        assert!(futures::poll!(&mut gone).is_pending());
        assert!(metrics.render().contains("cauri_http_requests_in_flight 1"));
    }

    metrics.keep_up().abort();
    let text = metrics.render();
    for line in [
        r#"cauri_http_requests_total{route="/wallets/{id}",method="GET",status="2xx"} 3"#,
        r#"cauri_http_requests_total{route="/wallets/{id}",method="other",status="4xx"} 1"#,
        r#"cauri_http_requests_total{route="unmatched",method="GET",status="4xx"} 1"#,
        r#"cauri_http_request_duration_seconds_bucket{route="/wallets/{id}",method="GET",le="10"} 3"#,
        "cauri_http_requests_in_flight 0",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
    assert!(!text.contains("secret"), "{text}");
}
