//! Changes of a refund, as they happen.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use uuid::Uuid;

use cauri_domain::{Event, LedgerState, RefundId};
use cauri_ledger::Recorded;

use super::words::RefundStatus;
use crate::graphql::following::{Followers, follow_of};
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
        let refund = RefundId(refund);
        let look = move |state: &LedgerState| Some(Followers::of(state.refund(refund)?.wallet));
        let map = move |recorded: Recorded| {
            let status = refund_status(&recorded.event).filter(|(id, _)| *id == refund);
            let update = |(_, status)| RefundUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                status,
            };
            status.map(update).into_iter().collect()
        };
        follow_of(ctx, "refund", look, after, map).await
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
