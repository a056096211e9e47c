//! Chargebacks in random histories.

use proptest::prelude::*;

use super::{any_money, any_number};
use crate::chargeback::Fact;
use crate::payin::Target;
use crate::testing::{
    chargeback_id, disputed, evidence, expire_chargeback, opened_for, payin, propose_write_off,
    service, withdrawn, xof,
};
use crate::{Actor, Command, LedgerState};

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        1 => Just(Fact::Inquiry),
        2 => any_money().prop_map(opened_for),
        2 => any_money().prop_map(|amount| withdrawn(amount, amount)),
        1 => any_money().prop_map(|amount| Fact::FundsReinstated { amount }),
        1 => Just(Fact::Won),
        1 => Just(Fact::Lost),
    ]
}

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        6 => (any_number(), 0..12_u32, any_fact())
            .prop_map(|(number, object, fact)| disputed(number, &format!("pi_{object}"), fact)),
        1 => any_number().prop_map(evidence),
        1 => any_number().prop_map(expire_chargeback),
        1 => any_number().prop_map(propose_write_off),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        // What its payment paid for is asked to be given away meanwhile.
        let target = state.payin(payin(number)).and_then(|it| it.target);
        if let Some(Target::Escrow(escrow, _)) = target {
            options.push((
                service(),
                crate::escrow::Release(crate::escrow::Portion::all(escrow)).into(),
            ));
        }
        if let Some(it) = state.chargeback(chargeback_id(number)) {
            let object = it.payment.1.as_str();
            if it.outcome.is_none() {
                options.push((service(), evidence(number)));
                options.push((service(), expire_chargeback(number)));
            } else {
                options.push((service(), propose_write_off(number)));
            }
            for fact in [Fact::Won, Fact::Lost] {
                options.push((service(), disputed(number, object, fact)));
            }
            if let Some(amount) = it.money(it.disputed.unwrap_or_default()) {
                let taken = withdrawn(amount, amount);
                options.push((service(), disputed(number, object, taken)));
            }
            if let Some(amount) = it.money(it.withdrawn) {
                let back = Fact::FundsReinstated { amount };
                options.push((service(), disputed(number, object, back)));
            }
            continue;
        }
        let paid_by =
            state.payin(payin(number)).and_then(|it| Some((it.amount, it.paid_by.clone()?)));
        if let Some((amount, (provider, object))) = paid_by
            && provider.as_str() == "sim"
        {
            options.push((service(), disputed(number, object.as_str(), opened_for(amount))));
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![
        disputed(1, "pi_one", opened_for(xof(100))),
        evidence(1),
        expire_chargeback(1),
        propose_write_off(1),
    ]
}
