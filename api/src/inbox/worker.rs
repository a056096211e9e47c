//! The worker: applies what waits, again and again with growing pauses, and after a kill what was
//! stored and not applied. Beside that it counts what is open and deletes bodies that are old.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, stream};
use sqlx::Row as _;
use sqlx::postgres::{PgPool, PgRow};
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use cauri_ledger::edge::{Clock as _, SystemClock};

use super::apply::Kept;
use super::marks::{Mark, Trouble};
use super::rows::State;
use super::schedule::pause_with_jitter;
use super::sealed::Content;
use super::{Inbox, SealError, sealed};
use crate::vault::{KeyId, Sealed};

/// How often it looks for what is due, when nobody calls it.
const EVERY: Duration = Duration::from_secs(1);
/// How many it takes at once.
const MOST_ROWS: i64 = 100;
/// How many of them are applied at the same time.
const AT_ONCE: usize = 8;
/// How often what is open is counted.
const COUNTED_EVERY: Duration = Duration::from_secs(15);
/// How often old bodies are looked for.
const TIDIED_EVERY: Duration = Duration::from_secs(600);
/// How many bodies are deleted by one statement.
const MOST_DELETED: i64 = 5_000;

/// Works until it is stopped.
pub(super) async fn work(inbox: Inbox, keep_days: Option<u32>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut count_at, mut tidy_at) = (Instant::now(), Instant::now());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = inbox.due.notified() => {}
        }
        // A whole page says that there may be more.
        while matches!(apply_due(&inbox).await, Ok(taken) if taken == MOST_ROWS) {}
        if Instant::now() >= count_at {
            count_at = Instant::now() + COUNTED_EVERY;
            count(&inbox.pool).await;
        }
        if let Some(days) = keep_days.filter(|_| Instant::now() >= tidy_at) {
            tidy_at = Instant::now() + TIDIED_EVERY;
            tidy(&inbox.pool, SystemClock.now() - TimeDelta::days(days.into())).await;
        }
    }
}

const DUE: &str = "
SELECT d.id, d.ledger, d.provider, d.tries, d.key_id AS proved_by,
       b.key_id, b.wrapped_key, b.ciphertext
FROM inbox.delivery d LEFT JOIN inbox.body b ON b.delivery = d.id
WHERE d.state IN ('stored', 'waiting') AND d.next_try_at <= $1
ORDER BY d.next_try_at LIMIT $2";

/// Applies what is due; returns how many there were.
async fn apply_due(inbox: &Inbox) -> Result<i64, sqlx::Error> {
    let rows = sqlx::query(DUE).bind(SystemClock.now()).bind(MOST_ROWS);
    let rows = match rows.fetch_all(&inbox.pool).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::warn!(%error, "the inbox cannot be read: what waits goes on waiting");
            return Err(error);
        }
    };
    let taken = i64::try_from(rows.len()).unwrap_or(MOST_ROWS);
    let marks = stream::iter(rows).map(|row| apply_one(inbox, row)).buffer_unordered(AT_ONCE);
    let marks: Vec<Mark> = marks.filter_map(async |mark| mark.ok()).collect().await;
    if !marks.is_empty() {
        // Without marks they would be due again at once: an error ends this round.
        inbox.marks.now(&marks).await.inspect_err(|error| {
            tracing::warn!(%error, "what was applied could not be marked: it is applied again");
        })?;
    }
    Ok(taken)
}

/// Applies one row, and says what became of it.
pub(super) async fn apply_one(inbox: &Inbox, row: PgRow) -> Result<Mark, sqlx::Error> {
    let id: Uuid = row.try_get("id")?;
    let tried = u32::try_from(row.try_get::<i32, _>("tries")?).unwrap_or_default() + 1;
    let kept = match kept(inbox, &row) {
        Ok(kept) => kept,
        Err(trouble) => {
            tracing::error!(delivery = %id, code = trouble.code, "a delivery cannot be applied");
            let error = Some(trouble);
            return Ok(Mark { id, state: State::Dead, revision: None, error, next_try_at: None });
        }
    };
    let settled = inbox.applier.apply_kept(&kept).await;
    let provider = kept.provider;
    metrics::counter!("cauri_inbox_worker_total", "provider" => provider.to_string(),
        "outcome" => settled.word())
    .increment(1);
    tracing::info!(delivery = %id, %provider, tried, outcome = settled.word(), "delivery applied later");
    Ok(scheduled(settled.mark(id), tried, SystemClock.now()))
}

