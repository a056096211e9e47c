//! Several commands, all or nothing.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::input::BatchInput;
use crate::graphql::command::{Done, ask, results};
use crate::graphql::context::{caller, engine};
use crate::graphql::named_provider::provider_refused;
use crate::graphql::scalars::RevisionNumber;
use crate::graphql::vault::destination_refused;

/// All of a batch is so.
#[derive(Debug, SimpleObject)]
pub struct BatchApplied {
    /// The revision at which it is so: ask queries for at least this one.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

results! {
    /// How a batch ended.
    BatchResult = BatchApplied;
}

#[derive(Debug, Default)]
pub struct BatchMutations;

#[Object]
impl BatchMutations {
    /// Several commands as one, in order: all of them happen, as one unit of the log, or none does.
    /// Each is judged on what those before it lead to. A refusal names its command:
    /// `commands[3].amount`.
    async fn batch(&self, ctx: &Context<'_>, input: BatchInput) -> Result<BatchResult> {
        if let Some(refused) = destination_refused(ctx, input.command_id, &input).await? {
            return Ok(BatchResult::Refused(refused));
        }
        if let Some(refused) = provider_refused(ctx, input.command_id, &input).await? {
            return Ok(BatchResult::Refused(refused));
        }
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| BatchApplied { revision, replayed };
        Ok(BatchResult::of(outcome, done))
    }
}
