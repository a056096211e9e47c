//! Batches in random histories.

use proptest::prelude::*;

use super::{any_money, any_wallet, escrow, transfer};
use crate::Command;
use crate::batch::Batch;
use crate::testing::{deliver, pay, release, xof};

pub(super) fn any() -> BoxedStrategy<Command> {
    let small = (any_wallet(), any_wallet(), any_money())
        .prop_map(|(from, to, amount)| pay(from, to, amount));
    let command = prop_oneof![4 => small, 2 => transfer::any(), 2 => escrow::any()];
    let batch = prop::collection::vec(command, 0..5);
    batch.prop_map(|commands| Batch { commands }.into()).boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    let commands = vec![pay(1, 2, xof(100)), deliver(1), release(1)];
    vec![Batch { commands }.into()]
}
