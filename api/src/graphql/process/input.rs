//! Inputs of operator control.

use uuid::Uuid;

use cauri_domain::process_control::{GiveUp, Retry, Skip, Step};
use cauri_domain::{Account, Refusal};

use crate::graphql::command::{inputs, text};

fn step(process: &str, instance: Uuid, step: &str) -> Result<Step, Refusal> {
    Ok(Step { process: text("process", process)?, instance, step: text("step", step)? })
}

inputs! {
    /// Has a stuck step tried again.
    RetryProcessInput {
        /// The process: `withdrawal`.
        process: String,
        /// The thing it is about: the withdrawal's id.
        instance: Uuid,
        /// The step that is stuck: `submit`.
        step: String,
    } => |it| Ok(Retry { at: step(&it.process, it.instance, &it.step)? }.into());

    /// Leaves a stuck step out.
    SkipProcessStepInput {
        /// The process: `withdrawal`.
        process: String,
        /// The thing it is about: the withdrawal's id.
        instance: Uuid,
        /// The step that is stuck: `submit`.
        step: String,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(Skip {
        at: step(&it.process, it.instance, &it.step)?,
        reason: text("reason", &it.reason)?,
    }.into());

    /// Ends an instance: its money in transit goes to an account. It always needs a second person:
    /// propose it.
    GiveUpProcessInput {
        /// The process: `withdrawal`.
        process: String,
        /// The thing it is about: the withdrawal's id.
        instance: Uuid,
        /// The step that is stuck: `submit`.
        step: String,
        /// The account that takes its money: `suspense:{provider}`, `wallet:{id}:available`.
        into: String,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } and GiveUpProcessStep => |it| {
        let into: Result<Account, _> = it.into.parse();
        Ok(GiveUp {
            at: step(&it.process, it.instance, &it.step)?,
            into: into.map_err(|_| Refusal::NotFound { field: "into" })?,
            reason: text("reason", &it.reason)?,
        }.into())
    };
}
