//! Escrows in random histories.

use proptest::prelude::*;

use super::{any_money, any_number, any_wallet};
use crate::escrow::{Open, Status};
use crate::testing::{
    auto_release, deliver, escrow, open_escrow, refund, release, service, wallet, xof,
};
use crate::{Actor, Command, LedgerState};

pub(super) fn any() -> BoxedStrategy<Command> {
    let hours = prop::option::weighted(0.3, 1..9_u32);
    prop_oneof![
        5 => (any_number(), any_wallet(), any_wallet(), any_money(), hours).prop_map(
            |(number, buyer, seller, amount, hours)| {
                let inspection_s =
                    hours.map(|hours| (hours * 3_600).try_into().expect("at most 1,000 days"));
                let (buyer, seller) = (wallet(buyer), wallet(seller));
                Open { escrow: escrow(number), buyer, seller, amount, inspection_s }.into()
            }
        ),
        2 => any_number().prop_map(deliver),
        1 => any_number().prop_map(release),
        1 => any_number().prop_map(auto_release),
        1 => any_number().prop_map(refund),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        match state.escrow(escrow(number)).map(|it| it.status) {
            Some(Status::Funded) => options.push((service(), deliver(number))),
            Some(Status::Delivered { .. }) => options.push((service(), release(number))),
            Some(Status::Opened | Status::Released | Status::Refunded) | None => {}
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![open_escrow(1, 1, 2, xof(100)), deliver(1), release(1), auto_release(1), refund(1)]
}
