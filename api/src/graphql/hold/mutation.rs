//! Commands about holds.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Hold;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// A hold is as asked.
    HoldChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl HoldChanged {
    /// The hold, as of this revision at least.
    async fn hold(&self, ctx: &Context<'_>) -> Result<Option<Hold>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.hold(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(|row| Hold { row, moment }))
    }
}

results! {
    /// How placing a hold ended.
    PlaceHoldResult = HoldChanged;
    /// How increasing a hold ended.
    IncreaseHoldResult = HoldChanged;
    /// How extending a hold ended.
    ExtendHoldResult = HoldChanged;
    /// How a capture ended.
    CaptureHoldResult = HoldChanged;
    /// How voiding a hold ended.
    VoidHoldResult = HoldChanged;
}

#[derive(Debug, Default)]
pub struct HoldMutations;

#[Object]
impl HoldMutations {
    /// Reserves money of one or several payers: from then on it cannot be spent.
    async fn place_hold(
        &self,
        ctx: &Context<'_>,
        input: PlaceHoldInput,
    ) -> Result<PlaceHoldResult> {
        changed!(ctx, input, hold, PlaceHoldResult, HoldChanged)
    }

    /// Reserves more of the same payers.
    async fn increase_hold(
        &self,
        ctx: &Context<'_>,
        input: IncreaseHoldInput,
    ) -> Result<IncreaseHoldResult> {
        changed!(ctx, input, hold, IncreaseHoldResult, HoldChanged)
    }

    /// Lets a hold stand longer.
    async fn extend_hold(
        &self,
        ctx: &Context<'_>,
        input: ExtendHoldInput,
    ) -> Result<ExtendHoldResult> {
        changed!(ctx, input, hold, ExtendHoldResult, HoldChanged)
    }

    /// Takes of what is held, for its payees and less commission; the last capture gives the rest
    /// back.
    async fn capture_hold(
        &self,
        ctx: &Context<'_>,
        input: CaptureHoldInput,
    ) -> Result<CaptureHoldResult> {
        changed!(ctx, input, hold, CaptureHoldResult, HoldChanged)
    }

    /// Gives all that is held back.
    async fn void_hold(&self, ctx: &Context<'_>, input: VoidHoldInput) -> Result<VoidHoldResult> {
        changed!(ctx, input, hold, VoidHoldResult, HoldChanged)
    }
}
