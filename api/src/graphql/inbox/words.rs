//! Words about deliveries.

use crate::graphql::words::words;
use crate::inbox::State;

words!(
    /// Where a provider's delivery stands.
    DeliveryState {
        /// Kept, and being applied.
        Stored "stored",
        /// In the ledger.
        Applied "applied",
        /// It means nothing here.
        NoEffect "no_effect",
        /// The ledger or its provider could not be asked: it is tried again.
        Waiting "waiting",
        /// Refused, or tried for a day in vain: replay it once its cause is gone.
        Dead "dead",
    }
);

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Stored => Self::Stored,
            State::Applied => Self::Applied,
            State::NoEffect => Self::NoEffect,
            State::Waiting => Self::Waiting,
            State::Dead => Self::Dead,
        }
    }
}

impl From<DeliveryState> for State {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Stored => Self::Stored,
            DeliveryState::Applied => Self::Applied,
            DeliveryState::NoEffect => Self::NoEffect,
            DeliveryState::Waiting => Self::Waiting,
            DeliveryState::Dead => Self::Dead,
        }
    }
}
