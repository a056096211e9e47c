//! What people ask of the inbox: lists, one delivery, its body, to apply it again, to forget it.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow, Row as _};
use uuid::Uuid;

use cauri_domain::LedgerId;
use cauri_ledger::edge::{Clock as _, SystemClock};

use super::rows::{State, revision};
use super::{Inbox, SealError, worker};

/// A delivery as it is shown: everything but its body.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id, of version 7.
    pub id: Uuid,
    /// Who sent it.
    pub provider: String,
    /// What makes it the same delivery.
    pub key: String,
    /// SHA-256 of its body.
    pub body_sha256: Vec<u8>,
    /// The provider's word for what happened.
    pub kind: String,
    /// Which secret proved it.
    pub key_id: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// How often it could not be applied.
    pub tries: i32,
    /// When it is tried next.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Why it was not applied: a code.
    pub error_code: Option<String>,
    /// The field at fault.
    pub error_field: Option<String>,
    /// For people.
    pub error_message: Option<String>,
    /// The revision that it led to.
    pub revision: Option<u64>,
    /// Whether its body is still there.
    pub has_body: bool,
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let open = |state: State| !state.is_done();
        let state = State::read(row.try_get("state")?)?;
        let next_try_at: Option<DateTime<Utc>> = row.try_get("next_try_at")?;
        Ok(Self {
            id: row.try_get("id")?,
            provider: row.try_get("provider")?,
            key: row.try_get("key")?,
            body_sha256: row.try_get("body_sha256")?,
            kind: row.try_get("kind")?,
            key_id: row.try_get("key_id")?,
            received_at: row.try_get("received_at")?,
            state,
            tries: row.try_get("tries")?,
            next_try_at: next_try_at.filter(|_| open(state)),
            error_code: row.try_get("error_code")?,
            error_field: row.try_get("error_field")?,
            error_message: row.try_get("error_message")?,
            revision: revision(row)?,
            has_body: row.try_get("has_body")?,
        })
    }
}

/// Which deliveries a list shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those that stand there.
    pub state: Option<State>,
    /// Only this provider's.
    pub provider: Option<String>,
    /// Only those older than this one.
    pub after: Option<Uuid>,
}

/// The last delivery of an account to a ledger, whether or not it came before.
#[derive(Debug, Clone, FromRow)]
pub struct Last {
    /// Who sent it.
    pub provider: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The provider's word for what happened.
    pub kind: String,
}

/// A delivery's headers are not shown; its body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// How a replay ended.
#[derive(Debug)]
pub enum Replay {
    /// It was applied again, and stands there now.
    Done(Box<Row>),
    /// There is no such delivery in this ledger.
    Unknown,
    /// Its body is erased.
    Erased,
}

const SELECT: &str = "
SELECT d.id, d.provider, d.key, d.body_sha256, d.kind, d.key_id, d.received_at, d.state, d.tries,
       d.next_try_at, d.error_code, d.error_field, d.error_message, d.revision,
       EXISTS (SELECT FROM inbox.body b WHERE b.delivery = d.id) AS has_body
FROM inbox.delivery d";

