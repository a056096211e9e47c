//! Questions about escrows.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::EscrowRow;

use super::types::Escrow;
use super::words::EscrowStatus;
use crate::graphql::context::{Moment, asked_for, caller, may_see_any, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct EscrowQueries;

#[Object]
impl EscrowQueries {
    /// An escrow; null when there is none with this id. One between others is `FORBIDDEN` to a
    /// buyer or seller.
    async fn escrow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Escrow>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.escrow(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        let arbiter = row.arbiter.as_deref().unwrap_or(&row.buyer_owner);
        let persons = [row.buyer_owner.as_str(), &row.seller_owner, arbiter];
        may_see_any(caller, &moment, &[row.buyer, row.seller], &persons, "id").await?;
        Ok(Some(Escrow { row, moment }))
    }

    /// Escrows, newest first. A buyer or seller sees those in which they are one.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn escrows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in which this owner buys, sells, or may have to decide.")]
        owner: Option<String>,
        #[graphql(
            desc = "Only those that this wallet buys or sells in: one's own, or one whose member one is."
        )]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<EscrowStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Escrow>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(EscrowStatus::word);
        let slice = moment.ask().await.escrows(whose, status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, EscrowRow::key, |row| Escrow { row, moment: moment.clone() }))
    }
}
