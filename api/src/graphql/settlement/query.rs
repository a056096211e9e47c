//! Questions about settlements.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{SettlementRow, Slice};

use super::types::{self, Settlement};
use crate::graphql::context::{Moment, bookkeeper};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct SettlementQueries;

#[Object]
impl SettlementQueries {
    /// A provider's settlement to our bank account; null when there is none with this id. For
    /// finance, admins and auditors.
    async fn settlement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Settlement>> {
        bookkeeper(ctx, "settlement")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        types::find(&moment, id).await
    }

    /// Providers' settlements to our bank account, newest first. For finance, admins and auditors.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn settlements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this provider.")] provider: Option<String>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Settlement>> {
        bookkeeper(ctx, "settlements")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.settlements(provider.as_deref(), page).await;
        let Slice { rows, has_next, has_previous } =
            slice.map_err(|error| fault::database(&error))?;
        let rows = types::whole(&moment, rows).await?;
        let slice = Slice { rows, has_next, has_previous };
        let key = |it: &Settlement| SettlementRow::key(&it.row);
        Ok(connection(&moment, slice, key, |it| it))
    }
}
