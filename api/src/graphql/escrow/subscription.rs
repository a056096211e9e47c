//! Changes of an escrow, as they happen.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use uuid::Uuid;

use cauri_domain::{EscrowId, Event, LedgerState};

use super::words::EscrowStatus;
use crate::graphql::context::engine;
use crate::graphql::following::{check, follow, owner, owners, start};
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
    /// Where the escrow stands then.
    status: EscrowStatus,
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
        let (engine, escrow) = (engine(ctx)?, EscrowId(escrow));
        let look = move |state: &LedgerState| {
            let terms = state.escrow(escrow)?.terms;
            Some([terms.buyer, terms.seller].iter().filter_map(|id| owner(state, *id)).collect())
        };
        check(ctx, &owners(&engine, look, "escrow").await?, "escrow")?;
        let after = start(&engine, after).await?;
        Ok(follow(&engine, after, move |recorded| {
            let status = escrow_status(&recorded.event).filter(|(id, _)| *id == escrow);
            let update = |(_, status)| EscrowUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                status,
            };
            status.map(update).into_iter().collect()
        }))
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the events of escrows count")]
fn escrow_status(event: &Event) -> Option<(EscrowId, EscrowStatus)> {
    Some(match event {
        Event::EscrowOpened(event) => (event.escrow, EscrowStatus::Opened),
        Event::EscrowFunded(event) => (event.escrow, EscrowStatus::Funded),
        Event::EscrowDelivered(event) => (event.escrow, EscrowStatus::Delivered),
        Event::EscrowReleased(event) => (event.escrow, EscrowStatus::Released),
        Event::EscrowRefunded(event) => (event.escrow, EscrowStatus::Refunded),
        _ => return None,
    })
}
