//! Words about providers.

use async_graphql::Enum;
use cauri_sagas::CircuitState;

/// Whether a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum ProviderCircuitState {
    /// It is asked.
    Closed,
    /// It did not answer several times in a row, or asked for a pause: it is left alone for a while.
    Open,
    /// One payment is being tried, to find out whether it answers again.
    HalfOpen,
}

impl From<CircuitState> for ProviderCircuitState {
    fn from(state: CircuitState) -> Self {
        match state {
            CircuitState::Closed => Self::Closed,
            CircuitState::Open => Self::Open,
            CircuitState::HalfOpen => Self::HalfOpen,
        }
    }
}
