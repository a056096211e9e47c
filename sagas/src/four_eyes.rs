//! Proposals expire when no second person judges them in time.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Waiting: proposal.made
//!     Waiting --> [*]: proposal.approved, proposal.rejected, proposal.withdrawn
//!     Waiting --> [*]: due, ExpireProposal
//! ```

use cauri_domain::Event;

use crate::process::{Effect, ProcessManager, TimerId};

/// Expires proposals.
#[derive(Debug, Clone, Copy)]
pub struct FourEyesProcess;

impl ProcessManager for FourEyesProcess {
    const NAME: &'static str = "four-eyes";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        let cancel = |proposal| vec![Effect::Cancel { timer: TimerId::ProposalExpiry(proposal) }];
        match event {
            Event::ProposalMade(event) => {
                let timer = TimerId::ProposalExpiry(event.proposal);
                vec![Effect::Wake { timer, at: event.expires_at }]
            }
            Event::ProposalApproved(event) => cancel(event.proposal),
            Event::ProposalRejected(event) => cancel(event.proposal),
            Event::ProposalWithdrawn(event) => cancel(event.proposal),
            Event::ProposalExpired(event) => cancel(event.proposal),
            _ => Vec::new(),
        }
    }
}
