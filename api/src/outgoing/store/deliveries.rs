//! What was sent, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use cauri_domain::{EndpointId, LedgerId, Revision};

use super::{Progress, Row, Store, count, number, revision};
use crate::outgoing::sender::Tried;

/// How long what was delivered is kept.
const DELIVERED_KEPT: TimeDelta = TimeDelta::days(30);
/// How long what was given up is kept, and can be retried by its revision.
const DEAD_KEPT: TimeDelta = TimeDelta::days(90);
/// The most rows of an endpoint in each state.
const ROWS_MOST: i64 = 10_000;

/// What became of an event that was sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was not taken, and is tried again.
    Waiting,
    /// It was taken.
    Delivered,
    /// It was given up.
    Dead,
}

impl State {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "delivered" => Self::Delivered,
            "dead" => Self::Dead,
            _ => Self::Waiting,
        }
    }
}

/// An event that was sent to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which event.
    pub revision: Revision,
    /// Its type.
    pub kind: String,
    /// What became of it.
    pub state: State,
    /// The last tries, the oldest first; at most 20.
    pub attempts: Vec<Tried>,
    /// When it was tried first.
    pub first_at: DateTime<Utc>,
    /// When it was tried last.
    pub last_at: DateTime<Utc>,
}

/// What is known of an endpoint's deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// How many were given up.
    pub dead: u64,
    /// When something was taken last.
    pub delivered_at: Option<DateTime<Utc>>,
}

fn read(row: &PgRow) -> Result<Delivery, sqlx::Error> {
    let Json(attempts) = row.try_get("attempts")?;
    Ok(Delivery {
        revision: revision(row.try_get("revision")?),
        kind: row.try_get("kind")?,
        state: State::of(row.try_get("state")?),
        attempts,
        first_at: row.try_get("first_at")?,
        last_at: row.try_get("last_at")?,
    })
}

/// The tries before a new one: the first of so many makes room.
const TRIES_BEFORE: &str = "(CASE WHEN jsonb_array_length(delivery.attempts) >= 20 \
                            THEN delivery.attempts - 0 ELSE delivery.attempts END)";

