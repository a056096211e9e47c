//! Rows of the inbox, and the statements that write them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgPool};
use uuid::Uuid;

use cauri_domain::{LedgerId, Provider};

use super::Mark;
use crate::vault::Sealed;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Durable, and being applied.
    Stored,
    /// In the log.
    Applied,
    /// It means nothing here.
    NoEffect,
    /// It is tried again.
    Waiting,
    /// It is not tried again, unless a person or its provider asks.
    Dead,
}

impl State {
    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Applied => "applied",
            Self::NoEffect => "no_effect",
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }

    pub(super) fn read(word: &str) -> Result<Self, sqlx::Error> {
        [Self::Stored, Self::Applied, Self::NoEffect, Self::Waiting, Self::Dead]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| sqlx::Error::Decode("a delivery's state is none of the known".into()))
    }

    /// Whether nothing is to be done any more.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Applied | Self::NoEffect)
    }
}

/// A delivery that is to be kept.
#[derive(Debug)]
pub struct Arrival {
    /// Its id here, of version 7.
    pub id: Uuid,
    /// The ledger that it is for.
    pub ledger: LedgerId,
    /// Who sent it.
    pub provider: Provider,
    /// What makes it the same delivery, with its body: see [`Arrival::key`].
    pub key: String,
    /// SHA-256 of its body.
    pub body_sha256: [u8; 32],
    /// The provider's word for what happened.
    pub kind: String,
    /// Which secret proved it.
    pub key_id: Option<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Whether it asks anything of the ledger.
    pub has_effect: bool,
}

impl Arrival {
    /// How long a request may be at it before the worker takes it for forgotten.
    const FORGOTTEN: TimeDelta = TimeDelta::seconds(30);

    /// The provider's own id of the event; where it has none, the digest of the body.
    #[must_use]
    pub fn key(delivery_id: Option<&str>, body_sha256: &[u8; 32]) -> String {
        /// Longer ids are taken by their digest: an index has only so much room.
        const LONGEST: usize = 200;
        match delivery_id {
            Some(id) if id.len() <= LONGEST => id.to_owned(),
            Some(_) | None => format!("sha256:{}", hex::encode(body_sha256)),
        }
    }
}

/// A delivery that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub state: State,
    /// The revision that it led to, if any.
    pub revision: Option<u64>,
    /// Whether it came for the first time.
    pub is_new: bool,
}

/// What is written of all arrivals in one statement; those that are known change nothing but when the
/// last one came.
const INSERT: &str = "
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[],
                         $7::text[], $8::timestamptz[], $9::text[], $10::timestamptz[],
                         $11::text[], $12::bytea[], $13::bytea[])
        AS t (id, ledger, provider, key, body_sha256, kind, key_id, received_at, state,
              next_try_at, wrapped_by, wrapped_key, sealed)
), fresh AS (
    INSERT INTO inbox.delivery (id, ledger, provider, key, body_sha256, kind, key_id, received_at,
                                state, next_try_at)
    SELECT id, ledger, provider, key, body_sha256, kind, key_id, received_at, state, next_try_at
    FROM given
    ON CONFLICT (ledger, provider, key, body_sha256) DO NOTHING
    RETURNING id
), bodies AS (
    INSERT INTO inbox.body (delivery, key_id, wrapped_key, ciphertext)
    SELECT given.id, given.wrapped_by, given.wrapped_key, given.sealed FROM given JOIN fresh USING (id)
), last AS (
    INSERT INTO inbox.last_delivery (ledger, provider, received_at, kind)
    SELECT DISTINCT ON (ledger, provider) ledger, provider, received_at, kind
    FROM given ORDER BY ledger, provider, received_at DESC
    ON CONFLICT (ledger, provider)
    DO UPDATE SET received_at = excluded.received_at, kind = excluded.kind
)
SELECT id FROM fresh";

/// Those of the given keys that are there. Each is looked up by itself, since a join could be planned
/// as a walk through all that ever came.
const KNOWN: &str = "
SELECT given.place, d.id, d.state, d.revision
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) WITH ORDINALITY
        AS given (ledger, provider, key, body_sha256, place)
CROSS JOIN LATERAL (
    SELECT id, state, revision FROM inbox.delivery d
    WHERE (d.key, d.body_sha256, d.provider, d.ledger)
        = (given.key, given.body_sha256, given.provider, given.ledger)
    LIMIT 1
) AS d";

