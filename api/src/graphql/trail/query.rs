//! Questions about the audit trail.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use cauri_domain::Revision;
use cauri_ledger::trail::{Filter, Word, reader};
use cauri_projections::query::Key;

use super::types::{AccessEntry, LookedAt};
use super::words::AccessKind;
use crate::graphql::context::{overseer_of_people, seen};
use crate::graphql::fault;
use crate::graphql::paging::{Cursor, PageArgs, cost};
use crate::graphql::scalars::RevisionNumber;
use crate::trail::{Read, Recorder, id_of};

#[derive(Debug, Default)]
pub struct TrailQueries;

#[Object]
impl TrailQueries {
    /// Who was refused, approved, administered, read what is sensitive or used a token, in this ledger
    /// and where no ledger is known, newest first. For auditors and admins; that they looked is on
    /// record, too.
    #[graphql(complexity = "cost(first, None, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn audit_trail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only acts of this person or program.")] subject: Option<String>,
        #[graphql(desc = "Only acts of this kind.")] kind: Option<AccessKind>,
        #[graphql(desc = "Only acts about the object or the command with this id.")] object: Option<
            String,
        >,
        #[graphql(desc = "Only those put on record then or later.")] since: Option<DateTime<Utc>>,
        #[graphql(desc = "Only those put on record before then.")] until: Option<DateTime<Utc>>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only entries before this one: the `lookedFrom` of the page before.")]
        before: Option<RevisionNumber>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Result<Connection<Cursor, AccessEntry, LookedAt, EmptyFields>> {
        let caller = overseer_of_people(ctx, "auditTrail")?;
        let recorder = ctx.data::<Option<Recorder>>()?.as_ref();
        let recorder = recorder.ok_or_else(|| fault::unavailable("this server keeps no trail"))?;
        let page = PageArgs { after, first, ..PageArgs::default() }.parse()?;
        let after = page.after.map(|key| u64::try_from(key.revision)).transpose();
        let after = after.map_err(|_| fault::bad_argument("after", "not a cursor of this list"))?;
        let subject = subject.map(|text| text.parse()).transpose();
        let object: Option<Word> = object
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| fault::bad_argument("object", "not an id"))?;
        let filter = Filter {
            ledger: Some(caller.ledger.clone()),
            subject: subject.map_err(|_| fault::bad_argument("subject", "not a subject"))?,
            kind: kind.map(Into::into),
            object: object.as_ref().map(Word::to_string),
            since,
            until,
        };
        let named = filter.subject.as_ref().and_then(|subject| id_of(subject.as_str()));
        let object = object.as_ref().and_then(|object| id_of(object.as_str()));
        let asked = [("subject", named), ("object", object)];
        let asked: Vec<_> = asked.into_iter().filter_map(|(name, id)| Some((name, id?))).collect();
        seen(ctx, Read::Trail, &asked).await?;

        let before = [after, before.map(|before| before.0)].into_iter().flatten().min();
        let store = recorder.trail().store();
        let limit = usize::from(page.limit);
        let found = reader::page(&*store, &filter, before.map(Revision), limit).await;
        let found = found.map_err(|error| {
            tracing::error!(error = ?error, "the audit trail could not be read");
            fault::unavailable("the audit trail cannot be read now")
        })?;
        let looked = LookedAt { looked_from: found.looked_from.into() };
        let mut connection =
            Connection::with_additional_fields(before.is_some(), found.more, looked);
        connection.edges.extend(found.entries.into_iter().map(|kept| {
            let revision = i64::try_from(kept.revision.0).unwrap_or(i64::MAX);
            Edge::new(Cursor::at(Key { revision, line: 0 }), AccessEntry(kept))
        }));
        Ok(connection)
    }
}
