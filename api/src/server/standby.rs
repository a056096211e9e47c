//! A server that stands by: it says so, answers what it can by itself ([`super::reads`]), and forwards
//! everything else to the one that holds the lease.

use std::convert::identity;
use std::net::TcpListener;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, Version, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use cauri_ledger::store::postgres::PostgresAddress;
use cauri_ledger::store::postgres::lease::{Holder, Lease};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use super::ServeArgs;
use super::reads::{Asked, Reads};
use crate::telemetry::{Metrics, track_http};

/// How long the holder may take to take a connection.
const CONNECT: Duration = Duration::from_secs(2);

/// Says that a request was forwarded: it is not forwarded again.
const FORWARDED: HeaderName = HeaderName::from_static("cauri-forwarded");

/// Those of one connection, not of the message.
const OF_A_CONNECTION: [HeaderName; 6] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
];

/// For how long queries are answered after the lease has lapsed that was seen last: whoever takes it
/// waits for the appends that are on their way. A server that does not hear of the lease any longer
/// than that may be cut off with a database that is not the primary any more.
const UNHELD: Duration = Duration::from_secs(15);

/// How often is looked for new ledgers.
const KEEP_UP: Duration = Duration::from_secs(1);

/// The first and the longest wait before it is tried again to follow.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Serves until it is stopped; requests under way end by themselves.
#[derive(Debug)]
pub(super) struct Standby {
    standing: Standing,
    following: Option<JoinHandle<()>>,
    until: watch::Sender<()>,
}

/// What requests are judged by.
#[derive(Debug, Clone, Default)]
struct Standing {
    seen: Seen,
    reads: Arc<RwLock<Option<Arc<Reads>>>>,
}

/// Who holds the lease, and until when, as far as is known.
type Seen = Arc<RwLock<Option<(Holder, Instant)>>>;

impl Standby {
    /// Serves on a copy of the listener: who takes over goes on with the other.
    pub(super) fn start(
        listener: &TcpListener,
        metrics: &Metrics,
        args: &ServeArgs,
        store: &PostgresAddress,
    ) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        let standing = Standing::default();
        let (until, mut over) = watch::channel(());
        let metrics = metrics.clone();
        let router = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(move || async move { metrics.render() }))
            .fallback(answer)
            .with_state(standing.clone())
            .layer(middleware::from_fn(track_http));
        // It ends when the sender goes, after the requests that are under way.
        drop(tokio::spawn(async move {
            let over = async move { while over.changed().await.is_ok() {} };
            let served = axum::serve(listener, router).with_graceful_shutdown(over).await;
            if let Err(error) = served {
                tracing::error!(%error, "standing by, but not listening any more");
            }
        }));
        let following = match args.database_url {
            Some(_) => Some(tokio::spawn(follow(standing.clone(), args.clone(), store.clone()))),
            None => {
                tracing::warn!(
                    "without --database-url, read models are in a Postgres of each server's own: \
                     this one forwards queries, too, while it stands by"
                );
                None
            }
        };
        Ok(Self { standing, following, until })
    }

    /// Ends everything that was for standing by.
    pub(super) async fn stop(self) {
        let Self { standing, following, until } = self;
        // From now on requests wait for whoever listens next.
        drop(until);
        if let Some(following) = following {
            following.abort();
            // Until it has ended it may still be about to put something there.
            let _ = following.await;
        }
        let reads = standing.reads.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reads) = reads {
            reads.close().await;
        }
    }

    /// Who holds the lease now; `None` when it is not known.
    pub(super) fn holder_is(&self, holder: Option<Holder>) {
        let until = |holder: Holder| {
            let until = Instant::now() + holder.left;
            (holder, until)
        };
        *self.standing.seen.write().unwrap_or_else(PoisonError::into_inner) = holder.map(until);
    }
}

impl Standing {
    /// The holder whose lease has not lapsed yet.
    fn holder(&self) -> Option<Holder> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().filter(|(_, until)| *until > Instant::now()).map(|(it, _)| it.clone())
    }

    /// What answers queries, where something does.
    fn reads(&self) -> Option<Arc<Reads>> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let is_known = seen.as_ref().is_some_and(|(_, until)| *until + UNHELD > Instant::now());
        drop(seen);
        let reads = self.reads.read().unwrap_or_else(PoisonError::into_inner);
        reads.clone().filter(|_| is_known)
    }
}

/// Follows the store's ledgers as soon as that can be, until it is stopped.
async fn follow(standing: Standing, args: ServeArgs, store: PostgresAddress) {
    let mut wait = AGAIN.0;
    let reads = loop {
        match Reads::open(&args, &store).await {
            Ok(reads) => break Arc::new(reads),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "queries are forwarded meanwhile");
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(AGAIN.1);
    };
    tracing::info!("queries are answered while standing by");
    *standing.reads.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&reads));
    loop {
        tokio::time::sleep(KEEP_UP).await;
        reads.keep_up().await;
    }
}

/// 200 where there is somebody to forward to, else 503.
async fn ready(State(standing): State<Standing>) -> Response {
    let holder = standing.holder();
    let ready = holder.as_ref().is_some_and(|it| !it.address.is_empty());
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let holder = holder.map(|it| json!({ "address": it.address, "epoch": it.epoch }));
    let queries = standing.reads().is_some();
    let said = json!({ "ready": ready, "standby": true, "queries": queries, "holder": holder });
    (status, Json(said)).into_response()
}

