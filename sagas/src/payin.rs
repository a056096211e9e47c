//! Pay-ins expire when no money came in time.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Waiting: payin.created
//!     Waiting --> Waiting: payin.declined (the payer may come back)
//!     Waiting --> [*]: payin.succeeded
//!     Waiting --> [*]: due, ExpirePayin
//! ```

use cauri_domain::Event;

use crate::process::{Effect, ProcessManager, TimerId};

/// Expires pay-ins.
#[derive(Debug, Clone, Copy)]
pub struct PayinProcess;

impl ProcessManager for PayinProcess {
    const NAME: &'static str = "payin";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        match event {
            Event::PayinCreated(event) => {
                let timer = TimerId::PayinExpiry(event.payin);
                vec![Effect::Wake { timer, at: event.expires_at }]
            }
            Event::PayinSucceeded(event) => cancel(TimerId::PayinExpiry(event.payin)),
            Event::PayinExpired(event) => cancel(TimerId::PayinExpiry(event.payin)),
            _ => Vec::new(),
        }
    }
}

fn cancel(timer: TimerId) -> Vec<Effect> {
    vec![Effect::Cancel { timer }]
}
