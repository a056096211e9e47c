//! Questions about withdrawals.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::WithdrawalRow;

use super::types::Withdrawal;
use super::words::WithdrawalStatus;
use crate::graphql::context::{Moment, asked_for, caller, may_see_of, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct WithdrawalQueries;

#[Object]
impl WithdrawalQueries {
    /// A withdrawal; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn withdrawal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Withdrawal>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.withdrawal(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "id").await?;
        Ok(Some(Withdrawal(row)))
    }

    /// Withdrawals, newest first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn withdrawals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only those of this wallet: one's own, or one whose member one is.")]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<WithdrawalStatus>,
        #[graphql(
            desc = "true: only those that were due and might not approve themselves; false: only the others."
        )]
        alerted: Option<bool>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Withdrawal>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(WithdrawalStatus::word);
        let slice = moment.ask().await.withdrawals(whose, status, alerted, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, WithdrawalRow::key, Withdrawal))
    }
}
