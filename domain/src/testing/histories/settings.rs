//! Settings in random histories.

use proptest::prelude::*;

use crate::testing::{configure, money, opened_with, xof};
use crate::{Command, Settings};

fn any_settings() -> impl Strategy<Value = Settings> {
    (0..3_000_u16, 0..3_usize, prop::bool::ANY).prop_map(|(rate, limits, few)| Settings {
        commission: rate.try_into().expect("at most 10,000"),
        // Twice the same currency makes no sense, and is refused.
        limits: vec![xof(150_000); limits],
        currencies: if few {
            vec![xof(1).currency(), money(1, "USD").currency()]
        } else {
            Vec::new()
        },
        ..Settings::default()
    })
}

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![any_settings().prop_map(opened_with), any_settings().prop_map(configure)].boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![opened_with(Settings::default()), configure(Settings::default())]
}
