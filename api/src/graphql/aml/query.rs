//! Questions about flags and risk holds: for staff only, so that nobody learns that they are
//! suspected.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{FlagRow, RiskHoldRow};

use super::types::{Flag, RiskHold};
use super::words::{FlagStatus, RiskHoldStatus};
use crate::graphql::context::{Moment, overseer};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct AmlQueries;

#[Object]
impl AmlQueries {
    /// Suspicions, newest first. `FORBIDDEN` to buyers and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn flags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those about this wallet.")] wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<FlagStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Flag>> {
        overseer(ctx, "flags")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.flags(wallet, status.map(FlagStatus::word), page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, FlagRow::key, Flag))
    }

    /// Money kept back of wallets, newest first. `FORBIDDEN` to buyers and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn risk_holds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this wallet.")] wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<RiskHoldStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<RiskHold>> {
        overseer(ctx, "riskHolds")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let status = status.map(RiskHoldStatus::word);
        let slice = moment.ask().await.risk_holds(wallet, status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, RiskHoldRow::key, RiskHold))
    }
}
