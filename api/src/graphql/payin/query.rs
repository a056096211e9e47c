//! Questions about pay-ins.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{PayinRow, SuspenseRow};

use super::types::{Payin, SuspenseItem};
use super::words::PayinStatus;
use crate::graphql::context::{Moment, asked_for, caller, may_see_of, overseer, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct PayinQueries;

#[Object]
impl PayinQueries {
    /// A pay-in; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn payin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Payin>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.payin(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "id").await?;
        Ok(Some(Payin(row)))
    }

    /// Pay-ins, newest first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn payins(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only those of this wallet: one's own, or one whose member one is.")]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<PayinStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Payin>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(PayinStatus::word);
        let slice = moment.ask().await.payins(whose, status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, PayinRow::key, Payin))
    }

    /// Money that came in and matched to nothing, newest first: what is there still, unless
    /// otherwise asked. Not for buyers and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn suspense(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "true: what is there still; false: what has left; null: all.",
            default_with = "Some(true)"
        )]
        open: Option<bool>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<SuspenseItem>> {
        overseer(ctx, "suspense")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.suspense(open, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, SuspenseRow::key, SuspenseItem))
    }
}
