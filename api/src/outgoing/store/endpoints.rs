//! Endpoints: folded from the log, and how far each was told.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::types::Json;
use sqlx::{Row as _, Transaction};

use cauri_domain::endpoint::{Cause, Endpoint, Status};
use cauri_domain::{EndpointId, Event, LedgerId, Reference, Revision};
use cauri_ledger::Recorded;
use cauri_ledger::store::Head;

use super::{Progress, Row, Store, count, number, revision};
use crate::outgoing::schedule::OVERLAP;
use crate::outgoing::sender::Tried;

const COLUMNS: &str = "endpoint, terms, epoch, next, tries, due_at, given_up, first_given_up, \
                       former, former_until, tests";

pub(super) fn read(row: &PgRow) -> Result<Row, sqlx::Error> {
    let Json(terms): Json<Endpoint> = row.try_get("terms")?;
    let Json(tests) = row.try_get("tests")?;
    let former: Option<String> = row.try_get("former")?;
    let former_until: Option<DateTime<Utc>> = row.try_get("former_until")?;
    let former: Option<Reference> = former.and_then(|text| text.parse().ok());
    let unsigned = |column| -> Result<u32, sqlx::Error> {
        Ok(u32::try_from(row.try_get::<i32, _>(column)?).unwrap_or(0))
    };
    Ok(Row {
        endpoint: EndpointId(row.try_get("endpoint")?),
        terms,
        epoch: revision(row.try_get("epoch")?),
        at: Progress {
            next: revision(row.try_get("next")?),
            tries: unsigned("tries")?,
            due_at: row.try_get("due_at")?,
            given_up: unsigned("given_up")?,
            first_given_up: row.try_get::<Option<i64>, _>("first_given_up")?.map(revision),
        },
        former: former.zip(former_until),
        tests,
    })
}

/// Which endpoint an event is about.
#[expect(clippy::wildcard_enum_match_arm, reason = "most events are about none")]
pub(in crate::outgoing) const fn concerns(event: &Event) -> Option<EndpointId> {
    match event {
        Event::EndpointAdded(it) => Some(it.endpoint),
        Event::EndpointChanged(it) => Some(it.endpoint),
        Event::EndpointSecretRotated(it) => Some(it.endpoint),
        Event::EndpointDisabled(it) => Some(it.endpoint),
        Event::EndpointEnabled(it) => Some(it.endpoint),
        Event::EndpointReplayed(it) => Some(it.endpoint),
        Event::EndpointRemoved(it) => Some(it.endpoint),
        _ => None,
    }
}

