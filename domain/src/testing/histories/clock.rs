//! Clocks set forward in random histories.

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::Command;
use crate::clock::Advance;
use crate::testing::minute;

pub(super) fn any() -> BoxedStrategy<Command> {
    let days = prop_oneof![1..4_000_i64, Just(-1_i64)];
    days.prop_map(|days| Advance { to: minute(0) + TimeDelta::days(days) }.into()).boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![Advance { to: minute(60) }.into()]
}
