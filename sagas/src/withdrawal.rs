//! Withdrawals approve themselves when nobody judges them, and are then paid by a provider.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Judging: withdrawal.requested
//!     Judging --> Judging: due, AutoApproveWithdrawal
//!     Judging --> Submitting: withdrawal.approved
//!     Judging --> Judging: withdrawal.alerted (never by itself any more)
//!     Judging --> [*]: withdrawal.rejected, withdrawal.canceled
//!     Submitting --> [*]: withdrawal.canceled
//!     Submitting --> Paying: withdrawal.submitted (after SubmitWithdrawal)
//!     Paying --> [*]: withdrawal.paid, withdrawal.failed
//! ```
//!
//! The outcome comes as the provider's signed webhook, or as its answer when asked: whichever is
//! first. Both are facts for the ledger, which books one.

use cauri_domain::{Event, WithdrawalId};

use crate::process::{Destination, Effect, ProcessManager, TimerId};

/// Approves, submits and pays withdrawals.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawalProcess;

impl ProcessManager for WithdrawalProcess {
    const NAME: &'static str = "withdrawal";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        match event {
            Event::WithdrawalRequested(event) => {
                let (withdrawal, amount) = (event.withdrawal, event.amount);
                let reference = event.destination.clone();
                let destination = match event.method {
                    Some(method) => Destination::Method(method, reference),
                    None => Destination::Reference(reference),
                };
                let timer = TimerId::WithdrawalApproval(withdrawal);
                vec![
                    Effect::Expect { outgoing: withdrawal.into(), amount, destination },
                    Effect::Wake { timer, at: event.auto_approve_at },
                ]
            }
            Event::WithdrawalApproved(event) => {
                let withdrawal = event.withdrawal;
                let timer = TimerId::WithdrawalApproval(withdrawal);
                vec![Effect::Cancel { timer }, Effect::Submit { outgoing: withdrawal.into() }]
            }
            Event::WithdrawalRejected(event) => {
                let withdrawal = event.withdrawal;
                let timer = TimerId::WithdrawalApproval(withdrawal);
                vec![Effect::Cancel { timer }, Effect::Forget { outgoing: withdrawal.into() }]
            }
            Event::WithdrawalSubmitted(event) => {
                vec![Effect::Pay { outgoing: event.withdrawal.into(), provider: event.provider }]
            }
            Event::WithdrawalPaid(event) => {
                vec![Effect::Forget { outgoing: event.withdrawal.into() }]
            }
            Event::WithdrawalFailed(event) => {
                vec![Effect::Forget { outgoing: event.withdrawal.into() }]
            }
            Event::WithdrawalCanceled(event) => {
                let withdrawal = event.withdrawal;
                let timer = TimerId::WithdrawalApproval(withdrawal);
                vec![Effect::Cancel { timer }, Effect::Forget { outgoing: withdrawal.into() }]
            }
            // Silence does not approve it: two persons have to.
            Event::WithdrawalAlerted(event) => {
                vec![Effect::Cancel { timer: TimerId::WithdrawalApproval(event.withdrawal) }]
            }
            Event::WithdrawalPaidAfterAll(event) => {
                vec![Effect::Forget { outgoing: event.withdrawal.into() }]
            }
            Event::WithdrawalReturned(event) => {
                vec![Effect::Forget { outgoing: event.withdrawal.into() }]
            }
            Event::ProcessGivenUp(event) if event.at.process.as_str() == Self::NAME => {
                let withdrawal = WithdrawalId(event.at.instance);
                let timer = TimerId::WithdrawalApproval(withdrawal);
                vec![Effect::Cancel { timer }, Effect::Forget { outgoing: withdrawal.into() }]
            }
            _ => Vec::new(),
        }
    }
}