/// A mark with the time of the next try, or dead where it was the last.
pub(crate) fn scheduled(mut mark: Mark, tried: u32, now: DateTime<Utc>) -> Mark {
    if mark.state == State::Waiting {
        let pause = pause_with_jitter(tried).and_then(|pause| TimeDelta::from_std(pause).ok());
        match pause {
            Some(pause) => mark.next_try_at = Some(now + pause),
            None => mark.state = State::Dead,
        }
    }
    mark
}

/// What is kept of a row's delivery; else why it is never applied.
fn kept(inbox: &Inbox, row: &PgRow) -> Result<Kept, Trouble> {
    let column = |name: &'static str| row.try_get::<String, _>(name).unwrap_or_default();
    let trouble = |code: &str, field: &str, message: &str| Trouble {
        code: code.to_owned(),
        field: Some(field.to_owned()),
        message: message.to_owned(),
    };
    let unknown = |field| trouble("UNREADABLE_ROW", field, "is none that can be");
    let (headers, body) = match open(inbox, row) {
        Ok(Some(content)) => content,
        Ok(None) => return Err(trouble("BODY_ERASED", "body", "the body is erased")),
        Err(error) => return Err(trouble("BODY_SEALED", "body", &error.to_string())),
    };
    Ok(Kept {
        id: row.try_get("id").map_err(|_| unknown("id"))?,
        ledger: column("ledger").parse().map_err(|_| unknown("ledger"))?,
        provider: column("provider").parse().map_err(|_| unknown("provider"))?,
        key_id: row.try_get("proved_by").map_err(|_| unknown("key_id"))?,
        headers,
        body,
    })
}

/// The headers and the body of a row, unless they are erased.
pub(super) fn open(
    inbox: &Inbox,
    row: &PgRow,
) -> Result<Option<(axum::http::HeaderMap, Vec<u8>)>, SealError> {
    use secrecy::ExposeSecret as _;
    let column = |name| row.try_get::<Option<Vec<u8>>, _>(name).map_err(|_| SealError::NotOpened);
    let key_id: Option<String> = row.try_get("key_id").map_err(|_| SealError::NotOpened)?;
    let (Some(key_id), Some(wrapped_key), Some(ciphertext)) =
        (key_id, column("wrapped_key")?, column("ciphertext")?)
    else {
        return Ok(None);
    };
    let id: Uuid = row.try_get("id").map_err(|_| SealError::NotOpened)?;
    let sealed = Sealed { key_id: KeyId::read(key_id), wrapped_key, ciphertext };
    let plain = inbox.sealer.open(&sealed::context(id), &sealed).map_err(|error| {
        tracing::error!(delivery = %id, %error, "a body of the inbox does not open");
        SealError::NotOpened
    })?;
    Content::decode(plain.expose_secret()).map(Some)
}

/// Sets the gauges of what is open.
async fn count(pool: &PgPool) {
    let sql = "SELECT state, count(*) AS open FROM inbox.delivery
        WHERE state IN ('waiting', 'dead') GROUP BY state";
    let Ok(rows) = sqlx::query(sql).fetch_all(pool).await else { return };
    for state in [State::Waiting, State::Dead] {
        let row =
            rows.iter().find(|row| row.try_get("state").is_ok_and(|it: &str| it == state.word()));
        let open: i64 = row.and_then(|row| row.try_get("open").ok()).unwrap_or_default();
        metrics::gauge!("cauri_inbox_deliveries", "state" => state.word()).set(open as f64);
    }
}

/// Deletes bodies of what came before `until` and is done with. Their rows stay; what waits or is
/// dead keeps its body, as nobody could apply it without.
async fn tidy(pool: &PgPool, until: DateTime<Utc>) {
    let sql = "DELETE FROM inbox.body WHERE delivery IN (
            SELECT b.delivery FROM inbox.body b JOIN inbox.delivery d ON d.id = b.delivery
            WHERE b.delivery < $1 AND d.state IN ('applied', 'no_effect') LIMIT $2)";
    // Ids begin with the milliseconds of their making.
    let millis = u64::try_from(until.timestamp_millis()).unwrap_or_default();
    let first = Uuid::from_u128(u128::from(millis) << 80);
    loop {
        match sqlx::query(sql).bind(first).bind(MOST_DELETED).execute(pool).await {
            Ok(done) if done.rows_affected() > 0 => {
                tracing::info!(target: "audit", bodies = done.rows_affected(), %until,
                    "bodies of deliveries were deleted, as they are old");
            }
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "old bodies of deliveries could not be deleted");
                return;
            }
        }
    }
}
