//! Questions about processes.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::ProcessRow;

use super::types::Process;
use super::words::ProcessState;
use crate::graphql::context::{Moment, overseer};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct ProcessQueries;

#[Object]
impl ProcessQueries {
    /// An instance of a process; null when there is none. Not for buyers and sellers.
    async fn process(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The process: `withdrawal`.")] process: String,
        #[graphql(desc = "The thing it is about: the withdrawal's id.")] instance: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Process>> {
        overseer(ctx, "process")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.process(&process, instance).await;
        let row = row.map_err(|error| fault::database(&error))?;
        Ok(row.map(|row| Process { row, moment: moment.clone() }))
    }

    /// Instances of processes, newest first: those that are stuck wait for a person. Not for buyers
    /// and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn processes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this process: `withdrawal`.")] process: Option<String>,
        #[graphql(desc = "Only those that stand there.")] state: Option<ProcessState>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Process>> {
        overseer(ctx, "processes")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice =
            moment.ask().await.processes(process, state.map(ProcessState::word), page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let node = |row| Process { row, moment: moment.clone() };
        Ok(connection(&moment, slice, ProcessRow::key, node))
    }
}
