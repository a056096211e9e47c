//! Which events share an amount, give a share back, or carry a tip.

use super::Breakdown;
use crate::event::Event;
use crate::ids::WalletId;
use crate::money::Money;

/// What a seller, driver or courier earned by an event, or gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earning<'a> {
    /// An amount was shared with them, or a share was given back.
    Shared(&'a Breakdown),
    /// They were given something, of which nobody takes a share.
    Tip(WalletId, Money),
}

impl Event {
    /// What sellers earned by it, in the order in which it was posted.
    #[must_use]
    pub fn earnings(&self) -> Vec<Earning<'_>> {
        #[expect(clippy::match_single_binding, reason = "a line for each event that shares")]
        match self {
            _ => Vec::new(),
        }
    }

    /// How it shared money or gave it back.
    #[must_use]
    pub fn breakdowns(&self) -> Vec<&Breakdown> {
        let shared = |earning| match earning {
            Earning::Shared(breakdown) => Some(breakdown),
            Earning::Tip(..) => None,
        };
        self.earnings().into_iter().filter_map(shared).collect()
    }
}
