//! Personal data: that it was erased, and why.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `ErasePersonalData` | `personal_data.erased.v1` | none |
//!
//! No event holds personal data, so there is nothing to erase here: what an opaque subject stands
//! for is kept elsewhere, and erased there because of this event. It is in the log so that an
//! erasure outlives every backup of that other place: what an older backup brings back is erased
//! again.

use serde::{Deserialize, Serialize};

use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::{Code, Subject};

/// Has everything erased that is kept of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erase {
    /// Whose, as the marketplace's own system names them.
    pub subject: Subject,
    /// Why, as a code: `asked_for`, `account_closed`.
    pub reason: Code,
}

/// Everything that was kept of a subject is to be erased, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whose.
    pub subject: Subject,
    /// Why, as a code.
    pub reason: Code,
}

/// Also of one who has been erased before: something may have been kept since.
pub(crate) fn decide_erase(command: &Erase) -> Result<Decided, Refusal> {
    let (subject, reason) = (command.subject.clone(), command.reason.clone());
    happened([Event::PersonalDataErased(Erased { subject, reason })])
}

pub(crate) const fn evolve_erased(_: &mut LedgerState, _: &Erased) {}
