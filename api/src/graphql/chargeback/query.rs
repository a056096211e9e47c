//! Questions about chargebacks.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::ChargebackRow;

use super::types::Chargeback;
use super::words::ChargebackStatus;
use crate::graphql::context::{Moment, asked_for, caller, may_see_any, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct ChargebackQueries;

#[Object]
impl ChargebackQueries {
    /// A chargeback; null when there is none with this id. One of another's money is `FORBIDDEN` to a
    /// buyer or seller.
    async fn chargeback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Chargeback>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.chargeback(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        let (wallets, persons): (Vec<_>, Vec<_>) =
            row.wallet.into_iter().zip(row.owner.as_deref()).unzip();
        may_see_any(caller, &moment, &wallets, &persons, "id").await?;
        Ok(Some(Chargeback(row)))
    }

    /// Chargebacks, newest first. A buyer or seller sees those of their own money.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn chargebacks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner's money.")] owner: Option<String>,
        #[graphql(
            desc = "Only those of this wallet's money: one's own, or one whose member one is."
        )]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<ChargebackStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Chargeback>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(ChargebackStatus::word);
        let slice = moment.ask().await.chargebacks(whose, status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, ChargebackRow::key, Chargeback))
    }
}
