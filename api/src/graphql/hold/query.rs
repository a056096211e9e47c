//! Questions about holds.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::HoldRow;

use super::types::Hold;
use super::words::HoldStatus;
use crate::graphql::context::{Moment, asked_for, caller, may_see_of, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct HoldQueries;

#[Object]
impl HoldQueries {
    /// A hold; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or seller.
    async fn hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Hold>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.hold(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "id").await?;
        Ok(Some(Hold { row, moment }))
    }

    /// Holds, newest first. A buyer or seller sees those they are the first payer of.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn holds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(
            desc = "Only those that this wallet is the first payer of: one's own, or one whose member one is."
        )]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<HoldStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Hold>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(HoldStatus::word);
        let slice = moment.ask().await.holds(whose, status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let node = |row| Hold { row, moment: moment.clone() };
        Ok(connection(&moment, slice, HoldRow::key, node))
    }
}