/// Answers a query, or forwards.
async fn answer(State(standing): State<Standing>, request: Request) -> Response {
    if request.headers().contains_key(FORWARDED) {
        return unavailable("the lease has just changed hands: ask again");
    }
    let Some(reads) = standing.reads() else { return forward(&standing, request).await };
    let question = match reads.sort(request).await {
        Asked::Here(question) => question,
        Asked::OfHolder(request, caller) => {
            let reached = reach(&standing, request).await;
            if let Some(caller) = caller.filter(|_| was_heard(&reached)) {
                reads.told(&caller);
            }
            return reached.unwrap_or_else(identity);
        }
        Asked::Broken(response) => return response,
    };
    // The first use of a token on a day is on the audit trail, which the holder keeps. Where there
    // is no holder, that is told with a later request.
    if reads.is_untold(&question.caller) {
        let reached = reach(&standing, question.request()).await;
        if was_heard(&reached) {
            reads.told(&question.caller);
            return reached.unwrap_or_else(identity);
        }
    }
    match reads.answer(question).await {
        Ok(response) => response,
        Err(request) => forward(&standing, request).await,
    }
}

/// Whether the holder has looked at who asks.
fn was_heard(reached: &Result<Response, Response>) -> bool {
    reached.as_ref().is_ok_and(|response| !response.status().is_server_error())
}

async fn forward(standing: &Standing, request: Request) -> Response {
    reach(standing, request).await.unwrap_or_else(identity)
}

/// What the holder answers; else what is to be said where it does not.
async fn reach(standing: &Standing, request: Request) -> Result<Response, Response> {
    let Some(holder) = standing.holder() else {
        return Err(unavailable("no server holds the lease at this moment: ask again"));
    };
    let Ok(address) = holder.address.parse::<Url>() else {
        let why = "the server that holds the lease does not say where it is reached";
        return Err(unavailable(why));
    };
    send(&address, request).await.map_err(|lost| match lost {
        Lost::NotSent(error) => {
            tracing::warn!(%address, %error, "the holder cannot be reached");
            unavailable("the server that holds the lease cannot be reached: ask again")
        }
        Lost::NoAnswer(error) => {
            tracing::warn!(%address, %error, "the holder did not answer");
            refused(
                StatusCode::BAD_GATEWAY,
                "the connection was lost: whether it was done is not known; ask again under the \
                 same commandId",
            )
        }
    })
}

/// Why there is no answer.
enum Lost {
    NotSent(String),
    NoAnswer(hyper::Error),
}

/// Sends a request on, as it came, over a connection of its own: one that is kept might be closed
/// by the other end at any time, and then nobody could tell whether a request was read.
async fn send(to: &Url, request: Request) -> Result<Response, Lost> {
    let host = to.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = to.port_or_known_default().unwrap_or(80);
    let connected = tokio::time::timeout(CONNECT, TcpStream::connect((host, port))).await;
    let stream = connected
        .map_err(|_| Lost::NotSent("no connection in time".to_owned()))?
        .map_err(|error| Lost::NotSent(error.to_string()))?;
    // Small requests must not wait for one another; without it they are only slower.
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = http1::handshake::<_, Body>(TokioIo::new(stream))
        .await
        .map_err(|error| Lost::NotSent(error.to_string()))?;
    // It ends with its one exchange, or with what it was upgraded to.
    drop(tokio::spawn(connection.with_upgrades()));

    let (mut request, upgrade) = forwarded(request);
    let ours = upgrade.then(|| hyper::upgrade::on(&mut request));
    let mut response = sender.send_request(request).await.map_err(Lost::NoAnswer)?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(ours) = ours
    {
        let theirs = hyper::upgrade::on(&mut response);
        drop(tokio::spawn(join(ours, theirs)));
    } else {
        strip(response.headers_mut());
    }
    Ok(response.map(Body::new))
}

/// The request as the holder gets it, and whether it asks for another protocol.
fn forwarded(mut request: Request) -> (Request, bool) {
    let upgrade = request.headers().contains_key(header::UPGRADE);
    if !upgrade {
        strip(request.headers_mut());
    }
    if !request.headers().contains_key(header::HOST)
        && let Some(host) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(host.as_str())
    {
        request.headers_mut().insert(header::HOST, host);
    }
    request.headers_mut().insert(FORWARDED, HeaderValue::from_static("1"));
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.version_mut() = Version::HTTP_11;
    (request, upgrade)
}

fn strip(headers: &mut HeaderMap) {
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
}

/// Passes on whatever either end says, until one hangs up.
async fn join(ours: hyper::upgrade::OnUpgrade, theirs: hyper::upgrade::OnUpgrade) {
    let (Ok(ours), Ok(theirs)) = tokio::join!(ours, theirs) else { return };
    let (mut ours, mut theirs) = (TokioIo::new(ours), TokioIo::new(theirs));
    // How a conversation ends is for its two ends to judge.
    let _ = tokio::io::copy_bidirectional(&mut ours, &mut theirs).await;
}

/// Refuses what comes, and keeps back what was answered, once the lease has lapsed: a process that
/// was stopped for a while must not answer from a state that others have moved on from.
pub(super) async fn only_with_lease(
    State(lease): State<Lease>,
    request: Request,
    next: middleware::Next,
) -> Response {
    let lapsed = || unavailable("this server has lost the store's lease: ask again");
    if lease.has_lapsed() {
        return lapsed();
    }
    let response = next.run(request).await;
    if lease.has_lapsed() { lapsed() } else { response }
}

fn unavailable(message: &str) -> Response {
    refused(StatusCode::SERVICE_UNAVAILABLE, message)
}

/// In the form of GraphQL's errors, whoever asked.
fn refused(status: StatusCode, message: &str) -> Response {
    let error = json!({ "message": message, "extensions": { "code": "UNAVAILABLE" } });
    let after = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
    (status, after, Json(json!({ "errors": [error] }))).into_response()
}
