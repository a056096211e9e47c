//! Changes of a withdrawal, as they happen.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use uuid::Uuid;

use cauri_domain::{Event, LedgerState, WithdrawalId};
use cauri_ledger::Recorded;

use super::words::WithdrawalStatus;
use crate::graphql::following::{Followers, follow_of};
use crate::graphql::scalars::RevisionNumber;

/// A change of a withdrawal.
#[derive(Debug, SimpleObject)]
pub struct WithdrawalUpdate {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Where the withdrawal stands then.
    status: WithdrawalStatus,
}

#[derive(Debug, Default)]
pub struct WithdrawalSubscriptions;

#[Subscription]
impl WithdrawalSubscriptions {
    /// Every change of a withdrawal. Another's is `FORBIDDEN` to a buyer or seller.
    async fn withdrawal_updates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] withdrawal: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<WithdrawalUpdate>> + use<>> {
        let withdrawal = WithdrawalId(withdrawal);
        let look =
            move |state: &LedgerState| Some(Followers::of([state.withdrawal(withdrawal)?.wallet]));
        let map = move |recorded: Recorded| {
            let status = withdrawal_status(&recorded.event).filter(|(id, _)| *id == withdrawal);
            let update = |(_, status)| WithdrawalUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                status,
            };
            status.map(update).into_iter().collect()
        };
        follow_of(ctx, "withdrawal", look, after, map).await
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the events of withdrawals count")]
fn withdrawal_status(event: &Event) -> Option<(WithdrawalId, WithdrawalStatus)> {
    Some(match event {
        Event::WithdrawalRequested(event) => (event.withdrawal, WithdrawalStatus::Requested),
        // It waits on, and now for persons.
        Event::WithdrawalAlerted(event) => (event.withdrawal, WithdrawalStatus::Requested),
        Event::WithdrawalApproved(event) => (event.withdrawal, WithdrawalStatus::Approved),
        Event::WithdrawalRejected(event) => (event.withdrawal, WithdrawalStatus::Rejected),
        Event::WithdrawalSubmitted(event) => (event.withdrawal, WithdrawalStatus::Submitted),
        Event::WithdrawalPaid(event) => (event.withdrawal, WithdrawalStatus::Paid),
        Event::WithdrawalCanceled(event) => (event.withdrawal, WithdrawalStatus::Canceled),
        Event::WithdrawalUnknown(event) => (event.withdrawal, WithdrawalStatus::Unknown),
        Event::WithdrawalPaidAfterAll(event) => (event.withdrawal, WithdrawalStatus::Paid),
        Event::WithdrawalFailed(event) => (event.withdrawal, WithdrawalStatus::Failed),
        Event::WithdrawalReturned(event) => (event.withdrawal, WithdrawalStatus::Returned),
        Event::ProcessGivenUp(event) if event.at.process.as_str() == "withdrawal" => {
            (WithdrawalId(event.at.instance), WithdrawalStatus::GivenUp)
        }
        _ => return None,
    })
}
