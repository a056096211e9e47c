//! Holds expire.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Standing: hold.placed
//!     Standing --> Standing: hold.extended
//!     Standing --> [*]: hold.captured (the last), hold.voided
//!     Standing --> [*]: due, ExpireHold
//! ```

use cauri_domain::Event;

use crate::process::{Effect, ProcessManager, TimerId};

/// Expires holds.
#[derive(Debug, Clone, Copy)]
pub struct HoldProcess;

impl ProcessManager for HoldProcess {
    const NAME: &'static str = "hold";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        let wake = |hold, at| vec![Effect::Wake { timer: TimerId::HoldExpiry(hold), at }];
        let cancel = |hold| vec![Effect::Cancel { timer: TimerId::HoldExpiry(hold) }];
        match event {
            Event::HoldPlaced(event) => wake(event.hold, event.expires_at),
            Event::HoldExtended(event) => wake(event.hold, event.expires_at),
            Event::HoldCaptured(event) if event.ended => cancel(event.hold),
            Event::HoldVoided(event) => cancel(event.hold),
            Event::HoldExpired(event) => cancel(event.hold),
            _ => Vec::new(),
        }
    }
}
