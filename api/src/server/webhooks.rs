//! `POST /webhooks/{provider}`, for the default ledger, and `POST /webhooks/{ledger}/{provider}`: a
//! signed webhook becomes commands.
//!
//! The body is taken as raw bytes, verified before it is read, and what it says is durable in the
//! ledger before the 2xx. A delivery may come late, twice or out of order: the commands' ids are
//! made of what was delivered, and the rules book each of a provider's objects once.
//!
//! | answer | when |
//! | --- | --- |
//! | 200 | booked, booked before, or of a kind that has no effect here |
//! | 400, 401 | unreadable, or its sender not proved, or denied by its provider: nothing happened but a count |
//! | 404 | no such provider is configured, or no such ledger open |
//! | 409 | authentic, but the ledger refuses it: the provider's retries keep it visible |
//! | 413 | longer than any webhook |
//! | 503 | it could not be made durable, or not be confirmed at its provider: to be sent again |
//!
//! Where a delivery is only a hint, the provider is asked before anything is booked.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::sync::Semaphore;

use cauri_domain::{LedgerId, Provider, Refusal};
use cauri_ledger::edge::{Clock as _, SystemClock};
use cauri_ledger::engine::{Answer, AskError, Engine};

use cauri_ledger::ledgers::Ledgers;

use crate::graphql_http::body;
use crate::providers::{Accounts, Confirmers, Unconfirmed};
use crate::webhooks::{Asked, Delivery, Fact, Providers, Question, WebhookError, commands};

/// The longest webhook that is read, in bytes. Providers send a few thousand.
const LONGEST: usize = 4 * 1024 * 1024;

/// The longest delivery that anybody may send and a provider is asked about, in bytes.
const LONGEST_HINT: usize = 256 * 1024;

/// How many providers' deliveries are being confirmed at once.
pub const CONFIRMED_AT_ONCE: usize = 8;

/// How long a confirmation may take: several questions of its own.
const CONFIRMATION: Duration = Duration::from_secs(20);

/// How long a provider may take to send it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where webhooks go.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// The configured providers.
    pub providers: Arc<Providers>,
    /// Those of them that are asked before anything is booked.
    pub confirmers: Confirmers,
    /// Room for questions to them.
    pub asking: Arc<Semaphore>,
    /// Which ledgers each account may tell of.
    pub accounts: Arc<Accounts>,
    /// The ledgers they tell of.
    pub ledgers: Ledgers,
}

/// Takes one delivery for the default ledger.
pub async fn receive(
    State(inbox): State<Inbox>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    deliver(inbox, LedgerId::main(), provider, headers, body).await
}

