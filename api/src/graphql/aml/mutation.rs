//! Commands about flags and risk holds.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::{Flag, RiskHold};
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::{Moment, overseer};
use crate::graphql::fault;

changes! {
    /// A flag is as asked.
    FlagChanged;
    /// A risk hold is as asked.
    RiskHoldChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl FlagChanged {
    /// The flag, as of this revision at least.
    async fn flag(&self, ctx: &Context<'_>) -> Result<Option<Flag>> {
        overseer(ctx, "flag")?;
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.flag(self.id).await;
        Ok(row.map_err(|error| fault::database(&error))?.map(Flag))
    }
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl RiskHoldChanged {
    /// The risk hold, as of this revision at least.
    async fn risk_hold(&self, ctx: &Context<'_>) -> Result<Option<RiskHold>> {
        overseer(ctx, "riskHold")?;
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.risk_hold(self.id).await;
        Ok(row.map_err(|error| fault::database(&error))?.map(RiskHold))
    }
}

results! {
    /// How putting a suspicion on record ended.
    FlagTransactionResult = FlagChanged;
    /// How ending it ended.
    ClearFlagResult = FlagChanged;
    /// How keeping money back ended.
    PlaceRiskHoldResult = RiskHoldChanged;
    /// How giving it back ended.
    ReleaseRiskHoldResult = RiskHoldChanged;
}

#[derive(Debug, Default)]
pub struct AmlMutations;

#[Object]
impl AmlMutations {
    /// Puts a suspicion on record. A wallet that it is about is under review until it is cleared:
    /// none of its withdrawals approves itself.
    async fn flag_transaction(
        &self,
        ctx: &Context<'_>,
        input: FlagTransactionInput,
    ) -> Result<FlagTransactionResult> {
        changed!(ctx, input, flag, FlagTransactionResult, FlagChanged)
    }

    /// Ends a suspicion, with what came of it: a person's judgement, and not the wallet's owner's.
    async fn clear_flag(
        &self,
        ctx: &Context<'_>,
        input: ClearFlagInput,
    ) -> Result<ClearFlagResult> {
        changed!(ctx, input, flag, ClearFlagResult, FlagChanged)
    }

    /// Keeps money of a wallet back: it is still the wallet's, and cannot be spent.
    async fn place_risk_hold(
        &self,
        ctx: &Context<'_>,
        input: PlaceRiskHoldInput,
    ) -> Result<PlaceRiskHoldResult> {
        changed!(ctx, input, risk_hold, PlaceRiskHoldResult, RiskHoldChanged)
    }

    /// Gives it back, as far as it is there.
    async fn release_risk_hold(
        &self,
        ctx: &Context<'_>,
        input: ReleaseRiskHoldInput,
    ) -> Result<ReleaseRiskHoldResult> {
        changed!(ctx, input, risk_hold, ReleaseRiskHoldResult, RiskHoldChanged)
    }
}
