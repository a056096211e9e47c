//! One delivery, from its bytes to its answer: proved, confirmed where it is a hint, kept, applied.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use uuid::Uuid;

use cauri_domain::LedgerId;
use cauri_ledger::crowd::Waiting;
use cauri_ledger::edge::{Clock as _, SystemClock};

use super::{Door, answer, question};
use crate::graphql_http::body;
use crate::inbox::{Arrival, Content, Settled, scheduled, settle};
use crate::webhooks::{Delivery, WebhookError, commands};

/// The longest webhook that is read, in bytes. Providers send a few thousand.
const LONGEST: usize = 4 * 1024 * 1024;

/// The longest delivery that anybody may send and a provider is asked about, in bytes.
const LONGEST_HINT: usize = 256 * 1024;

/// How long a provider may take to send it.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the ledger may take before it is left to the worker.
const APPLIED_WITHIN: Duration = Duration::from_secs(2);

pub(super) async fn deliver(
    door: &Door,
    ledger: LedgerId,
    provider: &str,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let applier = door.inbox.applier();
    // A delivery is signed for an account, and says nothing of ledgers: in another one it would be
    // news. Of an account that is not there, that is said below.
    if !door.accounts.are_of(provider, &ledger) && door.accounts.get(provider).is_some() {
        count_rejected(door, provider, "not_of_ledger");
        return answer::not_of_ledger(provider);
    }
    let Some(engine) = applier.ledgers.engine(&ledger) else {
        return unknown_ledger(door, provider);
    };
    let longest = if applier.providers.is_asked(provider) { LONGEST_HINT } else { LONGEST };
    let body = match body::read(body, longest, PATIENCE).await {
        Ok(body) => body,
        Err(failure) => {
            let is_long = failure.status() == StatusCode::PAYLOAD_TOO_LARGE;
            count_rejected(door, provider, if is_long { "too_long" } else { "broken_off" });
            return answer::unread(&failure);
        }
    };
    if let Some(account) = door.accounts.get(provider)
        && let Err(error) = door.published.prepare(&applier.providers, account.name, &headers).await
    {
        count_rejected(door, provider, "unconfirmed");
        tracing::debug!(provider, "what would prove a webhook cannot be had: {error}");
        return answer::unconfirmed(&error);
    }
    // Providers sign with the world's time, whatever a ledger's own clock says.
    let now = SystemClock.now();
    let received = applier.providers.receive(provider, &headers, &body, now.timestamp());
    let mut delivery = match received {
        Ok(delivery) => delivery,
        Err(error) => return rejected(door, provider, &error),
    };
    let open_question = match question::ask(door, &ledger, &mut delivery, &body).await {
        Ok(open) => open,
        Err(turned_away) => return *turned_away,
    };
    let commands = commands(&delivery);
    if commands.asked.is_empty() && open_question.is_none() {
        if let Some(error) = &delivery.unreadable {
            return rejected(door, provider, error);
        }
        if let Some(field) = commands.refused {
            count_rejected(door, provider, "unreadable");
            return answer::unreadable(field, "out of range");
        }
    }

    // From here on it waits for what is shared with others.
    let _waiting = Waiting::begin();
    let arrival = Arrival {
        id: Uuid::now_v7(),
        ledger,
        provider: delivery.provider,
        key: Arrival::key(delivery.delivery_id.as_deref(), &delivery.body_sha256),
        body_sha256: delivery.body_sha256,
        kind: delivery.kind.clone(),
        key_id: delivery.key_id.clone(),
        received_at: now,
        has_effect: !commands.asked.is_empty() || open_question.is_some(),
    };
    let has_effect = arrival.has_effect;
    let content = Content { headers: &headers, body: &body };
    let known = match door.inbox.store(arrival, &content).await {
        Ok(known) => known,
        Err(error) => {
            count(&delivery, "not_stored");
            return answer::not_stored(&error);
        }
    };
    // Another answer of its provider's may be news of what came before in the same bytes.
    let was_done = !known.is_new && known.state.is_done();
    if was_done && delivery.question.is_none() {
        count(&delivery, "duplicate");
        return answer::repeated(&known);
    }
    if !has_effect && known.is_new {
        count(&delivery, Settled::None.word());
        return answer::settled(&Settled::None, known.id);
    }
    // What is done does not wait again: what the same bytes mean now is done at once, or they are to
    // be sent again.
    if let Some(error) = open_question.as_ref().filter(|_| was_done) {
        count(&delivery, "unconfirmed");
        return answer::unconfirmed(error);
    }
    let (one, inbox) = (door.applying.begin(), door.inbox.clone());
    // While many come, nobody waits for what only the ledger is needed for.
    let is_left = one.is_of_many
        && !was_done
        && open_question.is_none()
        && delivery.unreadable.is_none()
        && commands.refused.is_none();
    let settling = async move {
        let settled = match open_question {
            Some(error) => Settled::unconfirmed(&error),
            None => within(settle(&engine, &delivery, commands, known.id)).await,
        };
        drop(one);
        count(&delivery, settled.word());
        inbox.mark(scheduled(settled.mark(known.id), 1, now));
        settled
    };
    if is_left {
        tokio::spawn(settling);
        return answer::stored(known.id);
    }
    let settled = settling.await;
    if was_done && matches!(settled, Settled::Unavailable(..)) {
        return answer::not_applied();
    }
    answer::settled(&settled, known.id)
}

/// What became of it; left to the worker when the ledger takes too long.
async fn within(settling: impl Future<Output = Settled>) -> Settled {
    let settled = tokio::time::timeout(APPLIED_WITHIN, settling).await;
    settled
        .unwrap_or_else(|_| Settled::Unavailable("UNAVAILABLE", "not applied in time".to_owned()))
}

fn count(delivery: &Delivery, outcome: &'static str) {
    let provider = delivery.provider;
    metrics::counter!("cauri_webhooks_total", "provider" => provider.to_string(),
        "outcome" => outcome)
    .increment(1);
    tracing::debug!(%provider, kind = delivery.kind, outcome, "webhook");
}

/// No ledger has that name here. It is counted: perhaps it is a real provider's, and the name a slip.
pub(super) fn unknown_ledger(door: &Door, provider: &str) -> Response {
    count_rejected(door, provider, "unknown_ledger");
    answer::unknown_ledger()
}

fn rejected(door: &Door, provider: &str, error: &WebhookError) -> Response {
    count_rejected(door, provider, error.code());
    tracing::debug!(code = error.code(), "webhook rejected: {error}");
    answer::rejected(error)
}

/// Only configured names are counted: anything else is whatever a stranger typed.
pub(super) fn count_rejected(door: &Door, provider: &str, code: &'static str) {
    let known = door.inbox.applier().providers.names().find(|name| name.as_str() == provider);
    door.inbox.rejections().count(known, code);
}
