//! Operator control in random histories.

use proptest::prelude::*;

use super::{any_number, propose};
use crate::process_control::{GiveUp, RecordFreed, RecordStuck, Retry, Skip, Step};
use crate::testing::{actor, refund_id, wallet, withdrawal};
use crate::{Account, Actor, Command, LedgerState, Role, refund, withdrawal as lifecycle};

/// The step that submits a withdrawal.
#[must_use]
pub fn submission(number: u128) -> Step {
    Step {
        process: "withdrawal".parse().expect("a word"),
        instance: withdrawal(number).0,
        step: "submit".parse().expect("a word"),
    }
}

/// The step that submits a refund.
#[must_use]
pub fn refund_submission(number: u128) -> Step {
    let process = "refund".parse().expect("a word");
    Step { process, instance: refund_id(number).0, ..submission(number) }
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
        let refund = state.refund(refund_id(number)).map(|it| it.status);
        if matches!(refund, Some(refund::Status::Requested | refund::Status::Submitted)) {
            let at = refund_submission(number);
            if state.is_stuck(&at) {
                let (into, reason) = (Account::Adjustments, "lost".parse().expect("a word"));
                let command = propose(number, GiveUp { at, into, reason }.into());
                options.push((actor("money", Role::Finance), command));
            } else {
                let code = "WRONG_STATE".parse().expect("a code");
                options.push((super::service(), RecordStuck { at, code, tries: 1 }.into()));
            }
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![stuck(1), freed(1), retry(1), skip(1), give_up(1, Account::Adjustments)]
}
