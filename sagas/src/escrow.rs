//! Escrows are released when the buyer says nothing during the inspection period.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Inspecting: escrow.delivered
//!     Inspecting --> [*]: escrow.released, escrow.refunded
//!     Inspecting --> [*]: due, AutoReleaseEscrow
//! ```

use cauri_domain::Event;

use crate::process::{Effect, ProcessManager, TimerId};

/// Releases escrows.
#[derive(Debug, Clone, Copy)]
pub struct EscrowProcess;

impl ProcessManager for EscrowProcess {
    const NAME: &'static str = "escrow";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        match event {
            Event::EscrowDelivered(event) => {
                let timer = TimerId::EscrowRelease(event.escrow);
                vec![Effect::Wake { timer, at: event.auto_release_at }]
            }
            Event::EscrowReleased(event) => cancel(TimerId::EscrowRelease(event.escrow)),
            Event::EscrowRefunded(event) => cancel(TimerId::EscrowRelease(event.escrow)),
            _ => Vec::new(),
        }
    }
}

fn cancel(timer: TimerId) -> Vec<Effect> {
    vec![Effect::Cancel { timer }]
}
