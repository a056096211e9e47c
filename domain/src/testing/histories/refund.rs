//! Refunds in random histories.

use proptest::prelude::*;

use super::payin::in_suspense;
use super::{any_money, any_number, any_receipt, propose};
use crate::refund::{Of, RecordTotal, Status};
use crate::testing::{
    actor, give_back, payin, refund_failed, refund_id, refund_payin, refund_to_wallet,
    refund_total, refunded, service, submit_refund, xof,
};
use crate::{Actor, Command, LedgerState, Role, payin as payins};

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        3 => (any_number(), any_number(), any_money(), prop::bool::ANY).prop_map(
            |(number, of, amount, debt)| give_back(number, Of::Payin(payin(of)), amount, debt)
        ),
        1 => any_number().prop_map(submit_refund),
        1 => any_number().prop_map(refund_to_wallet),
        1 => any_number().prop_map(refunded),
        1 => any_number().prop_map(refund_failed),
        1 => any_receipt().prop_map(|receipt| RecordTotal { receipt }.into()),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        match state.refund(refund_id(number)).map(|it| it.status) {
            None => {}
            Some(Status::Requested) => {
                options.push((service(), submit_refund(number)));
                options.push((actor("money", Role::Finance), refund_to_wallet(number)));
            }
            Some(Status::Submitted) => {
                options.push((service(), refunded(number)));
                options.push((service(), refund_failed(number)));
            }
            Some(Status::Succeeded) => options.push((service(), refund_failed(number))),
            Some(Status::ToWallet | Status::GivenUp | Status::Failed) => {}
        }
        let Some(it) = state.payin(payin(number)) else { continue };
        if it.status == payins::Status::Succeeded {
            options.push((actor("money", Role::Finance), refund_payin(number, number, it.amount)));
            options
                .push((service(), give_back(number, Of::Payin(payin(number)), it.amount, false)));
            if let Some((_, object)) = &it.paid_by {
                options.push((service(), refund_total(object.as_str(), it.amount)));
            }
        }
    }
    for (number, (object, held)) in in_suspense(state).into_iter().enumerate().take(2) {
        let of =
            Of::Suspense("sim".parse().expect("a name"), object.parse().expect("an object's id"));
        let number = number as u128;
        options.push((service(), propose(50 + number, give_back(number + 4, of, held, false))));
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![
        refund_payin(1, 1, xof(40)),
        submit_refund(1),
        refund_to_wallet(1),
        refunded(1),
        refund_failed(1),
        refund_total("pi_one", xof(60)),
    ]
}
