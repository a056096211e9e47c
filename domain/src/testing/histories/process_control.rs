//! Operator control in random histories.

use proptest::prelude::*;

use super::{any_number, propose};
use crate::process_control::{GiveUp, RecordFreed, RecordStuck, Retry, Skip, Step};
use crate::testing::{actor, wallet, withdrawal};
use crate::{Account, Actor, Command, LedgerState, Role, withdrawal as lifecycle};

/// The step that submits a withdrawal.
#[must_use]
pub fn submission(number: u128) -> Step {
    Step {
        process: "withdrawal".parse().expect("a word"),
        instance: withdrawal(number).0,
        step: "submit".parse().expect("a word"),
    }
}

/// The submission of a withdrawal is stuck.
#[must_use]
pub fn stuck(number: u128) -> Command {
    let code = "WALLET_FROZEN".parse().expect("a code");
    RecordStuck { at: submission(number), code, tries: 1 }.into()
}

/// The submission of a withdrawal went on by itself.
#[must_use]
pub fn freed(number: u128) -> Command {
    RecordFreed { at: submission(number) }.into()
}

/// The submission of a withdrawal is to be tried again.
#[must_use]
pub fn retry(number: u128) -> Command {
    Retry { at: submission(number) }.into()
}

/// The submission of a withdrawal is left out.
#[must_use]
pub fn skip(number: u128) -> Command {
    Skip { at: submission(number), reason: "by-hand".parse().expect("a word") }.into()
}

/// A withdrawal is given up: its money goes to an account.
#[must_use]
pub fn give_up(number: u128, into: Account) -> Command {
    let reason = "lost".parse().expect("a word");
    GiveUp { at: submission(number), into, reason }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        3 => any_number().prop_map(stuck),
        1 => any_number().prop_map(freed),
        1 => any_number().prop_map(retry),
        1 => any_number().prop_map(skip),
        2 => (any_number(), any_number()).prop_map(|(proposal, number)| {
            propose(proposal, give_up(number, Account::Wallet(wallet(number))))
        }),
    ]
    .boxed()
}

/// A withdrawal that waits is stuck, and then given up.
pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let known = state.withdrawal(withdrawal(number)).map(|it| it.status);
        if matches!(known, Some(lifecycle::Status::Approved | lifecycle::Status::Submitted { .. }))
        {
            if state.is_stuck(&submission(number)) {
                let command = propose(number, give_up(number, Account::Adjustments));
                options.push((actor("money", Role::Finance), command));
            } else {
                options.push((super::service(), stuck(number)));
            }
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![stuck(1), freed(1), retry(1), skip(1), give_up(1, Account::Adjustments)]
}
