//! Payment methods in random histories.

use proptest::prelude::*;

use super::{any_number, any_wallet};
use crate::Command;
use crate::payment_method::{Add, Disable, MakeDefault};
use crate::testing::{payment_method, wallet};

/// A way to pay is added.
#[must_use]
pub fn add_method(number: u128, of: u128) -> Command {
    let parsed = |text: &str| text.parse().expect("a word");
    Add {
        method: payment_method(number),
        wallet: wallet(of),
        provider: "sim".parse().expect("a provider"),
        kind: parsed("card"),
        token: "pm_1".parse().expect("a reference"),
        hint: Some("*1234".parse().expect("a hint")),
    }
    .into()
}

/// It is made its wallet's default.
#[must_use]
pub fn make_default(number: u128) -> Command {
    MakeDefault { method: payment_method(number) }.into()
}

/// It is forbidden.
#[must_use]
pub fn disable_method(number: u128) -> Command {
    Disable { method: payment_method(number), reason: None }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        4 => (any_number(), any_wallet()).prop_map(|(number, of)| add_method(number, of)),
        2 => any_number().prop_map(make_default),
        1 => any_number().prop_map(disable_method),
    ]
    .boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![add_method(1, 1), make_default(1), disable_method(1)]
}
