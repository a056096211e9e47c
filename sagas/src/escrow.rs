//! Escrows end by themselves: what nobody funds is given up, what nobody delivers goes back, and
//! what the buyer says nothing about is released. A dispute stops that.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Awaiting: escrow.opened, to be funded later
//!     Awaiting --> [*]: escrow.canceled
//!     Awaiting --> [*]: due, ExpireEscrowFunding
//!     Awaiting --> Working: escrow.funded
//!     [*] --> Working: escrow.funded
//!     Working --> [*]: due, AutoRefundEscrow
//!     Working --> Inspecting: escrow.delivered
//!     Inspecting --> Working: escrow.revision_requested
//!     Inspecting --> [*]: escrow.released, escrow.refunded, escrow.settled
//!     Inspecting --> [*]: due, AutoReleaseEscrow
//!     Working --> Stopped: escrow.disputed
//!     Inspecting --> Stopped: escrow.disputed
//!     Stopped --> Inspecting: escrow.dispute_withdrawn
//!     Stopped --> Working: escrow.dispute_withdrawn
//!     Stopped --> [*]: escrow.settled
//! ```

use cauri_domain::{EscrowId, Event};
use chrono::{DateTime, Utc};

use crate::process::{Effect, EscrowPart, ProcessManager, TimerId};

/// Ends escrows.
#[derive(Debug, Clone, Copy)]
pub struct EscrowProcess;

impl ProcessManager for EscrowProcess {
    const NAME: &'static str = "escrow";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        match event {
            Event::EscrowOpened(event) => {
                let timer = TimerId::EscrowFunding(event.escrow);
                event.terms.fund_by.map(|at| Effect::Wake { timer, at }).into_iter().collect()
            }
            Event::EscrowCanceled(event) => {
                vec![Effect::Cancel { timer: TimerId::EscrowFunding(event.escrow) }]
            }
            Event::EscrowFunded(event) => {
                working(EscrowPart(event.escrow, event.milestone), event.deliver_by)
            }
            Event::EscrowDelivered(event) => {
                inspecting(EscrowPart(event.escrow, event.milestone), event.auto_release_at)
            }
            Event::EscrowRevisionRequested(event) => {
                working(EscrowPart(event.escrow, event.milestone), event.deliver_by)
            }
            Event::EscrowReleased(event) if event.left.is_none() => {
                stopped(event.escrow, event.milestone)
            }
            Event::EscrowRefunded(event) if event.left.is_none() => {
                stopped(event.escrow, event.milestone)
            }
            Event::EscrowDisputed(event) => stopped(event.escrow, event.milestone),
            Event::EscrowSettled(event) => stopped(event.escrow, event.milestone),
            Event::EscrowDisputeWithdrawn(event) => {
                let part = EscrowPart(event.escrow, event.milestone);
                match event.auto_release_at {
                    Some(at) => inspecting(part, at),
                    None => working(part, event.deliver_by),
                }
            }
            _ => Vec::new(),
        }
    }
}

/// The seller works, until a date if there is one.
fn working(part: EscrowPart, until: Option<DateTime<Utc>>) -> Vec<Effect> {
    let mut effects = vec![Effect::Cancel { timer: TimerId::EscrowRelease(part) }];
    let timer = TimerId::EscrowRefund(part);
    effects.extend(until.map(|at| Effect::Wake { timer, at }));
    effects
}

/// The buyer inspects, until a date.
fn inspecting(part: EscrowPart, at: DateTime<Utc>) -> Vec<Effect> {
    vec![
        Effect::Cancel { timer: TimerId::EscrowRefund(part) },
        Effect::Wake { timer: TimerId::EscrowRelease(part), at },
    ]
}

/// Nothing is due any more.
fn stopped(escrow: EscrowId, milestone: Option<u16>) -> Vec<Effect> {
    let part = EscrowPart(escrow, milestone);
    [TimerId::EscrowRelease(part), TimerId::EscrowRefund(part)]
        .map(|timer| Effect::Cancel { timer })
        .into()
}