/// Writes arrivals with their sealed bodies, and says for each, in order, what is kept.
pub(super) async fn insert(
    connection: &mut PgConnection,
    arrivals: &[(Arrival, Sealed)],
) -> Result<Vec<Known>, sqlx::Error> {
    let state_of = |has_effect| if has_effect { State::Stored } else { State::NoEffect };
    fn each<'a, T>(arrivals: &'a [(Arrival, Sealed)], field: impl Fn(&'a Arrival) -> T) -> Vec<T> {
        arrivals.iter().map(|(arrival, _)| field(arrival)).collect()
    }
    let sealed = |field: fn(&Sealed) -> &[u8]| -> Vec<&[u8]> {
        arrivals.iter().map(|(_, sealed)| field(sealed)).collect()
    };
    let wrapped_by: Vec<&str> = arrivals.iter().map(|(_, sealed)| sealed.key_id.as_str()).collect();
    let due = |it: &Arrival| it.has_effect.then(|| it.received_at + Arrival::FORGOTTEN);
    let rows = sqlx::query(INSERT)
        .bind(each(arrivals, |it| it.id))
        .bind(each(arrivals, |it| it.ledger.as_str()))
        .bind(each(arrivals, |it| it.provider.as_str()))
        .bind(each(arrivals, |it| it.key.as_str()))
        .bind(each(arrivals, |it| &it.body_sha256[..]))
        .bind(each(arrivals, |it| it.kind.as_str()))
        .bind(each(arrivals, |it| it.key_id.as_deref()))
        .bind(each(arrivals, |it| it.received_at))
        .bind(each(arrivals, |it| state_of(it.has_effect).word()))
        .bind(each(arrivals, due))
        .bind(wrapped_by)
        .bind(sealed(|it| &it.wrapped_key))
        .bind(sealed(|it| &it.ciphertext))
        .fetch_all(&mut *connection)
        .await?;
    let fresh: std::collections::HashSet<Uuid> =
        rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
    let repeated: Vec<usize> =
        (0..arrivals.len()).filter(|at| !fresh.contains(&arrivals[*at].0.id)).collect();
    let mut known = HashMap::new();
    if !repeated.is_empty() {
        let of = |field: fn(&Arrival) -> &str| -> Vec<&str> {
            repeated.iter().map(|at| field(&arrivals[*at].0)).collect()
        };
        let rows = sqlx::query(KNOWN)
            .bind(of(|it| it.ledger.as_str()))
            .bind(of(|it| it.provider.as_str()))
            .bind(of(|it| it.key.as_str()))
            .bind(repeated.iter().map(|at| &arrivals[*at].0.body_sha256[..]).collect::<Vec<_>>())
            .fetch_all(&mut *connection)
            .await?;
        for row in rows {
            let place: i64 = row.try_get("place")?;
            let at = usize::try_from(place - 1).ok().and_then(|place| repeated.get(place));
            let at = *at.ok_or_else(|| sqlx::Error::Decode("a place that was not asked".into()))?;
            let id: Uuid = row.try_get("id")?;
            // A commit whose answer was lost is asked again: the row is then our own.
            let is_new = id == arrivals[at].0.id;
            let state = State::read(row.try_get("state")?)?;
            known.insert(at, Known { id, state, revision: revision(&row)?, is_new });
        }
    }
    arrivals
        .iter()
        .enumerate()
        .map(|(at, (arrival, _))| match known.get(&at) {
            Some(known) => Ok(*known),
            None if fresh.contains(&arrival.id) => {
                let state = state_of(arrival.has_effect);
                Ok(Known { id: arrival.id, state, revision: None, is_new: true })
            }
            None => Err(sqlx::Error::RowNotFound),
        })
        .collect()
}

/// The column `revision`.
pub(super) fn revision(row: &sqlx::postgres::PgRow) -> Result<Option<u64>, sqlx::Error> {
    let revision: Option<i64> = row.try_get("revision")?;
    let revision = revision.map(u64::try_from).transpose();
    revision.map_err(|error| sqlx::Error::Decode(error.into()))
}

/// What is done stays done: a mark that comes late, or of a second try, does not undo it.
const MARK: &str = "
UPDATE inbox.delivery d
SET state = m.state, tries = d.tries + m.tried, next_try_at = m.next_try_at,
    error_code = m.code, error_field = m.field, error_message = m.message,
    revision = COALESCE(m.revision, d.revision)
FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[], $5::text[], $6::text[],
            $7::text[], $8::bigint[])
    AS m (id, state, tried, next_try_at, code, field, message, revision)
WHERE d.id = m.id
  AND NOT (d.state = 'applied' AND m.state <> 'applied')
  AND NOT (d.state = 'no_effect' AND m.state IN ('waiting', 'dead'))";

/// Writes marks, at most one for each delivery.
pub(super) async fn mark(connection: &mut PgConnection, marks: &[Mark]) -> Result<(), sqlx::Error> {
    fn each<'a, T>(marks: &'a [Mark], field: impl Fn(&'a Mark) -> T) -> Vec<T> {
        marks.iter().map(field).collect()
    }
    let number = |it: &Mark| it.revision.and_then(|revision| i64::try_from(revision).ok());
    sqlx::query(MARK)
        .bind(each(marks, |it| it.id))
        .bind(each(marks, |it| it.state.word()))
        .bind(each(marks, |it| i32::from(!it.state.is_done())))
        .bind(each(marks, |it| it.next_try_at))
        .bind(each(marks, |it| it.error.as_ref().map(|error| error.code.as_str())))
        .bind(each(marks, |it| it.error.as_ref().and_then(|error| error.field.as_deref())))
        .bind(each(marks, |it| it.error.as_ref().map(|error| error.message.as_str())))
        .bind(each(marks, number))
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes what was stored and never marked due: nobody is at it any more.
pub(super) async fn revive(pool: &PgPool, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let sql = "UPDATE inbox.delivery SET next_try_at = $1 WHERE state = 'stored'";
    let revived = sqlx::query(sql).bind(now).execute(pool).await?.rows_affected();
    if revived > 0 {
        tracing::info!(revived, "deliveries that were stored before the last end are applied now");
    }
    Ok(())
}
