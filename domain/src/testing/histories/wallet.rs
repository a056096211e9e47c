//! Wallets in random histories.

use proptest::prelude::*;

use super::any_wallet;
use crate::Command;
use crate::testing::{close, freeze, freeze_wholly, open_wallet, unfreeze};

pub(super) fn any() -> BoxedStrategy<Command> {
    let owner = prop_oneof![Just("owner-0"), Just("owner-1"), Just("owner-2")];
    prop_oneof![
        4 => (any_wallet(), owner).prop_map(|(number, owner)| open_wallet(number, owner)),
        1 => any_wallet().prop_map(freeze),
        1 => any_wallet().prop_map(freeze_wholly),
        4 => any_wallet().prop_map(unfreeze),
        1 => any_wallet().prop_map(close),
    ]
    .boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![open_wallet(1, "ama"), freeze(1), unfreeze(1), close(1)]
}
