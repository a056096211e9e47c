//! Questions about coupons and capacities.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{CapacityRow, CouponRow};

use super::types::{Capacity, Coupon};
use crate::graphql::context::{Moment, asked_for, caller, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct CouponQueries;

#[Object]
impl CouponQueries {
    /// Coupons, newest first. A buyer or seller sees those that they bear.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn coupons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the one with this code.")] code: Option<String>,
        #[graphql(desc = "Only those that this owner bears.")] owner: Option<String>,
        #[graphql(
            desc = "Only those that this seller's wallet bears: one's own, or one whose member one is."
        )]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Coupon>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let slice = moment.ask().await.coupons(code.as_deref(), whose, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, CouponRow::key, Coupon))
    }

    /// Capacities and what is left of them, newest first. Everybody sees them all.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn capacities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the one of this name.")] name: Option<String>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Capacity>> {
        caller(ctx)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.capacities(name.as_deref(), page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, CapacityRow::key, Capacity))
    }
}
