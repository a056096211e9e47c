//! Transfers in random histories.

use proptest::prelude::*;

use super::{any_money, any_wallet};
use crate::testing::{money, pay, service, wallet, xof};
use crate::{Actor, Command, LedgerState};

pub(super) fn any() -> BoxedStrategy<Command> {
    let transfer = (any_wallet(), any_wallet(), any_money());
    transfer.prop_map(|(from, to, amount)| pay(from, to, amount)).boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for from in 0..4_u128 {
        for currency in ["XOF", "USD"] {
            let available = state.books().available(wallet(from), money(1, currency).currency());
            let third = u64::try_from(available).unwrap_or_default().div_ceil(3);
            if third > 0 {
                options.push((service(), pay(from, (from + 1) % 4, money(third, currency))));
            }
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![pay(1, 2, xof(100))]
}
