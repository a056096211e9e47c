//! Entitlements expire.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Granted: entitlement.granted (with an end)
//!     Granted --> [*]: entitlement.used, entitlement.revoked
//!     Granted --> [*]: due, ExpireEntitlement
//! ```

use cauri_domain::{EntitlementId, Event};

use crate::process::{Effect, ProcessManager, TimerId};

/// Expires entitlements.
#[derive(Debug, Clone, Copy)]
pub struct EntitlementProcess;

impl ProcessManager for EntitlementProcess {
    const NAME: &'static str = "entitlement";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        let ended =
            |id: EntitlementId| vec![Effect::Cancel { timer: TimerId::EntitlementExpiry(id) }];
        match event {
            Event::EntitlementGranted(event) => {
                let timer = TimerId::EntitlementExpiry(event.entitlement);
                event.ends_at.map(|at| Effect::Wake { timer, at }).into_iter().collect()
            }
            Event::EntitlementUsed(event) => ended(event.entitlement),
            Event::EntitlementRevoked(event) => ended(event.entitlement),
            Event::EntitlementExpired(event) => ended(event.entitlement),
            _ => Vec::new(),
        }
    }
}
