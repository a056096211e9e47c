//! Questions about commission rules.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use cauri_projections::query::{CommissionRuleRow, Slice};

use super::types::CommissionRule;
use crate::graphql::context::{Moment, engine, overseer};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct CommissionQueries;

#[Object]
impl CommissionQueries {
    /// Every version of the commission rules, newest first. Not for buyers and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn commission_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this name.")] name: Option<String>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<CommissionRule>> {
        overseer(ctx, "commissionRules")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.commission_rules(name.as_deref(), page).await;
        let Slice { rows, has_next, has_previous } = slice.map_err(|e| fault::database(&e))?;
        let node = |row: CommissionRuleRow| Ok((row.key(), CommissionRule::of(row)?));
        let rows = rows.into_iter().map(node).collect::<Result<Vec<_>>>()?;
        let slice = Slice { rows, has_next, has_previous };
        Ok(connection(&moment, slice, |(key, _)| *key, |(_, rule)| rule))
    }

    /// The version of each commission rule that is in force at an instant. Not for buyers and
    /// sellers.
    async fn commission_rules_in_force(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "When; now when not given.")] at: Option<DateTime<Utc>>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Vec<CommissionRule>> {
        overseer(ctx, "commissionRulesInForce")?;
        let engine = engine(ctx)?;
        let at = at.unwrap_or_else(|| engine.clock().now());
        let moment = Moment::open(ctx, at_least_revision).await?;
        let rows = moment.ask().await.commission_rules_in_force(at).await;
        rows.map_err(|e| fault::database(&e))?.into_iter().map(CommissionRule::of).collect()
    }
}
