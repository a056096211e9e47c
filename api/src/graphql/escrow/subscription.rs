//! Changes of an escrow, as they happen.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use uuid::Uuid;

use cauri_domain::{EscrowId, Event, LedgerState};
use cauri_ledger::Recorded;

use super::words::EscrowStatus;
use crate::graphql::following::{Followers, follow_of};
use crate::graphql::scalars::RevisionNumber;

/// A change of an escrow.
#[derive(Debug, SimpleObject)]
pub struct EscrowUpdate {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Which milestone, of an escrow that has some.
    milestone: Option<u16>,
    /// Where it, or that milestone, stands since then; null where the event changed nothing of that,
    /// as when a part of what is held was released.
    status: Option<EscrowStatus>,
}

#[derive(Debug, Default)]
pub struct EscrowSubscriptions;

#[Subscription]
impl EscrowSubscriptions {
    /// Every change of an escrow. One between others is `FORBIDDEN` to a buyer or seller.
    async fn escrow_updates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] escrow: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<EscrowUpdate>> + use<>> {
        let escrow = EscrowId(escrow);
        let look = move |state: &LedgerState| {
            let it = state.escrow(escrow)?;
            let persons = it.arbiter.iter().cloned().collect();
            Some(Followers { wallets: vec![it.buyer, it.seller], persons })
        };
        let map = move |recorded: Recorded| {
            let changes = changes(&recorded.event);
            let of_it = changes.into_iter().filter(|(id, ..)| *id == escrow);
            let update = |(_, milestone, status)| EscrowUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                milestone,
                status,
            };
            of_it.map(update).collect()
        };
        follow_of(ctx, "escrow", look, after, map).await
    }
}

/// What an event says of where an escrow, or milestones of it, stand.
#[expect(clippy::wildcard_enum_match_arm, reason = "only the events of escrows count")]
fn changes(event: &Event) -> Vec<(EscrowId, Option<u16>, Option<EscrowStatus>)> {
    use EscrowStatus::*;
    let ended = |mixed: bool, whole| if mixed { Settled } else { whole };
    let (escrow, milestone, status) = match event {
        Event::EscrowOpened(it) => (it.escrow, None, AwaitingFunds),
        Event::EscrowFunded(it) => (it.escrow, it.milestone, Funded),
        Event::EscrowCanceled(it) if it.milestones.is_empty() => (it.escrow, None, Canceled),
        Event::EscrowCanceled(it) => {
            let each = |number: &u16| (it.escrow, Some(*number), Some(Canceled));
            return it.milestones.iter().map(each).collect();
        }
        Event::EscrowDelivered(it) => (it.escrow, it.milestone, Delivered),
        Event::EscrowRevisionRequested(it) => (it.escrow, it.milestone, Funded),
        Event::EscrowReleased(it) if it.left.is_some() => {
            return vec![(it.escrow, it.milestone, None)];
        }
        Event::EscrowReleased(it) => (it.escrow, it.milestone, ended(it.mixed, Released)),
        Event::EscrowRefunded(it) if it.left.is_some() => {
            return vec![(it.escrow, it.milestone, None)];
        }
        Event::EscrowRefunded(it) => (it.escrow, it.milestone, ended(it.mixed, Refunded)),
        Event::EscrowSettlementOffered(it) => return vec![(it.escrow, it.milestone, None)],
        Event::EscrowSettlementDeclined(it) => return vec![(it.escrow, it.milestone, None)],
        Event::EscrowClawedBack(it) => return vec![(it.escrow, it.milestone, None)],
        Event::EscrowDisputed(it) => (it.escrow, it.milestone, Disputed),
        Event::EscrowDisputeWithdrawn(it) if it.auto_release_at.is_some() => {
            (it.escrow, it.milestone, Delivered)
        }
        Event::EscrowDisputeWithdrawn(it) => (it.escrow, it.milestone, Funded),
        Event::EscrowSettled(it) => (it.escrow, it.milestone, Settled),
        _ => return Vec::new(),
    };
    vec![(escrow, milestone, Some(status))]
}
