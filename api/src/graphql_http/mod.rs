//! GraphQL over HTTP and over graphql-transport-ws, for any executor.
//!
//! The HTTP part follows the GraphQL-over-HTTP specification to its optional rules. What it adds:
//! a caller from the bearer token, limits on what one request may cost ([`limits`]), a time limit,
//! and a body that names what was wrong for every refusal ([`Failure`]).
//!
//! - `POST /graphql`: an operation, `application/json` only.
//! - `GET /graphql?query=`: queries only; for a browser, the GraphiQL page.
//! - `GET /graphql/ws`: every kind of operation, protocol `graphql-transport-ws`.
//!
//! No token: the request runs with no [`Caller`](crate::auth::Caller), and fields refuse by
//! default. A bad token: 401, nothing runs. Not here: uploads, batches of operations in an array
//! (commands are batched inside a mutation), the schema.

pub(crate) mod body;
mod failure;
mod graphiql;
mod guard;
mod handler;
pub mod limits;
mod negotiate;
mod order;
mod questions;
mod respond;
mod ws;
mod ws_message;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::Router;
use axum::routing::get;

pub use failure::Failure;
pub use guard::Guarded;
pub use questions::{Question, Questions, Sorted};

use crate::auth::Verifier;

/// What one request or socket may take.
#[derive(Debug, Clone)]
pub struct GraphQlSettings {
    /// The longest request body and socket message, in bytes.
    pub max_body: usize,
    /// The longest that a request may be read, and then run.
    pub timeout: Duration,
    /// How long a new socket may wait with its `connection_init`.
    pub init_timeout: Duration,
    /// How often a silent socket is asked whether it is still there; after twice that it is gone.
    pub heartbeat: Duration,
    /// The most operations that run at once over one socket.
    pub max_operations: usize,
    /// Whether browsers get the GraphiQL page.
    pub graphiql: bool,
}

impl Default for GraphQlSettings {
    fn default() -> Self {
        Self {
            max_body: 4 * 1024 * 1024,
            timeout: Duration::from_secs(10),
            init_timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(20),
            max_operations: 32,
            graphiql: true,
        }
    }
}

/// What the handlers share.
pub(crate) struct Endpoint<E> {
    pub(crate) executor: Guarded<E>,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) settings: GraphQlSettings,
}

/// The routes `/graphql`, `/graphql/ws` and the page's assets, ready to be merged into a router.
///
/// `executor` is a [`Schema`](async_graphql::Schema), built with [`limits::apply`].
pub fn routes<E: Executor>(
    executor: E,
    verifier: Arc<Verifier>,
    settings: GraphQlSettings,
) -> Router {
    let graphiql = settings.graphiql;
    let executor = Guarded::new(executor, settings.timeout);
    let endpoint = Arc::new(Endpoint { executor, verifier, settings });
    let routes = Router::new()
        .route("/graphql", get(handler::answer::<E>).post(handler::answer::<E>))
        .route("/graphql/ws", get(ws::upgrade::<E>))
        .with_state(endpoint);
    if graphiql { routes.merge(graphiql::assets()) } else { routes }
}
