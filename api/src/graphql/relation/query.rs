//! Questions about relations.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{RelationRow, RelationsOf, Whose};

use super::types::Relation;
use crate::graphql::context::{Moment, asked_for, caller, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct RelationQueries;

#[Object]
impl RelationQueries {
    /// Who is what of which thing, newest first. A buyer or seller sees their own and those of
    /// their wallets.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this thing.")] object: Option<String>,
        #[graphql(desc = "Only those of this kind.")] kind: Option<String>,
        #[graphql(desc = "Only this person's, and their wallets'.")] person: Option<String>,
        #[graphql(desc = "Only this wallet's.")] wallet: Option<Uuid>,
        #[graphql(desc = "Those that have ended too.", default)] ended: bool,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Relation>> {
        let caller = caller(ctx)?;
        let person = asked_for(caller, subject(person)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let Whose { owner: person, wallet } = whose(caller, &moment, person, wallet).await?;
        let of = RelationsOf { object, kind, person, wallet, ended };
        let slice = moment.ask().await.relations(of, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, RelationRow::key, Relation))
    }
}