impl Store {
    /// How far a ledger was looked through for events about endpoints.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn scanned(&self, ledger: &LedgerId) -> Result<Head, sqlx::Error> {
        let sql = "SELECT scanned FROM outgoing.ledger WHERE ledger = $1";
        let found: Option<i64> =
            sqlx::query_scalar(sql).bind(ledger.as_str()).fetch_optional(&self.pool).await?;
        Ok(found.map_or(Head::Empty, |it| Head::At(revision(it))))
    }

    /// Says how far a ledger was looked through.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_scanned(&self, ledger: &LedgerId, to: Revision) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        set_scanned(&mut transaction, ledger, to).await?;
        transaction.commit().await
    }

    /// The endpoints of a ledger that are not removed, by their ids.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn endpoints(&self, ledger: &LedgerId) -> Result<Vec<Row>, sqlx::Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM outgoing.endpoint WHERE ledger = $1 ORDER BY endpoint");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ledger.as_str());
        rows.fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn endpoint(
        &self,
        ledger: &LedgerId,
        endpoint: EndpointId,
    ) -> Result<Option<Row>, sqlx::Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM outgoing.endpoint WHERE ledger = $1 AND endpoint = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ledger.as_str()).bind(endpoint.0);
        row.fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
    }

    /// Applies an event about an endpoint, in one transaction with how far the ledger was looked
    /// through. `now` is the world's time. Says which secret signs no more, if one does not.
    ///
    /// # Errors
    /// When the database does not answer: then nothing was applied.
    pub async fn fold(
        &self,
        recorded: &Recorded,
        now: DateTime<Utc>,
    ) -> Result<Option<Reference>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let mut displaced = None;
        if let Event::EndpointAdded(it) = &recorded.event {
            let terms = Endpoint {
                url: it.url.clone(),
                filter: it.filter.clone(),
                secret: it.secret.clone(),
                from: it.from,
                status: Status::Enabled,
            };
            let next = it.from.unwrap_or(recorded.revision.next());
            let sql = "INSERT INTO outgoing.endpoint (ledger, endpoint, terms, epoch, next) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
            let inserted = sqlx::query(sql)
                .bind(recorded.ledger.as_str())
                .bind(it.endpoint.0)
                .bind(Json(terms))
                .bind(number(recorded.revision))
                .bind(number(next));
            inserted.execute(&mut *transaction).await?;
        } else if let Some(endpoint) = concerns(&recorded.event) {
            displaced = self.fold_known(&mut transaction, recorded, endpoint, now).await?;
        }
        set_scanned(&mut transaction, &recorded.ledger, recorded.revision).await?;
        transaction.commit().await?;
        Ok(displaced)
    }

    async fn fold_known(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        recorded: &Recorded,
        endpoint: EndpointId,
        now: DateTime<Utc>,
    ) -> Result<Option<Reference>, sqlx::Error> {
        let (ledger, at) = (&recorded.ledger, recorded.revision);
        let sql = format!(
            "SELECT {COLUMNS} FROM outgoing.endpoint WHERE ledger = $1 AND endpoint = $2 FOR UPDATE"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(ledger.as_str()).bind(endpoint.0);
        let row = row.fetch_optional(&mut **transaction).await?;
        let Some(mut row) = row.as_ref().map(read).transpose()? else { return Ok(None) };
        if matches!(recorded.event, Event::EndpointRemoved(_)) {
            let sql = "DELETE FROM outgoing.endpoint WHERE ledger = $1 AND endpoint = $2";
            let deleted = sqlx::query(sql).bind(ledger.as_str()).bind(endpoint.0);
            deleted.execute(&mut **transaction).await?;
            return Ok(None);
        }
        let (revived, before) = (row.at.first_given_up, row.former.clone().map(|it| it.0));
        change(&mut row, &recorded.event, at, now);
        let displaced = before.filter(|it| row.former.as_ref().is_none_or(|kept| kept.0 != *it));
        if matches!(row.terms.status, Status::Disabled(Cause::Failing))
            && let Some(from) = revived
        {
            // It was the endpoint, not its events: they were never given up.
            let sql = "UPDATE outgoing.delivery SET state = 'waiting' \
                       WHERE ledger = $1 AND endpoint = $2 AND state = 'dead' AND revision >= $3";
            let revived =
                sqlx::query(sql).bind(ledger.as_str()).bind(endpoint.0).bind(number(from));
            revived.execute(&mut **transaction).await?;
        }
        let (former, former_until) = row.former.unzip();
        let sql = "UPDATE outgoing.endpoint SET terms = $3, epoch = $4, next = $5, tries = $6, \
                   due_at = $7, given_up = $8, first_given_up = $9, former = $10, former_until = $11 \
                   WHERE ledger = $1 AND endpoint = $2";
        let updated = sqlx::query(sql)
            .bind(ledger.as_str())
            .bind(endpoint.0)
            .bind(Json(row.terms))
            .bind(number(row.epoch))
            .bind(number(row.at.next))
            .bind(count(row.at.tries))
            .bind(row.at.due_at)
            .bind(count(row.at.given_up))
            .bind(row.at.first_given_up.map(number))
            .bind(former.map(String::from))
            .bind(former_until);
        updated.execute(&mut **transaction).await?;
        Ok(displaced)
    }

    /// Leaves out the events before `next`, and what was tried of them, unless where to go on was said
    /// anew.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leave_out(
        &self,
        ledger: &LedgerId,
        endpoint: EndpointId,
        epoch: Revision,
        next: Revision,
    ) -> Result<(), sqlx::Error> {
        let sql = "UPDATE outgoing.endpoint SET next = $4, tries = 0, due_at = NULL \
                   WHERE ledger = $1 AND endpoint = $2 AND epoch = $3";
        let updated = sqlx::query(sql)
            .bind(ledger.as_str())
            .bind(endpoint.0)
            .bind(number(epoch))
            .bind(number(next));
        updated.execute(&self.pool).await?;
        Ok(())
    }

    /// Says how often a failing endpoint was probed, and when it is again; not when, where it has
    /// another address or secret meanwhile, which is tried when that was said.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn probed(
        &self,
        ledger: &LedgerId,
        row: &Row,
        due_at: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        let sql = "UPDATE outgoing.endpoint SET tries = $4, \
                   due_at = CASE WHEN terms->>'url' = $6 AND terms->>'secret' = $7 \
                            THEN $5 ELSE due_at END \
                   WHERE ledger = $1 AND endpoint = $2 AND epoch = $3";
        let updated = sqlx::query(sql)
            .bind(ledger.as_str())
            .bind(row.endpoint.0)
            .bind(number(row.epoch))
            .bind(count(row.at.tries))
            .bind(due_at)
            .bind(row.terms.url.as_str())
            .bind(row.terms.secret.as_str());
        updated.execute(&self.pool).await?;
        Ok(())
    }

    /// Keeps a message that was sent to see whether an endpoint answers; the first of 20 makes room.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tested(
        &self,
        ledger: &LedgerId,
        endpoint: EndpointId,
        tried: &Tried,
    ) -> Result<(), sqlx::Error> {
        let sql = "UPDATE outgoing.endpoint SET tests = \
                       (CASE WHEN jsonb_array_length(tests) >= 20 THEN tests - 0 ELSE tests END) \
                       || jsonb_build_array($3::jsonb) \
                   WHERE ledger = $1 AND endpoint = $2";
        let updated = sqlx::query(sql).bind(ledger.as_str()).bind(endpoint.0).bind(Json(tried));
        updated.execute(&self.pool).await?;
        Ok(())
    }
}

