//! Every event, as it happens.

use async_graphql::{Context, Result, Subscription};
use futures::stream::Stream;

use super::live::LiveEvent;
use crate::graphql::context::{engine, overseer};
use crate::graphql::following::{follow, start};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct JournalSubscriptions;

#[Subscription]
impl JournalSubscriptions {
    /// Every event of the ledger. Not for buyers and sellers.
    async fn journal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<LiveEvent>> + use<>> {
        overseer(ctx, "journal")?;
        let engine = engine(ctx)?;
        let after = start(&engine, after).await?;
        Ok(follow(&engine, after, |recorded| vec![LiveEvent(recorded)]))
    }
}
