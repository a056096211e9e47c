//! Commands about periods.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::input::*;
use crate::graphql::command::{Done, ask, results};
use crate::graphql::context::{caller, engine};
use crate::graphql::scalars::RevisionNumber;

/// The ledger's periods are as asked.
#[derive(Debug, SimpleObject)]
pub struct PeriodsChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

impl PeriodsChanged {
    const fn new(Done { revision, replayed }: Done) -> Self {
        Self { revision, replayed }
    }
}

results! {
    /// How closing a month ended.
    ClosePeriodResult = PeriodsChanged;
}

#[derive(Debug, Default)]
pub struct PeriodMutations;

#[Object]
impl PeriodMutations {
    /// Closes a month and all before it, for good: entries about its days count for the first open
    /// day from now on.
    async fn close_period(
        &self,
        ctx: &Context<'_>,
        input: ClosePeriodInput,
    ) -> Result<ClosePeriodResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        Ok(ClosePeriodResult::of(outcome, PeriodsChanged::new))
    }
}
