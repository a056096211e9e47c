//! Withdrawals in random histories.

use proptest::prelude::*;

use super::{any_money, any_number, any_provider, any_receipt, any_wallet};
use crate::testing::{
    actor, approve, auto_approve, cancel_withdrawal, confirm_payout, paid_out, payout_failed,
    payout_unknown, reject, request, service, submit, withdrawal, xof,
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
        1 => any_number().prop_map(cancel_withdrawal),
        1 => any_number().prop_map(payout_unknown),
        1 => (any_number(), any_money())
            .prop_map(|(number, amount)| confirm_payout(number, amount)),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let Some(it) = state.withdrawal(withdrawal(number)) else { continue };
        match it.status {
            Status::Requested => {
                options.push((actor("money", Role::Finance), approve(number)));
                if let Some(owner) = state.wallet(it.wallet).map(|wallet| &wallet.owner) {
                    options.push((actor(owner.as_str(), Role::Finance), approve(number)));
                }
            }
            Status::Approved => options.push((service(), submit(number))),
            Status::Submitted { .. } => {
                options.push((service(), paid_out(number, it.amount)));
                options.push((service(), payout_unknown(number)));
            }
            Status::Unknown { .. } => options.push((service(), paid_out(number, it.amount))),
            Status::Paid { .. } => options.push((service(), payout_failed(number))),
            Status::Failed { .. } | Status::Returned { .. } => {
                options.push((service(), confirm_payout(number, it.amount)));
            }
            Status::Rejected | Status::Canceled | Status::GivenUp => {}
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
        cancel_withdrawal(1),
        payout_unknown(1),
        confirm_payout(1, xof(100)),
    ]
}
