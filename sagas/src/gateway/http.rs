//! Asking a provider over HTTP: an answer that is bounded, or a word for what happened.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode, Url};

use super::{PayoutStatus, Submitted};

/// How a client of this address is built: with TLS it trusts whom the machine trusts, and plain
/// HTTP is spoken also by a machine that has no certificates at all.
pub fn client(address: &Url) -> ClientBuilder {
    if address.scheme() == "http" { plain_client() } else { Client::builder() }
}

/// How a client is built that only ever speaks plain HTTP.
pub fn plain_client() -> ClientBuilder {
    Client::builder().tls_certs_only(None)
}

/// What a provider answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Vec<u8>,
    /// How long it asks to be left alone (`Retry-After` in seconds; a date there is not read, since
    /// it would be compared with a clock that is not ours).
    pub pause: Option<Duration>,
}

/// Why there is no answer to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened, a short code such as `timed_out` or `status_503`.
    pub why: String,
    /// How long the provider asks to be left alone.
    pub pause: Option<Duration>,
}

impl Trouble {
    /// Something that only a code says.
    #[must_use]
    pub fn of(why: &str) -> Self {
        Self { why: why.to_owned(), pause: None }
    }
}

/// No connection was made.
const NOT_REACHED: &str = "not_reached";

impl Trouble {
    /// What a submission ended with whose only request had this trouble, or whose requests before
    /// it changed nothing.
    #[must_use]
    pub fn of_submission(self) -> Submitted {
        if self.why == NOT_REACHED { Submitted::NotSent { why: self.why } } else { self.into() }
    }
}

impl From<Trouble> for Submitted {
    fn from(Trouble { why, pause }: Trouble) -> Self {
        match pause {
            Some(pause) => Self::Busy { why, pause },
            None => Self::Unknown { why },
        }
    }
}

impl From<Trouble> for PayoutStatus {
    fn from(Trouble { why, pause }: Trouble) -> Self {
        match pause {
            Some(pause) => Self::Busy { why, pause },
            None => Self::Unknown { why },
        }
    }
}

impl Answer {
    /// The status as a trouble: it says nothing of what was asked.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        let is_busy =
            matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let why = format!("status_{}", self.status.as_u16());
        Trouble { why, pause: self.pause.filter(|_| is_busy) }
    }
}

/// Whether this process is still the one that asks.
struct Gate(Box<dyn Fn() -> bool + Send + Sync>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// Where several processes share a store, one of them asks, for as long as it holds the store's
/// lease. The lease is the process's, and so is this door.
static GATE: OnceLock<Gate> = OnceLock::new();

/// What is not asked because another process does by now.
pub const NOT_OURS: &str = "lease_lapsed";

/// From now on nobody is asked when `may_ask` says no. The first call counts.
pub fn only_while(may_ask: impl Fn() -> bool + Send + Sync + 'static) {
    // A second caller would have the same lease: a process takes part once.
    let _ = GATE.set(Gate(Box::new(may_ask)));
}

/// Whether anybody outside may be asked or told something now.
#[must_use]
pub fn may_ask() -> bool {
    GATE.get().is_none_or(|gate| (gate.0)())
}

/// Sends a request and reads at most `longest` bytes of its answer.
///
/// # Errors
/// With a short code, such as `timed_out`, where there is no answer to use.
pub async fn answer(request: RequestBuilder, longest: usize) -> Result<Answer, &'static str> {
    if !may_ask() {
        return Err(NOT_OURS);
    }
    let mut answer = request.send().await.map_err(|e| fault(&e))?;
    let (status, pause) = (answer.status(), pause(answer.headers()));
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| fault(&e))? {
        if body.len() + chunk.len() > longest {
            return Err("answer_too_long");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body, pause })
}

/// As [`answer`], for whom the status and the body are enough.
///
/// # Errors
/// With a short code, such as `timed_out`, where there is no answer to use.
pub async fn ask(
    request: RequestBuilder,
    longest: usize,
) -> Result<(StatusCode, Vec<u8>), &'static str> {
    answer(request, longest).await.map(|answer| (answer.status, answer.body))
}

/// Whether a code of what happened says that the provider is not there, or not well: an outage.
#[must_use]
pub fn is_outage(why: &str) -> bool {
    match why.strip_prefix("status_") {
        Some(status) => {
            matches!(status, "408" | "429") || (status.len() == 3 && status.starts_with('5'))
        }
        None => matches!(why, "timed_out" | "not_reached" | "connection_lost"),
    }
}

fn pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn fault(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timed_out"
    } else if error.is_connect() {
        NOT_REACHED
    } else {
        "connection_lost"
    }
}
