//! Changes of a refund, as they happen.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use uuid::Uuid;

use cauri_domain::{Event, LedgerState, RefundId};

use super::words::RefundStatus;
use crate::graphql::context::engine;
use crate::graphql::following::{check, follow, owner, owners, start};
use crate::graphql::scalars::RevisionNumber;

/// A change of a refund.
#[derive(Debug, SimpleObject)]
pub struct RefundUpdate {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Where the refund stands since then; null where the event changed nothing of that.
    status: Option<RefundStatus>,
}

#[derive(Debug, Default)]
pub struct RefundSubscriptions;

#[Subscription]
impl RefundSubscriptions {
    /// Every change of a refund. One of another's money is `FORBIDDEN` to a buyer or seller.
    async fn refund_updates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] refund: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<RefundUpdate>> + use<>> {
        let (engine, refund) = (engine(ctx)?, RefundId(refund));
        let look = move |state: &LedgerState| {
            let wallet = state.refund(refund)?.wallet;
            Some(wallet.and_then(|id| owner(state, id)).into_iter().collect())
        };
        check(ctx, &owners(&engine, look, "refund").await?, "refund")?;
        let after = start(&engine, after).await?;
        Ok(follow(&engine, after, move |recorded| {
            let status = refund_status(&recorded.event).filter(|(id, _)| *id == refund);
            let update = |(_, status)| RefundUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                status,
            };
            status.map(update).into_iter().collect()
        }))
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the events of refunds count")]
fn refund_status(event: &Event) -> Option<(RefundId, Option<RefundStatus>)> {
    use RefundStatus::*;
    Some(match event {
        Event::RefundRequested(it) => (it.refund, Some(Requested)),
        Event::RefundSubmitted(it) => (it.refund, Some(Submitted)),
        Event::RefundWentToWallet(it) => (it.refund, Some(ToWallet)),
        Event::RefundSucceeded(it) => (it.refund, Some(Succeeded)),
        Event::RefundFailed(it) => (it.refund, Some(Failed)),
        Event::RefundTold(it) => (it.refund, Some(Outside)),
        Event::RefundBorne(it) => (it.refund, Some(Borne)),
        Event::ProcessGivenUp(it) if it.at.process.as_str() == "refund" => {
            (RefundId(it.at.instance), Some(GivenUp))
        }
        _ => return None,
    })
}
