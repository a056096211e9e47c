//! One row for each event: who, when, why.

use sqlx::postgres::PgConnection;

use super::ApplyError;
use cauri_domain::{Code, KeyId, Reference};
use cauri_ledger::Recorded;

const INSERT: &str = "
INSERT INTO events (ledger, revision, type, recorded_at, command_id, correlation_id, causation,
                    subject, role, category, reference, dimensions, hash, key_id)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::uuid[],
                     $6::uuid[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[],
                     $12::jsonb[], $13::text[], $14::text[])";

pub(super) async fn write(
    connection: &mut PgConnection,
    batch: &[Recorded],
) -> Result<(), ApplyError> {
    let column = |of: fn(&Recorded) -> String| batch.iter().map(of).collect::<Vec<_>>();
    let text = |of: fn(&Recorded) -> Option<String>| batch.iter().map(of).collect::<Vec<_>>();
    let revisions =
        batch.iter().map(|event| number(event.revision.0)).collect::<Result<Vec<_>, _>>();
    let causes: Vec<Option<i64>> = batch
        .iter()
        .map(|event| event.cause.causation.map(|revision| number(revision.0)).transpose())
        .collect::<Result<_, _>>()?;
    let dimensions: Vec<Option<serde_json::Value>> = batch
        .iter()
        .map(|event| &event.cause.labels.dimensions)
        .map(|dimensions| {
            let pairs =
                dimensions.iter().map(|(name, value)| (name.to_string(), value.as_str().into()));
            (!dimensions.is_empty()).then(|| serde_json::Value::Object(pairs.collect()))
        })
        .collect();
    sqlx::query(INSERT)
        .bind(column(|event| event.ledger.to_string()))
        .bind(revisions?)
        .bind(column(|event| event.event.wire_name().to_owned()))
        .bind(batch.iter().map(|event| event.recorded_at).collect::<Vec<_>>())
        .bind(batch.iter().map(|event| event.cause.command.0).collect::<Vec<_>>())
        .bind(batch.iter().map(|event| event.cause.correlation.0).collect::<Vec<_>>())
        .bind(causes)
        .bind(column(|event| event.cause.actor.subject.to_string()))
        .bind(column(|event| event.cause.actor.role.to_string()))
        .bind(text(|event| event.cause.labels.category.as_ref().map(Code::to_string)))
        .bind(text(|event| event.cause.labels.reference.as_ref().map(Reference::to_string)))
        .bind(dimensions)
        .bind(column(|event| event.hash.to_string()))
        .bind(text(|event| event.cause.key.as_ref().map(KeyId::to_string)))
        .execute(connection)
        .await?;
    Ok(())
}

/// A revision as Postgres keeps it.
pub(super) fn number(revision: u64) -> Result<i64, ApplyError> {
    i64::try_from(revision).map_err(|_| ApplyError::Poisoned {
        at: cauri_domain::Revision(revision),
        what: "the revision is beyond what Postgres can count".to_owned(),
    })
}
