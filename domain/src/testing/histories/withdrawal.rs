//! Withdrawals in random histories.

use proptest::prelude::*;

use super::{any_money, any_number, any_provider, any_receipt, any_wallet};
use crate::testing::{
    actor, approve, auto_approve, paid_out, payout_failed, reject, request, service, submit,
    withdrawal, xof,
};
use crate::withdrawal::{RecordPayout, Status, Submit};
use crate::{Actor, Command, LedgerState, Role};

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        5 => (any_number(), any_wallet(), any_money())
            .prop_map(|(number, from, amount)| request(number, from, amount)),
        2 => any_number().prop_map(approve),
        2 => any_number().prop_map(auto_approve),
        1 => any_number().prop_map(reject),
        3 => (any_number(), any_provider()).prop_map(|(number, provider)| {
            let provider = provider.parse().expect("a name");
            Submit { withdrawal: withdrawal(number), provider }.into()
        }),
        2 => (any_number(), any_receipt()).prop_map(|(number, receipt)| {
            RecordPayout { withdrawal: withdrawal(number), receipt }.into()
        }),
        2 => any_number().prop_map(payout_failed),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let Some(it) = state.withdrawal(withdrawal(number)) else { continue };
        match it.status {
            Status::Requested => options.push((actor("money", Role::Finance), approve(number))),
            Status::Approved => options.push((service(), submit(number))),
            Status::Submitted { .. } => options.push((service(), paid_out(number, it.amount))),
            Status::Rejected
            | Status::Paid { .. }
            | Status::Failed
            | Status::Returned
            | Status::GivenUp => {}
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![
        request(1, 1, xof(100)),
        approve(1),
        auto_approve(1),
        reject(1),
        submit(1),
        paid_out(1, xof(100)),
        payout_failed(1),
    ]
}
