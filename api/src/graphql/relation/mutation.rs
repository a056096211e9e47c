//! Commands about relations.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::input::*;
use crate::graphql::command::{Done, ask, results};
use crate::graphql::context::{caller, engine};
use crate::graphql::scalars::RevisionNumber;

/// A relation is as asked.
#[derive(Debug, SimpleObject)]
pub struct RelationChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

impl RelationChanged {
    const fn new(Done { revision, replayed }: Done) -> Self {
        Self { revision, replayed }
    }
}

results! {
    /// How assigning a relation ended.
    AssignRelationResult = RelationChanged;
    /// How ending a relation ended.
    EndRelationResult = RelationChanged;
}

#[derive(Debug, Default)]
pub struct RelationMutations;

#[Object]
impl RelationMutations {
    /// Says that somebody is something of a thing of the marketplace: the arbiter of an order, the
    /// driver of a mission. A label for others to ask for: no rule of money looks at it.
    async fn assign_relation(
        &self,
        ctx: &Context<'_>,
        input: AssignRelationInput,
    ) -> Result<AssignRelationResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        Ok(AssignRelationResult::of(outcome, RelationChanged::new))
    }

    /// Says that they are so no more.
    async fn end_relation(
        &self,
        ctx: &Context<'_>,
        input: EndRelationInput,
    ) -> Result<EndRelationResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        Ok(EndRelationResult::of(outcome, RelationChanged::new))
    }
}