impl Store {
    /// Keeps a try and moves the endpoint to where it stands then, in one statement; whether it did:
    /// not when where to go on was said anew meanwhile. When it is due again is not this try's to say
    /// where the endpoint has another address or secret meanwhile.
    ///
    /// # Errors
    /// When the database does not answer: then neither was done, or both.
    pub async fn tried(
        &self,
        ledger: &LedgerId,
        row: &Row,
        (at, kind): (Revision, &str),
        (state, tried): (State, &Tried),
        to: Progress,
    ) -> Result<bool, sqlx::Error> {
        let sql = format!(
            "WITH moved AS (
                 UPDATE outgoing.endpoint
                 SET next = $4, tries = $5, given_up = $7, first_given_up = $8,
                     due_at = CASE WHEN terms->>'url' = $14 AND terms->>'secret' = $15
                              THEN $6 ELSE due_at END
                 WHERE ledger = $1 AND endpoint = $2 AND epoch = $3 RETURNING 1
             )
             INSERT INTO outgoing.delivery AS delivery
                 (ledger, endpoint, revision, kind, state, attempts, first_at, last_at)
             SELECT $1, $2, $9, $10, $11, jsonb_build_array($12::jsonb), $13, $13 FROM moved
             ON CONFLICT (ledger, endpoint, revision) DO UPDATE SET
                 state = excluded.state, last_at = excluded.last_at,
                 attempts = {TRIES_BEFORE} || excluded.attempts"
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(ledger.as_str())
            .bind(row.endpoint.0)
            .bind(number(row.epoch))
            .bind(number(to.next))
            .bind(count(to.tries))
            .bind(to.due_at)
            .bind(count(to.given_up))
            .bind(to.first_given_up.map(number))
            .bind(number(at))
            .bind(kind)
            .bind(state.as_str())
            .bind(Json(tried))
            .bind(tried.at)
            .bind(row.terms.url.as_str())
            .bind(row.terms.secret.as_str());
        Ok(done.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Keeps a try that a person asked for, of what was given up. What is not given up any more is as
    /// its own tries say.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn retried(
        &self,
        ledger: &LedgerId,
        endpoint: EndpointId,
        at: Revision,
        tried: &Tried,
    ) -> Result<(), sqlx::Error> {
        let state = if tried.is_delivered() { State::Delivered } else { State::Dead };
        let sql = format!(
            "UPDATE outgoing.delivery
             SET state = CASE WHEN state = 'dead' THEN $4 ELSE state END, last_at = $6,
                 attempts = {TRIES_BEFORE} || jsonb_build_array($5::jsonb)
             WHERE ledger = $1 AND endpoint = $2 AND revision = $3"
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(ledger.as_str())
            .bind(endpoint.0)
            .bind(number(at))
            .bind(state.as_str())
            .bind(Json(tried))
            .bind(tried.at);
        done.execute(&self.pool).await?;
        Ok(())
    }

    /// One delivery.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delivery(
        &self,
        ledger: &LedgerId,
        endpoint: EndpointId,
        at: Revision,
    ) -> Result<Option<Delivery>, sqlx::Error> {
        let sql = "SELECT revision, kind, state, attempts, first_at, last_at \
                   FROM outgoing.delivery WHERE ledger = $1 AND endpoint = $2 AND revision = $3";
        let row = sqlx::query(sql).bind(ledger.as_str()).bind(endpoint.0).bind(number(at));
        row.fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
    }

    /// Deliveries to an endpoint, the newest event first, those before a revision.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deliveries(
        &self,
        ledger: &LedgerId,
        endpoint: EndpointId,
        state: Option<State>,
        before: Option<Revision>,
        most: u32,
    ) -> Result<Vec<Delivery>, sqlx::Error> {
        let sql = "SELECT revision, kind, state, attempts, first_at, last_at \
                   FROM outgoing.delivery WHERE ledger = $1 AND endpoint = $2 \
                   AND ($3::text IS NULL OR state = $3) AND ($4::bigint IS NULL OR revision < $4) \
                   ORDER BY revision DESC LIMIT $5";
        let rows = sqlx::query(sql)
            .bind(ledger.as_str())
            .bind(endpoint.0)
            .bind(state.map(State::as_str))
            .bind(before.map(number))
            .bind(i64::from(most));
        rows.fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// What is known of an endpoint's deliveries.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn kept(&self, ledger: &LedgerId, endpoint: EndpointId) -> Result<Kept, sqlx::Error> {
        let sql = "SELECT count(*) FILTER (WHERE state = 'dead') AS dead, \
                   max(last_at) FILTER (WHERE state = 'delivered') AS delivered_at \
                   FROM outgoing.delivery WHERE ledger = $1 AND endpoint = $2";
        let row = sqlx::query(sql).bind(ledger.as_str()).bind(endpoint.0);
        let row = row.fetch_one(&self.pool).await?;
        Ok(Kept {
            dead: u64::try_from(row.try_get::<i64, _>("dead")?).unwrap_or(0),
            delivered_at: row.try_get("delivered_at")?,
        })
    }

    /// Removes what is old: delivered for 30 days, given up for 90, and all but the newest 10,000 of
    /// each endpoint and state.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn prune(&self, ledger: &LedgerId, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
        let sql = "DELETE FROM outgoing.delivery WHERE ledger = $1 \
                   AND last_at < CASE WHEN state = 'dead' THEN $3::timestamptz ELSE $2 END";
        let old = sqlx::query(sql)
            .bind(ledger.as_str())
            .bind(now - DELIVERED_KEPT)
            .bind(now - DEAD_KEPT)
            .execute(&self.pool)
            .await?;
        let sql = "DELETE FROM outgoing.delivery d USING ( \
                       SELECT endpoint, revision, row_number() OVER ( \
                           PARTITION BY endpoint, state ORDER BY revision DESC) AS place \
                       FROM outgoing.delivery WHERE ledger = $1) AS many \
                   WHERE d.ledger = $1 AND d.endpoint = many.endpoint \
                   AND d.revision = many.revision AND many.place > $2";
        let many =
            sqlx::query(sql).bind(ledger.as_str()).bind(ROWS_MOST).execute(&self.pool).await?;
        Ok(old.rows_affected() + many.rows_affected())
    }
}
