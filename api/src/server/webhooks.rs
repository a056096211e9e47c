//! `POST /webhooks/{provider}`, for the default ledger, and `POST /webhooks/{ledger}/{provider}`: a
//! signed webhook becomes a command.
//!
//! The body is taken as raw bytes, verified before it is read, and what it says is durable in the
//! ledger before the 2xx. A delivery may come late, twice or out of order: the command's id is
//! made of what was delivered, and the rules book each of a provider's objects once.
//!
//! | answer | when |
//! | --- | --- |
//! | 200 | booked, booked before, or of a kind that has no effect here |
//! | 400, 401 | unreadable, or its sender not proved: nothing happened but a count |
//! | 404 | no such provider is configured, or no such ledger open |
//! | 409 | authentic, but the ledger refuses it: the provider's retries keep it visible |
//! | 413 | longer than any webhook |
//! | 503 | it could not be made durable: to be sent again |

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use uuid::Uuid;

use cauri_domain::receipt::{Evidence, Receipt};
use cauri_domain::{
    Actor, Code, Command, CommandId, Currency, LedgerId, Money, ObjectId, PayinId, Provider,
    Refusal, Role, WithdrawalId, payin, withdrawal,
};
use cauri_ledger::edge::{Clock as _, SystemClock};
use cauri_ledger::engine::{Answer, AskError, Engine, Request};

use cauri_ledger::ledgers::Ledgers;

use crate::graphql_http::body;
use crate::webhooks::{Delivery, Fact, Providers, WebhookError, WireAmount};

/// The longest webhook that is read, in bytes. Providers send a few thousand.
const LONGEST: usize = 4 * 1024 * 1024;

/// How long a provider may take to send it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where webhooks go.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// The configured providers.
    pub providers: Arc<Providers>,
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
    let Some(engine) = inbox.ledgers.engine(&ledger) else { return unknown_ledger() };
    let body = match body::read(body, LONGEST, PATIENCE).await {
        Ok(body) => body,
        Err(failure) => return failure.into_response(),
    };
    // Providers sign with the world's time, whatever a ledger's own clock says.
    let now = SystemClock.now().timestamp();
    let delivery = match inbox.providers.receive(&provider, &headers, &body, now) {
        Ok(delivery) => delivery,
        Err(error) => return rejected(&inbox, &provider, &error),
    };
    let label = delivery.provider;
    let (outcome, response) = settle(&engine, &delivery).await;
    metrics::counter!("cauri_webhooks_total", "provider" => label, "outcome" => outcome)
        .increment(1);
    tracing::info!(provider = label, kind = delivery.kind, outcome, "webhook");
    response
}

fn rejected(inbox: &Inbox, provider: &str, error: &WebhookError) -> Response {
    // Only configured names become labels: anything else is whatever a stranger typed.
    let label = inbox.providers.names().find(|name| *name == provider).unwrap_or("unknown");
    metrics::counter!("cauri_webhooks_total", "provider" => label, "outcome" => error.code())
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

/// Asks the command that a delivery means; answers with a word for the count and the response.
async fn settle(engine: &Engine, delivery: &Delivery) -> (&'static str, Response) {
    let none =
        || ("no_effect", Json(json!({ "received": true, "effect": "none" })).into_response());
    let request = match request(delivery) {
        Ok(Some(request)) => request,
        Ok(None) => return none(),
        Err(field) => {
            let body =
                json!({ "code": "UNREADABLE_BODY", "field": field, "message": "out of range" });
            return ("unreadable", (StatusCode::BAD_REQUEST, Json(body)).into_response());
        }
    };
    let is_decline = matches!(request.command, Command::RecordDecline(_));
    match engine.ask(request).await {
        Ok(answer) => {
            let effect = match answer {
                Answer::Done { replayed: false, .. } => "applied",
                Answer::Done { .. } | Answer::Already { .. } => "already",
            };
            let revision = answer.revision().map(|revision| revision.0);
            let body = json!({ "received": true, "effect": effect, "revision": revision });
            (effect, Json(body).into_response())
        }
        // That somebody did not pay for what this ledger does not know moves no money.
        Err(AskError::Refused { refusal: Refusal::NotFound { .. }, .. }) if is_decline => none(),
        Err(AskError::Refused { refusal, .. }) => {
            tracing::error!(
                provider = delivery.provider,
                code = refusal.code(),
                "an authentic webhook was refused: {refusal}"
            );
            let body = json!({ "code": refusal.code(), "field": refusal.field(),
                "message": refusal.to_string() });
            ("refused", (StatusCode::CONFLICT, Json(body)).into_response())
        }
        Err(error @ (AskError::Unavailable(_) | AskError::Busy | AskError::Closed)) => {
            let body = json!({ "code": "UNAVAILABLE", "message": error.to_string() });
            ("unavailable", (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response())
        }
    }
}

/// The command that a delivery means, under an id made of exactly what was delivered.
fn request(delivery: &Delivery) -> Result<Option<Request>, &'static str> {
    let Some(fact) = &delivery.fact else { return Ok(None) };
    let Some(command) = command(delivery, fact)? else { return Ok(None) };
    let name = format!("webhook:{}:{}", delivery.provider, hex::encode(delivery.body_sha256));
    let subject = format!("provider:{}", delivery.provider).parse().map_err(|_| "provider")?;
    let actor = Actor { subject, role: Role::Service };
    let id = CommandId(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()));
    Ok(Some(Request::new(id, actor, command)))
}

fn command(delivery: &Delivery, fact: &Fact) -> Result<Option<Command>, &'static str> {
    let provider: Provider = delivery.provider.parse().map_err(|_| "provider")?;
    let receipt = |object: &str, amount: &WireAmount| {
        Ok::<_, &'static str>(Receipt {
            provider,
            object: self::object(object)?,
            amount: money(amount)?,
            evidence: Some(Evidence(delivery.body_sha256)),
        })
    };
    Ok(Some(match fact {
        Fact::PayinSucceeded { reference, object, amount } => payin::RecordReceipt {
            payin: reference.map(PayinId),
            receipt: receipt(object, amount)?,
        }
        .into(),
        Fact::PayinDeclined { reference: None, .. } => return Ok(None),
        Fact::PayinDeclined { reference: Some(reference), object, reason } => {
            let (object, reason) = (self::object(object)?, code(reason)?);
            payin::RecordDecline { payin: PayinId(*reference), provider, object, reason }.into()
        }
        Fact::PayoutPaid { reference, object, amount } => withdrawal::RecordPayout {
            withdrawal: WithdrawalId(*reference),
            receipt: receipt(object, amount)?,
        }
        .into(),
        Fact::PayoutFailed { reference, object, reason } => withdrawal::RecordFailure {
            withdrawal: WithdrawalId(*reference),
            provider,
            object: Some(self::object(object)?),
            reason: code(reason)?,
        }
        .into(),
    }))
}

fn object(text: &str) -> Result<ObjectId, &'static str> {
    text.parse().map_err(|_| "object")
}

fn code(text: &str) -> Result<Code, &'static str> {
    text.parse().map_err(|_| "reason")
}

fn money(amount: &WireAmount) -> Result<Money, &'static str> {
    let currency: Currency = amount.currency().parse().map_err(|_| "currency")?;
    Money::from_minor(amount.minor(), currency).ok_or("amount")
}
