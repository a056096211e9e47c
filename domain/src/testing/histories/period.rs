//! Months that are closed in random histories.

use proptest::prelude::*;

use crate::Command;
use crate::period::{Close, Configure, Month};

/// A month is closed: `2026-10`.
#[must_use]
pub fn close_period(month: &str) -> Command {
    Close { period: month.parse().expect("a month") }.into()
}

/// Days and months begin when it is midnight there.
#[must_use]
pub fn configure_periods(utc_offset_minutes: i16) -> Command {
    let utc_offset = utc_offset_minutes.try_into().expect("a place on earth");
    Configure { utc_offset }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    // The first event is in November 2026.
    let close = (0..5_u32).prop_map(|later| {
        let first: Month = "2026-09".parse().expect("a month");
        let period = (0..later).fold(first, |month, _| month.next());
        Close { period }.into()
    });
    prop_oneof![4 => close, 1 => (-840..=840_i16).prop_map(configure_periods)].boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![configure_periods(60), close_period("2026-10")]
}
