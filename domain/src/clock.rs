//! A ledger's clock, set forward by hand: in development only, so that a year plays in seconds.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `AdvanceClock` | `clock.advanced.v1` | none |
//!
//! The event says when and why time jumped; the clock itself is outside. Whether a ledger's clock
//! can be set is not for the rules to say: where it cannot, nobody gets to ask.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// Sets the clock forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advance {
    /// What time it is to be: later than now, by at most ten years.
    pub to: DateTime<Utc>,
}

/// The clock was set forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advanced {
    /// What time it is to be from now on.
    pub to: DateTime<Utc>,
}

pub(crate) fn decide_advance(at: DateTime<Utc>, command: &Advance) -> Result<Decided, Refusal> {
    let ahead = command.to - at;
    if ahead <= TimeDelta::zero() || ahead > TimeDelta::days(3_660) {
        let allowed = "later than the ledger's time, by at most ten years";
        return Err(Refusal::InvalidSetting { field: "to", allowed });
    }
    happened([Event::ClockAdvanced(Advanced { to: command.to })])
}

/// The clock is outside of the state.
pub(crate) const fn evolve_advanced(_: &mut LedgerState, _: &Advanced) {}
