//! Months that are closed in random histories.

use proptest::prelude::*;

use crate::Command;
use crate::period::{Close, Month};

/// A month is closed: `2026-10`.
#[must_use]
pub fn close_period(month: &str) -> Command {
    Close { period: month.parse().expect("a month") }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    // The first event is in November 2026.
    let close = (0..5_u32).prop_map(|later| {
        let first: Month = "2026-09".parse().expect("a month");
        let period = (0..later).fold(first, |month, _| month.next());
        Close { period }.into()
    });
    close.boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![close_period("2026-10")]
}
