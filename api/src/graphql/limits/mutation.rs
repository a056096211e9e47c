//! Commands about limits.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use super::input::*;
use super::types::{LimitLeft, left};
use crate::graphql::command::{Done, ask, changed, changes, results};
use crate::graphql::context::{caller, engine};
use crate::graphql::scalars::RevisionNumber;

changes! {
    /// A wallet's limits are as asked.
    WalletLimitsChanged;
}

#[ComplexObject]
impl WalletLimitsChanged {
    /// Every limit in force for the wallet now, and what is left of it.
    async fn limits(&self, ctx: &Context<'_>) -> Result<Vec<LimitLeft>> {
        left(ctx, self.id).await
    }
}

/// Limits are as asked.
#[derive(Debug, SimpleObject)]
pub struct LimitsChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

impl LimitsChanged {
    const fn new(Done { revision, replayed }: Done) -> Self {
        Self { revision, replayed }
    }
}

results! {
    /// How setting limits ended.
    SetLimitsResult = LimitsChanged;
    /// How assigning a profile ended.
    AssignLimitsResult = WalletLimitsChanged;
    /// How setting the KYC level ended.
    SetKycLevelResult = WalletLimitsChanged;
    /// How setting the time zone ended.
    SetTimeZoneResult = LimitsChanged;
}

#[derive(Debug, Default)]
pub struct LimitsMutations;

#[Object]
impl LimitsMutations {
    /// Sets limits, or takes them away. In force for a wallet are its own, else those of its
    /// profile, else those of its KYC level, else everybody's.
    async fn set_limits(
        &self,
        ctx: &Context<'_>,
        input: SetLimitsInput,
    ) -> Result<SetLimitsResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        Ok(SetLimitsResult::of(outcome, LimitsChanged::new))
    }

    /// Assigns a wallet a profile of limits.
    async fn assign_limits(
        &self,
        ctx: &Context<'_>,
        input: AssignLimitsInput,
    ) -> Result<AssignLimitsResult> {
        changed!(ctx, input, wallet, AssignLimitsResult, WalletLimitsChanged)
    }

    /// Says how well the owner of a wallet is known, which decides its limits.
    async fn set_kyc_level(
        &self,
        ctx: &Context<'_>,
        input: SetKycLevelInput,
    ) -> Result<SetKycLevelResult> {
        changed!(ctx, input, wallet, SetKycLevelResult, WalletLimitsChanged)
    }

    /// Says where days begin at midnight; UTC before.
    async fn set_time_zone(
        &self,
        ctx: &Context<'_>,
        input: SetTimeZoneInput,
    ) -> Result<SetTimeZoneResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        Ok(SetTimeZoneResult::of(outcome, LimitsChanged::new))
    }
}
