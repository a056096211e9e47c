//! Flags and risk holds in random histories.

use proptest::prelude::*;

use super::{any_money, any_number, any_wallet};
use crate::aml::{Clear, PlaceHold, Raise, ReleaseHold, Severity};
use crate::testing::{actor, flag, risk_hold, service, wallet, xof};
use crate::{Actor, Command, LedgerState, Money, Revision, Role};

/// A suspicion about a wallet is put on record.
#[must_use]
pub fn raise(number: u128, of: u128) -> Command {
    Raise {
        flag: flag(number),
        wallet: Some(wallet(of)),
        revision: None,
        reason: "structuring".parse().expect("a word"),
        severity: Severity::High,
    }
    .into()
}

/// It has ended.
#[must_use]
pub fn clear(number: u128) -> Command {
    Clear { flag: flag(number), outcome: "harmless".parse().expect("a word") }.into()
}

/// Money of a wallet is kept back.
#[must_use]
pub fn keep_back(number: u128, of: u128, amount: Money) -> Command {
    let reason = "investigation".parse().expect("a word");
    PlaceHold { hold: risk_hold(number), wallet: wallet(of), amount, reason }.into()
}

/// It is given back.
#[must_use]
pub fn let_go(number: u128) -> Command {
    ReleaseHold { hold: risk_hold(number) }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        2 => (any_number(), any_wallet()).prop_map(|(number, of)| raise(number, of)),
        1 => any_number().prop_map(|number| {
            Raise {
                flag: flag(number),
                wallet: None,
                revision: (number > 1).then_some(Revision(1)),
                reason: "velocity".parse().expect("a word"),
                severity: Severity::Low,
            }
            .into()
        }),
        2 => any_number().prop_map(clear),
        3 => (any_number(), any_wallet(), any_money())
            .prop_map(|(number, of, amount)| keep_back(number, of, amount)),
        3 => any_number().prop_map(let_go),
    ]
    .boxed()
}

/// What is under review is let go again.
pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6 {
        if state.flag(flag(number)).is_some_and(|it| it.outcome.is_none()) {
            options.push((actor("money", Role::Finance), clear(number)));
        }
        match state.risk_hold(risk_hold(number)) {
            None if number == 0 => options.push((service(), keep_back(number, 1, xof(40)))),
            Some(hold) if !hold.is_released => options.push((service(), let_go(number))),
            Some(_) | None => {}
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![raise(1, 1), clear(1), keep_back(1, 1, xof(100)), let_go(1)]
}
