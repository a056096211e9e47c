//! Pay-ins in random histories.

use proptest::prelude::*;

use super::{any_money, any_number, any_provider, any_receipt, any_wallet};
use crate::payin::{RecordDecline, RecordReceipt};
use crate::testing::{decline, expire, initiate, payin, receive, service, xof};
use crate::{Actor, Command, LedgerState};

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        4 => (any_number(), any_wallet(), any_money())
            .prop_map(|(number, into, amount)| initiate(number, into, amount)),
        6 => (prop::option::weighted(0.9, any_number()), any_receipt()).prop_map(
            |(number, receipt)| RecordReceipt { payin: number.map(payin), receipt }.into()
        ),
        1 => (any_number(), any_provider()).prop_map(|(number, provider)| {
            RecordDecline {
                payin: payin(number),
                provider: provider.parse().expect("a name"),
                object: "pi_x".parse().expect("an id"),
                reason: "declined".parse().expect("a word"),
            }
            .into()
        }),
        1 => any_number().prop_map(expire),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        if let Some(it) = state.payin(payin(number)) {
            let object = format!("pi_f{number}{}", it.status.as_str());
            options.push((service(), receive(number, &object, it.amount)));
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![initiate(1, 1, xof(100)), receive(1, "pi_one", xof(100)), decline(1), expire(1)]
}
