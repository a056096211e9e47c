//! Reports of ages: what is open at the end of a range of days, a row for each part of a balance.

use chrono::{DateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};

use cauri_projections::query::{AgedPartRow, OpenOf, Snapshot, Waiting};

use super::figures::amount;
use super::kinds::{count, money, text};
use super::{Column, Request};

/// Of both kinds.
pub(super) const COLUMNS: [Column; 10] = [
    text("account"),
    text("currency"),
    text("kind"),
    text("object"),
    money("open"),
    count("days"),
    text("bucket"),
    text("recorded_at"),
    count("revision"),
    text("event"),
];

/// Of what is in suspense alone.
pub(super) const WAITING: [Column; 3] = [text("waits_for"), text("payin"), text("withdrawal")];

/// The parts as rows: at the end of the last day, or when it was asked for if that is before, or
/// when the revision was recorded that was asked for.
pub(super) async fn parts(
    snapshot: &mut Snapshot,
    of: OpenOf,
    request: &Request,
    most: u32,
) -> Result<Vec<Vec<String>>, sqlx::Error> {
    let revision = i64::try_from(request.revision.0).unwrap_or(i64::MAX);
    let Some(last) = snapshot.recorded_at(revision).await? else { return Ok(Vec::new()) };
    let end = request.terms.to.and_time(NaiveTime::MIN).and_utc();
    let moment = if request.terms.revision.is_some() { last } else { request.asked_at.max(last) };
    let at = moment.min(end);
    let revision = if last < end {
        Some(revision)
    } else {
        snapshot.revision_at(end - TimeDelta::microseconds(1)).await?
    };
    let Some(revision) = revision else { return Ok(Vec::new()) };
    // One more than there may be, so that too many are not taken for all.
    let parts = snapshot.aged_parts(of, revision, None, most.saturating_add(1)).await?;
    Ok(parts.into_iter().map(|part| row(of, part, at)).collect())
}

fn row(of: OpenOf, part: AgedPartRow, at: DateTime<Utc>) -> Vec<String> {
    let age = at - part.recorded_at;
    let mut row = vec![
        format!("{}:{}", of.account(), part.provider),
        part.currency.clone(),
        part.kind.clone(),
        part.object,
        amount(part.open, &part.currency),
        age.num_days().to_string(),
        bucket(age).to_owned(),
        part.recorded_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        part.revision.to_string(),
        part.event,
    ];
    if of == OpenOf::Suspense {
        let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        row.extend([
            Waiting::of(&part.kind).as_str().to_owned(),
            id(part.payin),
            id(part.withdrawal),
        ]);
    }
    row
}

fn bucket(age: TimeDelta) -> &'static str {
    match age {
        age if age <= TimeDelta::days(1) => "0-1",
        age if age <= TimeDelta::days(3) => "1-3",
        age if age <= TimeDelta::days(7) => "3-7",
        age if age <= TimeDelta::days(30) => "7-30",
        _ => "older",
    }
}
