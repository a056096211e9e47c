//! Which events share an amount, or give a share back.

use super::Breakdown;
use crate::event::Event;

impl Event {
    /// How it shared money or gave it back, in the order in which it did.
    #[must_use]
    pub fn breakdowns(&self) -> Vec<&Breakdown> {
        #[expect(clippy::match_single_binding, reason = "a line for each event that shares")]
        match self {
            _ => Vec::new(),
        }
    }
}
