//! Questions about entitlements.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{EntitlementRow, EntitlementsOf, Whose};

use super::types::Entitlement;
use super::words::EntitlementStatus;
use crate::graphql::context::{Moment, asked_for, caller, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct EntitlementQueries;

#[Object]
impl EntitlementQueries {
    /// Entitlements, newest first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn entitlements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only those of this wallet.")] wallet: Option<Uuid>,
        #[graphql(desc = "Only those bought with this order.")] order: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<EntitlementStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Entitlement>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let Whose { owner, wallet } = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(EntitlementStatus::word);
        let of = EntitlementsOf { owner, wallet, sale: order, status };
        let slice = moment.ask().await.entitlements(of, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, EntitlementRow::key, Entitlement))
    }
}
