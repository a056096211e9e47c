//! Refunds are made by the provider that has the payment, as soon as they are requested.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Submitting: refund.requested
//!     Submitting --> Paying: refund.submitted (after SubmitRefund)
//!     Submitting --> [*]: refund.to_wallet, refund.failed (overtaken)
//!     Paying --> [*]: refund.succeeded, refund.failed
//! ```
//!
//! As with withdrawals, the intention is in the log before the provider is called, and the outcome
//! comes as its webhook or as its answer, whichever is first.

use cauri_domain::{Event, RefundId};

use crate::process::{Destination, Effect, ProcessManager};

/// Submits and makes refunds.
#[derive(Debug, Clone, Copy)]
pub struct RefundProcess;

impl ProcessManager for RefundProcess {
    const NAME: &'static str = "refund";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        match event {
            Event::RefundRequested(event) => {
                let (outgoing, amount) = (event.refund.into(), event.amount);
                let destination = Destination::Payment(event.provider, event.object.clone());
                vec![Effect::Expect { outgoing, amount, destination }, Effect::Submit { outgoing }]
            }
            Event::RefundSubmitted(event) => {
                vec![Effect::Pay { outgoing: event.refund.into(), provider: event.provider }]
            }
            Event::RefundWentToWallet(event) => {
                vec![Effect::Forget { outgoing: event.refund.into() }]
            }
            Event::RefundSucceeded(event) => {
                vec![Effect::Forget { outgoing: event.refund.into() }]
            }
            Event::RefundFailed(event) => {
                vec![Effect::Forget { outgoing: event.refund.into() }]
            }
            Event::ProcessGivenUp(event) if event.at.process.as_str() == Self::NAME => {
                vec![Effect::Forget { outgoing: RefundId(event.at.instance).into() }]
            }
            _ => Vec::new(),
        }
    }
}
