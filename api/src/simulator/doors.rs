//! Between a request and its answer: where the provider misbehaves.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::http::parse;
use super::line::Line;
use super::misbehaviour::{Answered, Misbehave, Misbehaviour};
use super::problem::Problem;
use super::request::{Answer, Refused};
use super::state::{Course, Provider};
use super::{Shared, now_ms};

/// Marks an answer that never arrives: its connection is cut instead.
#[derive(Debug, Clone, Copy)]
struct Cut;

/// How the whole provider misbehaves, at every request: down, slow, overloaded, cut off.
pub(super) async fn misbehaving(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = format!("{} {} {}", request.method(), request.uri().path(), key.unwrap_or(""));
    // Nothing of the lock is kept while it waits, not even its error.
    let judged = shared.provider.lock().ok().map(|mut provider| {
        let misbehaviour = &provider.misbehaviour;
        let is_down = provider.down_until_ms > now_ms();
        if *misbehaviour == Misbehaviour::default() {
            return (is_down, None, 0);
        }
        let number = provider.tried(&key);
        let misbehaviour = &provider.misbehaviour;
        let answered = misbehaviour.answered(&key, number);
        (is_down, answered, misbehaviour.answer_after_ms(&key, number))
    });
    let Some((is_down, answered, after_ms)) = judged else {
        return Problem::unavailable().into_response();
    };
    if is_down {
        line.cut();
        return Problem::unavailable().into_response();
    }
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    let response = match answered {
        Some(answered @ (Answered::Busy | Answered::Unavailable)) => instead(answered),
        Some(answered @ (Answered::Error | Answered::Cut)) => {
            next.run(request).await;
            instead(answered)
        }
        None => next.run(request).await,
    };
    if response.extensions().get::<Cut>().is_some() {
        line.cut();
    }
    response
}

/// What is answered instead of what is true.
fn instead(answered: Answered) -> Response {
    let (status, code) = match answered {
        Answered::Busy => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
        Answered::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        Answered::Error | Answered::Cut => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
    };
    let mut response = Problem::new(status, code, "it misbehaves on purpose").into_response();
    if answered == Answered::Cut {
        response.extensions_mut().insert(Cut);
    }
    response
}

/// Runs a judgement; what is taken on is answered 202, or as it says that it goes wrong.
pub(super) async fn accept(
    shared: Arc<Shared>,
    key: String,
    own: Option<Misbehave>,
    judgement: impl FnOnce(&mut Provider, &Course) -> Result<Answer, Refused> + Send + 'static,
) -> Result<Response, Problem> {
    let mut answered = None;
    if let Some(own) = &own {
        let number = {
            let mut provider = shared.provider.lock().map_err(|_| Problem::unavailable())?;
            provider.tried(&key)
        };
        answered = own.answered(number);
        tokio::time::sleep(Duration::from_millis(own.answer_after_ms)).await;
    }
    if let Some(answered @ (Answered::Busy | Answered::Unavailable)) = answered {
        return Ok(instead(answered));
    }
    let answer = judge(&shared, key, own, judgement).await?;
    Ok(match answered {
        Some(answered) => instead(answered),
        None => (StatusCode::ACCEPTED, Json(answer)).into_response(),
    })
}

/// Runs a judgement on a thread that may wait for the disk.
pub(super) async fn judge<A: Send + 'static>(
    shared: &Arc<Shared>,
    key: String,
    own: Option<Misbehave>,
    judgement: impl FnOnce(&mut Provider, &Course) -> Result<A, Refused> + Send + 'static,
) -> Result<A, Problem> {
    let state = Arc::clone(shared);
    let judged = tokio::task::spawn_blocking(move || {
        let mut provider = state.provider.lock().map_err(|_| Problem::unavailable())?;
        let late_ms = match &own {
            Some(own) => own.outcome_after_ms,
            None => provider.misbehaviour.outcome_after_ms(&key),
        };
        let due_ms = now_ms().saturating_add(state.delay_ms).saturating_add(late_ms);
        judgement(&mut provider, &Course { due_ms, key, own }).map_err(Problem::from)
    })
    .await
    .map_err(|_| Problem::unavailable())?;
    shared.queued.notify_one();
    judged
}

/// How the provider misbehaves.
pub(super) async fn show_misbehaviour(
    State(shared): State<Arc<Shared>>,
) -> Result<Json<Misbehaviour>, Problem> {
    let provider = shared.provider.lock().map_err(|_| Problem::unavailable())?;
    Ok(Json(provider.misbehaves(now_ms())))
}

/// From now on it misbehaves so, also after a restart.
pub(super) async fn set_misbehaviour(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Misbehaviour>, Problem> {
    let misbehaviour: Misbehaviour = parse(&body)?;
    if let Some(field) = misbehaviour.unusable() {
        return Err(Problem::invalid(&format!("{field} is out of bounds")));
    }
    set(&shared, misbehaviour).await
}

/// From now on it behaves.
pub(super) async fn reset_misbehaviour(
    State(shared): State<Arc<Shared>>,
) -> Result<Json<Misbehaviour>, Problem> {
    set(&shared, Misbehaviour::default()).await
}

async fn set(
    shared: &Arc<Shared>,
    misbehaviour: Misbehaviour,
) -> Result<Json<Misbehaviour>, Problem> {
    let now = now_ms();
    let set = judge(shared, String::new(), None, move |provider, _| {
        provider.misbehave(misbehaviour, now)?;
        Ok(provider.misbehaves(now))
    });
    set.await.map(Json)
}
