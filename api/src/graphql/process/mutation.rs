//! Operator control.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use uuid::Uuid;

use super::input::*;
use super::types::Process;
use crate::graphql::command::{Done, ask, results};
use crate::graphql::context::{Moment, caller, engine};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

/// A process is as asked.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProcessChanged {
    /// The revision at which it is so: ask queries for at least this one.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
    #[graphql(skip)]
    process: String,
    #[graphql(skip)]
    instance: Uuid,
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl ProcessChanged {
    /// The instance, as of this revision at least.
    #[graphql(name = "process")]
    async fn row(&self, ctx: &Context<'_>) -> Result<Option<Process>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.process(&self.process, self.instance).await;
        let row = row.map_err(|error| fault::database(&error))?;
        Ok(row.map(|row| Process { row, moment: moment.clone() }))
    }
}

results! {
    /// How asking for another try ended.
    RetryProcessResult = ProcessChanged;
    /// How leaving a step out ended.
    SkipProcessStepResult = ProcessChanged;
    /// How giving an instance up ended.
    GiveUpProcessResult = ProcessChanged;
}

macro_rules! controlled {
    ($ctx:expr, $input:expr, $result:ident) => {{
        let (process, instance) = ($input.process.clone(), $input.instance);
        let outcome = ask(&engine($ctx)?, caller($ctx)?, $input).await?;
        Ok($result::of(outcome, |Done { revision, replayed }| ProcessChanged {
            revision,
            replayed,
            process,
            instance,
        }))
    }};
}

#[derive(Debug, Default)]
pub struct ProcessMutations;

#[Object]
impl ProcessMutations {
    /// Has a stuck step tried again.
    async fn retry_process(
        &self,
        ctx: &Context<'_>,
        input: RetryProcessInput,
    ) -> Result<RetryProcessResult> {
        controlled!(ctx, input, RetryProcessResult)
    }

    /// Leaves a stuck step out: it is not tried any more, and its end is told by hand.
    async fn skip_process_step(
        &self,
        ctx: &Context<'_>,
        input: SkipProcessStepInput,
    ) -> Result<SkipProcessStepResult> {
        controlled!(ctx, input, SkipProcessStepResult)
    }

    /// Ends an instance, its money into an account. Asked directly it is `FOUR_EYES_NEEDED`: see
    /// `propose`.
    async fn give_up_process(
        &self,
        ctx: &Context<'_>,
        input: GiveUpProcessInput,
    ) -> Result<GiveUpProcessResult> {
        controlled!(ctx, input, GiveUpProcessResult)
    }
}
