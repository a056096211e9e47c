//! Questions about proposals.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::ProposalRow;

use super::types::Proposal;
use super::words::ProposalStatus;
use crate::graphql::context::{Moment, overseer};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct FourEyesQueries;

#[Object]
impl FourEyesQueries {
    /// A proposal; null when there is none with this id. Not for buyers and sellers.
    async fn proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Proposal>> {
        overseer(ctx, "proposal")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.proposal(id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Proposal))
    }

    /// Proposals, newest first: those that are open wait for a second person. Not for buyers and
    /// sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand there.")] status: Option<ProposalStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Proposal>> {
        overseer(ctx, "proposals")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.proposals(status.map(ProposalStatus::word), page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, ProposalRow::key, Proposal))
    }
}
