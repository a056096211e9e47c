//! Commands about coupons and capacities.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use cauri_projections::query::{Page, Whose};

use super::input::*;
use super::types::{Capacity, Coupon};
use crate::graphql::command::{Done, ask, results};
use crate::graphql::context::{Moment, caller, engine};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

/// A coupon is as asked.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct CouponChanged {
    /// The revision at which it is so: ask queries for at least this one.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
    #[graphql(skip)]
    code: String,
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl CouponChanged {
    /// The coupon, as of this revision at least.
    async fn coupon(&self, ctx: &Context<'_>) -> Result<Option<Coupon>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let found =
            moment.ask().await.coupons(Some(&self.code), Whose::default(), Page::first(1)).await;
        let slice = found.map_err(|error| fault::database(&error))?;
        Ok(slice.rows.into_iter().next().map(Coupon))
    }
}

/// A capacity is as asked.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct CapacityChanged {
    /// The revision at which it is so: ask queries for at least this one.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
    #[graphql(skip)]
    name: String,
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl CapacityChanged {
    /// The capacity, as of this revision at least.
    async fn capacity(&self, ctx: &Context<'_>) -> Result<Option<Capacity>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let found = moment.ask().await.capacities(Some(&self.name), Page::first(1)).await;
        let slice = found.map_err(|error| fault::database(&error))?;
        Ok(slice.rows.into_iter().next().map(Capacity))
    }
}

results! {
    /// How creating a coupon ended.
    CreateCouponResult = CouponChanged;
    /// How disabling a coupon ended.
    DisableCouponResult = CouponChanged;
    /// How setting a capacity ended.
    SetCapacityResult = CapacityChanged;
}

#[derive(Debug, Default)]
pub struct CouponMutations;

#[Object]
impl CouponMutations {
    /// Gives out a coupon: a seller one that they bear, staff one that the platform bears.
    async fn create_coupon(
        &self,
        ctx: &Context<'_>,
        input: CreateCouponInput,
    ) -> Result<CreateCouponResult> {
        let code = input.code.clone();
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| CouponChanged { revision, replayed, code };
        Ok(CreateCouponResult::of(outcome, done))
    }

    /// Lets nobody use a coupon any more. Orders that were placed with it keep it.
    async fn disable_coupon(
        &self,
        ctx: &Context<'_>,
        input: DisableCouponInput,
    ) -> Result<DisableCouponResult> {
        let code = input.code.clone();
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| CouponChanged { revision, replayed, code };
        Ok(DisableCouponResult::of(outcome, done))
    }

    /// Says how many places of something there are: seats of a concert, rooms of a night.
    async fn set_capacity(
        &self,
        ctx: &Context<'_>,
        input: SetCapacityInput,
    ) -> Result<SetCapacityResult> {
        let name = input.name.clone();
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| CapacityChanged { revision, replayed, name };
        Ok(SetCapacityResult::of(outcome, done))
    }
}
