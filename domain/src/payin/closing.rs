//! What became of closing a payment at its provider, when nobody waits for it any more.

use serde::{Deserialize, Serialize};

use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::PayinId;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::ObjectId;

/// A provider was asked to close what may still be paid there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordClosing {
    /// Which pay-in.
    pub payin: PayinId,
    /// What became of it.
    pub outcome: Closing,
}

/// What became of asking a provider to close a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// Nobody can pay it any more.
    Closed,
    /// It was paid before: its money is told of by the provider, and booked as late.
    PaidBefore,
    /// The provider has no way to close a payment, or nobody here can ask it: it may still be paid.
    NotPossible,
    /// The provider did not say, however often it was asked: it may still be paid.
    Unknown,
}

impl Closing {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::PaidBefore => "paid_before",
            Self::NotPossible => "not_possible",
            Self::Unknown => "unknown",
        }
    }
}

/// What became of closing a payment at its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedAtProvider {
    /// Which pay-in.
    pub payin: PayinId,
    /// The provider's own payment.
    pub object: ObjectId,
    /// What became of it.
    pub outcome: Closing,
}

pub(crate) fn decide_closing(
    state: &LedgerState,
    command: &RecordClosing,
) -> Result<Decided, Refusal> {
    let payin = state.payins.get(&command.payin).ok_or(Refusal::NotFound { field: "payin" })?;
    if payin.status.is_open() {
        return Err(Refusal::WrongState { state: payin.status.as_str() });
    }
    match &payin.open_object {
        // It was told before, or the money came.
        None => Ok(Decided::Already),
        Some(object) => happened([Event::PayinClosedAtProvider(ClosedAtProvider {
            payin: command.payin,
            object: object.clone(),
            outcome: command.outcome,
        })]),
    }
}

pub(crate) fn evolve_closed_at_provider(state: &mut LedgerState, event: &ClosedAtProvider) {
    state.payins.modify(event.payin, |payin| payin.open_object = None);
}