async fn set_scanned(
    transaction: &mut Transaction<'_, Postgres>,
    ledger: &LedgerId,
    to: Revision,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO outgoing.ledger (ledger, scanned) VALUES ($1, $2) \
               ON CONFLICT (ledger) DO UPDATE SET scanned = excluded.scanned";
    let set = sqlx::query(sql).bind(ledger.as_str()).bind(number(to));
    set.execute(&mut **transaction).await?;
    Ok(())
}

/// What an event about a known endpoint makes of it.
#[expect(clippy::wildcard_enum_match_arm, reason = "other events are not about endpoints")]
fn change(row: &mut Row, event: &Event, at: Revision, now: DateTime<Utc>) {
    let begin_anew = |row: &mut Row, next| {
        row.at = Progress::at(next);
        row.epoch = at;
    };
    match event {
        Event::EndpointChanged(it) => {
            row.terms.url = it.url.clone();
            row.terms.filter = it.filter.clone();
            // Perhaps this is what was wrong: it is tried at once. Of a failing endpoint that none is
            // planned says something else: that the next probe is to be.
            row.at.due_at = row.at.due_at.map(|due| due.min(now));
        }
        Event::EndpointSecretRotated(it) => {
            row.terms.secret = it.secret.clone();
            row.former = Some((it.former.clone(), now + OVERLAP));
            row.at.due_at = row.at.due_at.map(|due| due.min(now));
        }
        Event::EndpointDisabled(it) => {
            row.terms.status = Status::Disabled(it.cause.clone());
            let first = row.at.first_given_up.filter(|_| it.cause == Cause::Failing);
            begin_anew(row, first.unwrap_or(row.at.next));
        }
        Event::EndpointEnabled(_) => {
            row.terms.status = Status::Enabled;
            begin_anew(row, row.at.next);
        }
        Event::EndpointReplayed(it) => begin_anew(row, it.from),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use cauri_domain::endpoint::{Changed, Disabled, Enabled, Filter, Replayed, Rotated};
    use uuid::Uuid;

    use super::*;

    fn row() -> Row {
        let at = Progress {
            next: Revision(9),
            tries: 4,
            due_at: DateTime::from_timestamp(1, 0),
            given_up: 3,
            first_given_up: Some(Revision(5)),
        };
        let terms = Endpoint {
            url: "https://shop.example/".parse().expect("an address"),
            filter: Filter::default(),
            secret: "vlt_1".parse().expect("a reference"),
            from: None,
            status: Status::Enabled,
        };
        let endpoint = EndpointId(Uuid::from_u128(1));
        Row { endpoint, terms, epoch: Revision(1), at, former: None, tests: Vec::new() }
    }

    fn after(event: impl Into<Event>) -> Row {
        let mut row = row();
        change(&mut row, &event.into(), Revision(20), DateTime::UNIX_EPOCH);
        row
    }

    #[test]
    fn an_endpoint_that_failed_goes_on_at_the_first_event_that_it_did_not_take() {
        let endpoint = row().endpoint;
        let failing = after(Disabled { endpoint, cause: Cause::Failing });
        assert_eq!((failing.at, failing.epoch), (Progress::at(Revision(5)), Revision(20)));
        for cause in [Cause::Gone, Cause::Asked("later".parse().expect("a word"))] {
            assert_eq!(after(Disabled { endpoint, cause }).at, Progress::at(Revision(9)));
        }
        assert_eq!(after(Enabled { endpoint, probed: true }).at, Progress::at(Revision(9)));
        let replayed = after(Replayed { endpoint, from: Revision(0) });
        assert_eq!(replayed.at, Progress::at(Revision(0)));
    }

    #[test]
    fn another_address_or_secret_has_what_waits_tried_now_and_what_is_due_stays_so() {
        let (endpoint, url) = (row().endpoint, "https://new.example/".parse().expect("an address"));
        let changed = Changed { endpoint, url, filter: Filter::default() };
        let [secret, former] = ["vlt_2", "vlt_1"].map(|it| it.parse::<Reference>().expect("one"));
        let rotated = Rotated { endpoint, secret, former };
        for event in [Event::from(changed), rotated.into()] {
            for (was, now, is) in [(Some(9), 5, Some(5)), (Some(5), 9, Some(5)), (None, 9, None)] {
                let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).expect("an instant");
                let mut row = row();
                row.at.due_at = was.map(at);
                change(&mut row, &event, Revision(20), at(now));
                assert_eq!((row.at.due_at, row.at.tries), (is.map(at), 4));
            }
        }
    }

    #[test]
    fn a_secret_signs_for_a_day_of_the_world_after_it_was_replaced() {
        let [secret, former] = ["vlt_2", "vlt_1"].map(|it| it.parse::<Reference>().expect("one"));
        let endpoint = row().endpoint;
        let rotated = after(Rotated { endpoint, secret: secret.clone(), former: former.clone() });
        assert_eq!(rotated.terms.secret, secret);
        assert_eq!(rotated.former, Some((former, DateTime::UNIX_EPOCH + OVERLAP)));
        // What is under way counts: it was signed with a secret that is good.
        assert_eq!(rotated.epoch, Revision(1));
    }
}
