//! Pay-ins expire when no money came in time, after their provider was asked once more; what is kept
//! for us is asked for; what nobody waits for is closed at its provider; money that comes after their
//! end is credited or given back as the ledger's policy says.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Waiting: payin.created
//!     Waiting --> Waiting: payin.declined (the payer may come back)
//!     Waiting --> Waiting: payin.authorised (longer)
//!     Waiting --> Capturing: payin.capture_requested
//!     Capturing --> Waiting: payin.declined
//!     Capturing --> [*]: payin.succeeded, or due, ExpirePayin
//!     Waiting --> [*]: payin.succeeded, payin.canceled, suspense.assigned
//!     Waiting --> [*]: due, ExpirePayin
//!     [*] --> Closing: payin.expired, payin.canceled (that may be open at its provider)
//!     Closing --> [*]: the provider is asked to close it, RecordClosing
//!     [*] --> Late: payin.succeeded_late (unless a person decides)
//!     Late --> [*]: SettleLate
//! ```

use cauri_domain::payments::LatePolicy;
use cauri_domain::refund::Of;
use cauri_domain::{Event, PayinId};

use crate::process::{Destination, Effect, ProcessManager, TimerId};

/// Expires pay-ins, and settles what came late.
#[derive(Debug, Clone, Copy)]
pub struct PayinProcess;

impl ProcessManager for PayinProcess {
    const NAME: &'static str = "payin";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        let cancel = |timer| Effect::Cancel { timer };
        match event {
            Event::PayinCreated(event) => {
                let timer = TimerId::PayinExpiry(event.payin);
                vec![Effect::Wake { timer, at: event.expires_at }]
            }
            Event::PayinAuthorised(event) => {
                let timer = TimerId::PayinExpiry(event.payin);
                vec![Effect::Wake { timer, at: event.expires_at }]
            }
            Event::PayinCaptureRequested(event) => {
                let (outgoing, amount, provider) =
                    (event.payin.into(), event.amount, event.provider);
                let destination = Destination::Payment(provider, event.object.clone());
                vec![
                    Effect::Expect { outgoing, amount, destination },
                    Effect::Pay { outgoing, provider },
                ]
            }
            Event::PayinDeclined(event) => vec![Effect::Forget { outgoing: event.payin.into() }],
            Event::PayinSucceeded(event) => ended(event.payin),
            Event::PayinExpired(event) => given_up(event.payin, event.object.is_some()),
            Event::PayinCanceled(event) => given_up(event.payin, event.object.is_some()),
            Event::PayinClosedAtProvider(event) => {
                vec![cancel(TimerId::PayinClosing(event.payin))]
            }
            Event::PayinSucceededLate(event) => {
                let timer = TimerId::LateMoney(event.payin);
                match event.policy {
                    Some(LatePolicy::Credit | LatePolicy::Refund) => vec![Effect::Soon { timer }],
                    Some(LatePolicy::Hold) | None => Vec::new(),
                }
            }
            Event::SuspenseAssigned(event) => {
                let paid = event.payin.into_iter().flat_map(ended);
                let settled = event.payin.or(event.meant).map(TimerId::LateMoney);
                paid.chain(settled.map(cancel)).collect()
            }
            Event::RefundRequested(event) => match (&event.of, event.payin) {
                (Of::Suspense(..), Some(id)) => vec![cancel(TimerId::LateMoney(id))],
                (Of::Suspense(..), None) | (Of::Payin(_), _) => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

/// It waits for nothing any more.
fn ended(payin: PayinId) -> Vec<Effect> {
    let timer = TimerId::PayinExpiry(payin);
    let closing = TimerId::PayinClosing(payin);
    vec![
        Effect::Cancel { timer },
        Effect::Cancel { timer: closing },
        Effect::Forget { outgoing: payin.into() },
    ]
}

/// Nobody waits for it any more; what may be open at its provider is to be closed there.
fn given_up(payin: PayinId, is_open_there: bool) -> Vec<Effect> {
    let closing = Effect::Soon { timer: TimerId::PayinClosing(payin) };
    ended(payin).into_iter().chain(is_open_there.then_some(closing)).collect()
}
