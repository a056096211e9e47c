//! Changes of a chargeback, as they happen.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use uuid::Uuid;

use cauri_domain::{ChargebackId, Event, LedgerState};
use cauri_ledger::Recorded;

use super::words::ChargebackStatus;
use crate::graphql::following::{Followers, follow_of};
use crate::graphql::scalars::RevisionNumber;

/// A change of a chargeback.
#[derive(Debug, SimpleObject)]
pub struct ChargebackUpdate {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Where the chargeback stands since then; null where the event changed nothing of that.
    status: Option<ChargebackStatus>,
}

#[derive(Debug, Default)]
pub struct ChargebackSubscriptions;

#[Subscription]
impl ChargebackSubscriptions {
    /// Every change of a chargeback. One of another's money is `FORBIDDEN` to a buyer or seller.
    async fn chargeback_updates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] chargeback: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<ChargebackUpdate>> + use<>> {
        let chargeback = ChargebackId(chargeback);
        let look = move |state: &LedgerState| {
            let payment = state.chargeback(chargeback)?.payment.clone();
            let wallet = state.payment(payment.0, &payment.1).and_then(|it| it.wallet);
            Some(Followers::of(wallet))
        };
        let map = move |recorded: Recorded| {
            let status = chargeback_status(&recorded.event).filter(|(id, _)| *id == chargeback);
            let update = |(_, status)| ChargebackUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                status,
            };
            status.map(update).into_iter().collect()
        };
        follow_of(ctx, "chargeback", look, after, map).await
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the events of chargebacks count")]
fn chargeback_status(event: &Event) -> Option<(ChargebackId, Option<ChargebackStatus>)> {
    use ChargebackStatus::*;
    Some(match event {
        Event::ChargebackInquired(it) => (it.chargeback, Some(Inquiry)),
        Event::ChargebackOpened(it) => (it.chargeback, Some(Open)),
        Event::ChargebackEvidenceSubmitted(it) => (it.chargeback, Some(UnderReview)),
        Event::ChargebackWon(it) => (it.chargeback, Some(Won)),
        Event::ChargebackLost(it) => (it.chargeback, Some(Lost)),
        Event::ChargebackReserved(it) => (it.chargeback, None),
        Event::ChargebackWithdrawn(it) => (it.chargeback, None),
        Event::ChargebackBorne(it) => (it.chargeback, None),
        Event::ChargebackReinstated(it) => (it.chargeback, None),
        Event::ChargebackGivenBack(it) => (it.chargeback, None),
        Event::ChargebackReviewed(it) => (it.chargeback, None),
        Event::ChargebackReleased(it) => (it.chargeback, None),
        _ => return None,
    })
}
