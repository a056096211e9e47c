//! The GraphiQL page, whole in the binary: it asks no other server for anything.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("../../assets/graphiql/page.html");
const PAGE_CSS: &str = include_str!("../../assets/graphiql/page.css");
const PAGE_JS: &str = include_str!("../../assets/graphiql/page.js");
const GRAPHIQL_CSS: &[u8] = include_bytes!("../../assets/graphiql/graphiql.min.css.gz");
const GRAPHIQL_JS: &[u8] = include_bytes!("../../assets/graphiql/graphiql.min.js.gz");
const REACT_JS: &[u8] = include_bytes!("../../assets/graphiql/react.production.min.js.gz");
const REACT_DOM_JS: &[u8] = include_bytes!("../../assets/graphiql/react-dom.production.min.js.gz");

/// A token is pasted into this page, so only this server's own scripts may run in it, and it may
/// talk to this server only. The editor sets styles inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The page itself.
pub(super) fn page() -> Response {
    let mut answer = text(HTML, PAGE);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    answer
}

/// What the page loads.
pub(super) fn assets() -> Router {
    Router::new()
        .route("/graphql/assets/page.css", get(async || text(CSS, PAGE_CSS)))
        .route("/graphql/assets/page.js", get(async || text(JS, PAGE_JS)))
        .route("/graphql/assets/graphiql.css", get(async || gzipped(CSS, GRAPHIQL_CSS)))
        .route("/graphql/assets/graphiql.js", get(async || gzipped(JS, GRAPHIQL_JS)))
        .route("/graphql/assets/react.js", get(async || gzipped(JS, REACT_JS)))
        .route("/graphql/assets/react-dom.js", get(async || gzipped(JS, REACT_DOM_JS)))
}

fn text(kind: &'static str, body: &'static str) -> Response {
    (plain_headers(kind), body).into_response()
}

/// Every browser that can run the page takes gzip, so there is no other form to negotiate.
fn gzipped(kind: &'static str, body: &'static [u8]) -> Response {
    (plain_headers(kind), [(header::CONTENT_ENCODING, "gzip")], body).into_response()
}

const fn plain_headers(kind: &'static str) -> [(HeaderName, &'static str); 3] {
    [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}