impl Inbox {
    /// The newest `limit` deliveries of a ledger, and whether there are more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(
        &self,
        ledger: &LedgerId,
        filter: &Filter,
        limit: u16,
    ) -> Result<(Vec<Row>, bool), sqlx::Error> {
        // The state stands in the text, so that the index of those that are open is used.
        let state = match filter.state {
            Some(state) => format!("AND d.state = '{}'", state.word()),
            None => String::new(),
        };
        let sql = format!(
            "{SELECT} WHERE d.ledger = $1 AND ($2::text IS NULL OR d.provider = $2)
             AND ($3::uuid IS NULL OR d.id < $3) {state} ORDER BY d.id DESC LIMIT $4"
        );
        let mut rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(ledger.as_str())
            .bind(filter.provider.as_deref())
            .bind(filter.after)
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.pool)
            .await?;
        let more = rows.len() > usize::from(limit);
        rows.truncate(limit.into());
        Ok((rows, more))
    }

    /// One delivery of a ledger.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn get(&self, ledger: &LedgerId, id: Uuid) -> Result<Option<Row>, sqlx::Error> {
        let sql = format!("{SELECT} WHERE d.ledger = $1 AND d.id = $2");
        let row = sqlx::query_as(AssertSqlSafe(sql)).bind(ledger.as_str()).bind(id);
        row.fetch_optional(&self.pool).await
    }

    /// The last delivery of each account that ever delivered anything to a ledger.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last(&self, ledger: &LedgerId) -> Result<Vec<Last>, sqlx::Error> {
        let sql = "SELECT provider, received_at, kind FROM inbox.last_delivery WHERE ledger = $1";
        sqlx::query_as(sql).bind(ledger.as_str()).fetch_all(&self.pool).await
    }

    /// The body of a delivery, unless it is erased or there is none.
    ///
    /// # Errors
    /// When the database does not answer, or the body does not open.
    pub async fn body(
        &self,
        ledger: &LedgerId,
        id: Uuid,
    ) -> Result<Result<Option<Opened>, SealError>, sqlx::Error> {
        let Some(row) = self.sealed_row(ledger, id).await? else { return Ok(Ok(None)) };
        let opened = worker::open(self, &row);
        Ok(opened.map(|content| content.map(|(_, body)| Opened { body })))
    }

    /// Applies a delivery again, whatever it is: what it did before is not done twice.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn replay(&self, ledger: &LedgerId, id: Uuid) -> Result<Replay, sqlx::Error> {
        let Some(row) = self.sealed_row(ledger, id).await? else { return Ok(Replay::Unknown) };
        if row.try_get::<Option<String>, _>("key_id")?.is_none() {
            return Ok(Replay::Erased);
        }
        let mark = worker::apply_one(self, row).await?;
        self.marks.now(&[mark]).await?;
        let row = self.get(ledger, id).await?;
        Ok(row.map_or(Replay::Unknown, |row| Replay::Done(Box::new(row))))
    }

    /// Lets the worker try a ledger's dead letters again that came at or after `since`, of one
    /// provider or of all, as often as if they were new; returns how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn replay_dead_letters(
        &self,
        ledger: &LedgerId,
        provider: Option<&str>,
        since: Option<DateTime<Utc>>,
    ) -> Result<u64, sqlx::Error> {
        let sql = "UPDATE inbox.delivery d SET state = 'waiting', tries = 0, next_try_at = $4
            WHERE d.ledger = $1 AND d.state = 'dead' AND ($2::text IS NULL OR d.provider = $2)
              AND ($3::timestamptz IS NULL OR d.received_at >= $3)
              AND EXISTS (SELECT FROM inbox.body b WHERE b.delivery = d.id)";
        let replayed = sqlx::query(sql)
            .bind(ledger.as_str())
            .bind(provider)
            .bind(since)
            .bind(SystemClock.now())
            .execute(&self.pool)
            .await?
            .rows_affected();
        self.due.notify_one();
        Ok(replayed)
    }

    /// Forgets a delivery's body for ever; its row stays. Says whether there is such a delivery.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn erase(&self, ledger: &LedgerId, id: Uuid) -> Result<Option<Row>, sqlx::Error> {
        if self.get(ledger, id).await?.is_none() {
            return Ok(None);
        }
        let sql = "DELETE FROM inbox.body WHERE delivery = $1";
        sqlx::query(sql).bind(id).execute(&self.pool).await?;
        self.get(ledger, id).await
    }

    async fn sealed_row(&self, ledger: &LedgerId, id: Uuid) -> Result<Option<PgRow>, sqlx::Error> {
        let sql = "SELECT d.id, d.ledger, d.provider, d.tries, d.key_id AS proved_by,
       b.key_id, b.wrapped_key, b.ciphertext
            FROM inbox.delivery d LEFT JOIN inbox.body b ON b.delivery = d.id
            WHERE d.ledger = $1 AND d.id = $2";
        let row = sqlx::query(sql).bind(ledger.as_str()).bind(id);
        row.fetch_optional(&self.pool).await
    }
}