/// Takes one delivery for the ledger that the address names.
pub async fn receive_for(
    State(inbox): State<Inbox>,
    Path((ledger, provider)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match ledger.parse() {
        Ok(ledger) => deliver(inbox, ledger, provider, headers, body).await,
        Err(_) => unknown_ledger(),
    }
}

fn unknown_ledger() -> Response {
    let body = json!({ "code": "UNKNOWN_LEDGER", "field": "ledger",
        "message": "this server has no ledger of that name" });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

async fn deliver(
    inbox: Inbox,
    ledger: LedgerId,
    provider: String,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // A delivery is signed for an account, and says nothing of ledgers: in another one it would be
    // news.
    if !inbox.accounts.are_of(&provider, &ledger) && inbox.accounts.get(&provider).is_some() {
        return unknown_ledger();
    }
    let Some(engine) = inbox.ledgers.engine(&ledger) else { return unknown_ledger() };
    let longest = if inbox.providers.is_asked(&provider) { LONGEST_HINT } else { LONGEST };
    let body = match body::read(body, longest, PATIENCE).await {
        Ok(body) => body,
        Err(failure) => return failure.into_response(),
    };
    // Providers sign with the world's time, whatever a ledger's own clock says.
    let now = SystemClock.now().timestamp();
    let mut delivery = match inbox.providers.receive(&provider, &headers, &body, now) {
        Ok(delivery) => delivery,
        Err(error) => return rejected(&inbox, &provider, &error),
    };
    if let Some(question) = &delivery.question {
        match confirm(&inbox, delivery.provider, question, &body).await {
            Ok(facts) => delivery.facts = facts,
            Err(error) => return unconfirmed(delivery.provider, &error),
        }
    }
    let label = delivery.provider;
    let (outcome, response) = settle(&engine, &delivery).await;
    metrics::counter!("cauri_webhooks_total", "provider" => label.to_string(), "outcome" => outcome)
        .increment(1);
    tracing::info!(provider = %label, kind = delivery.kind, outcome, "webhook");
    response
}

fn rejected(inbox: &Inbox, provider: &str, error: &WebhookError) -> Response {
    // Only configured names become labels: anything else is whatever a stranger typed.
    let known = inbox.providers.names().any(|name| name.as_str() == provider);
    let label = if known { provider.to_owned() } else { "unknown".to_owned() };
    metrics::counter!("cauri_webhooks_total", "provider" => label.clone(), "outcome" => error.code())
        .increment(1);
    tracing::warn!(provider = label, code = error.code(), "webhook rejected: {error}");
    let status = match error {
        WebhookError::UnknownProvider => StatusCode::NOT_FOUND,
        WebhookError::BadSignature | WebhookError::StaleTimestamp { .. } => {
            StatusCode::UNAUTHORIZED
        }
        WebhookError::MissingHeader { .. }
        | WebhookError::MalformedHeader { .. }
        | WebhookError::UnreadableBody { .. } => StatusCode::BAD_REQUEST,
    };
    let body =
        json!({ "code": error.code(), "field": error.field(), "message": error.to_string() });
    (status, Json(body)).into_response()
}

/// Asks the provider, a few at once: strangers may send hints, and each costs a question.
async fn confirm(
    inbox: &Inbox,
    account: Provider,
    question: &Question,
    body: &[u8],
) -> Result<Vec<Fact>, Unconfirmed> {
    let busy = Unconfirmed::Unknown("too many deliveries are being confirmed");
    let _permit = inbox.asking.try_acquire().map_err(|_| busy)?;
    let asked = tokio::time::timeout(CONFIRMATION, inbox.confirmers.facts(account, question, body));
    asked.await.unwrap_or(Err(Unconfirmed::Unknown("timed_out")))
}

/// What is only hinted at and not confirmed is not booked: it is to be sent again, unless the
/// provider itself knows nothing of it.
fn unconfirmed(provider: Provider, error: &Unconfirmed) -> Response {
    let (status, outcome, code) = match error {
        Unconfirmed::Denied => (StatusCode::UNAUTHORIZED, "denied", "NOT_THE_PROVIDERS"),
        Unconfirmed::Unknown(_) | Unconfirmed::NotConfigured | Unconfirmed::Unreadable(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "unconfirmed", "UNCONFIRMED")
        }
    };
    metrics::counter!("cauri_webhooks_total", "provider" => provider.to_string(), "outcome" => outcome)
        .increment(1);
    tracing::warn!(%provider, outcome, "webhook not confirmed: {error}");
    (status, Json(json!({ "code": code, "message": error.to_string() }))).into_response()
}

/// CinetPay looks whether there is anything at the address before it sends.
pub async fn ping(State(inbox): State<Inbox>, Path(provider): Path<String>) -> StatusCode {
    there_is(&inbox, &provider)
}

/// The same for a ledger's own address.
pub async fn ping_for(
    State(inbox): State<Inbox>,
    Path((_, provider)): Path<(String, String)>,
) -> StatusCode {
    there_is(&inbox, &provider)
}

fn there_is(inbox: &Inbox, provider: &str) -> StatusCode {
    match inbox.providers.names().any(|name| name.as_str() == provider) {
        true => StatusCode::OK,
        false => StatusCode::NOT_FOUND,
    }
}

/// Asks the commands that a delivery means; answers with a word for the count and the response.
///
/// One that is refused does not keep the next from being asked: each tells of its own.
async fn settle(engine: &Engine, delivery: &Delivery) -> (&'static str, Response) {
    let commands = commands(delivery);
    let mut settled = Settled::None;
    for asked in commands.asked {
        settled = settled.max(ask(engine, delivery, asked).await);
    }
    if let Some(field) = commands.refused {
        settled = settled.max(Settled::Unreadable(field.to_owned(), "out of range".to_owned()));
    }
    if let Some(error) = &delivery.unreadable {
        let field = error.field().unwrap_or("body").to_owned();
        settled = settled.max(Settled::Unreadable(field, error.to_string()));
    }
    settled.answer()
}

/// What became of a delivery: of several, the gravest, which is the last here.
#[derive(Debug)]
enum Settled {
    None,
    Already(Option<u64>),
    Applied(Option<u64>),
    Unreadable(String, String),
    Refused(Refusal),
    Unavailable(String),
}

impl Settled {
    const fn rank(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Already(_) => 1,
            Self::Applied(_) => 2,
            Self::Unreadable(..) => 3,
            Self::Refused(_) => 4,
            Self::Unavailable(_) => 5,
        }
    }

    /// The graver of two; of two alike the later.
    fn max(self, other: Self) -> Self {
        if other.rank() >= self.rank() { other } else { self }
    }

    fn answer(self) -> (&'static str, Response) {
        let taken = |effect: &'static str, revision: Option<u64>| {
            let body = json!({ "received": true, "effect": effect, "revision": revision });
            (effect, Json(body).into_response())
        };
        match self {
            Self::None => {
                let body = json!({ "received": true, "effect": "none" });
                ("no_effect", Json(body).into_response())
            }
            Self::Already(revision) => taken("already", revision),
            Self::Applied(revision) => taken("applied", revision),
            Self::Unreadable(field, message) => {
                let body = json!({ "code": "UNREADABLE_BODY", "field": field, "message": message });
                ("unreadable", (StatusCode::BAD_REQUEST, Json(body)).into_response())
            }
            Self::Refused(refusal) => {
                let body = json!({ "code": refusal.code(), "field": refusal.field(),
                    "message": refusal.to_string() });
                ("refused", (StatusCode::CONFLICT, Json(body)).into_response())
            }
            Self::Unavailable(message) => {
                let body = json!({ "code": "UNAVAILABLE", "message": message });
                ("unavailable", (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response())
            }
        }
    }
}

async fn ask(engine: &Engine, delivery: &Delivery, asked: Asked) -> Settled {
    let provider = delivery.provider;
    match engine.ask(asked.request).await {
        Ok(answer) => {
            let revision = answer.revision().map(|revision| revision.0);
            match answer {
                Answer::Done { replayed: false, .. } => Settled::Applied(revision),
                Answer::Done { .. } | Answer::Already { .. } => Settled::Already(revision),
            }
        }
        // Such as that somebody did not pay for what this ledger does not know.
        Err(AskError::Refused { refusal, .. }) if asked.is_news => {
            tracing::warn!(%provider, code = refusal.code(), "news without effect: {refusal}");
            Settled::None
        }
        Err(AskError::Refused { refusal, .. }) => {
            let code = refusal.code();
            tracing::error!(%provider, code, "an authentic webhook was refused: {refusal}");
            Settled::Refused(refusal)
        }
        Err(error @ (AskError::Unavailable(_) | AskError::Busy | AskError::Closed)) => {
            Settled::Unavailable(error.to_string())
        }
    }
}
