//! Chargebacks are lost when nobody hands in evidence in time; what they left owing is looked at
//! after long, and to write it off is proposed to two persons.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Waiting: chargeback.opened
//!     Waiting --> [*]: chargeback.evidence_submitted, chargeback.won, chargeback.lost
//!     Waiting --> [*]: due, ExpireChargeback
//!     [*] --> Owing: chargeback.borne (into debt)
//!     Owing --> [*]: due, ProposeWriteOff
//! ```

use cauri_domain::Event;

use crate::process::{Effect, ProcessManager, TimerId};

/// Ends cases that nobody answers, and looks at what they left owing.
#[derive(Debug, Clone, Copy)]
pub struct ChargebackProcess;

impl ProcessManager for ChargebackProcess {
    const NAME: &'static str = "chargeback";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        let answered = |id| vec![Effect::Cancel { timer: TimerId::ChargebackDeadline(id) }];
        match event {
            Event::ChargebackOpened(event) => {
                let timer = TimerId::ChargebackDeadline(event.chargeback);
                event.due_by.map(|at| Effect::Wake { timer, at }).into_iter().collect()
            }
            Event::ChargebackEvidenceSubmitted(event) => answered(event.chargeback),
            Event::ChargebackWon(event) => answered(event.chargeback),
            Event::ChargebackLost(event) => answered(event.chargeback),
            Event::ChargebackBorne(event) => {
                let timer = TimerId::WriteOff(event.chargeback);
                event.write_off_at.map(|at| Effect::Wake { timer, at }).into_iter().collect()
            }
            Event::ChargebackReviewed(event) => {
                vec![Effect::Cancel { timer: TimerId::WriteOff(event.chargeback) }]
            }
            _ => Vec::new(),
        }
    }
}
