//! Proposals in random histories.

use proptest::prelude::*;

use super::{any_number, escrow, withdrawal};
use crate::four_eyes::{Approve, Configure, Expire, Propose, Reject, Status, Withdraw};
use crate::testing::{actor, approve, close, proposal, service, xof};
use crate::{Actor, Command, LedgerState, Role};

/// A command is proposed.
#[must_use]
pub fn propose(number: u128, command: Command) -> Command {
    let reason = "asked".parse().expect("a word");
    let (proposal, command) = (proposal(number), Box::new(command));
    Propose { proposal, command, reason, span_s: None }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let proposable = prop_oneof![
        4 => any_number().prop_map(approve),
        2 => escrow::any(),
        1 => withdrawal::any(),
        1 => any_number().prop_map(close),
    ];
    let thresholds = prop_oneof![
        2 => Just(vec![xof(100)]),
        1 => Just(Vec::new()),
        1 => Just(vec![xof(1), xof(2)])
    ];
    prop_oneof![
        1 => thresholds.prop_map(|thresholds| Configure { thresholds }.into()),
        6 => (any_number(), proposable, prop::option::of(60..7_200_u32)).prop_map(
            |(number, command, span)| {
                let (proposal, command) = (proposal(number), Box::new(command));
                let reason = "asked".parse().expect("a word");
                let span_s = span.map(|span| span.try_into().expect("a span"));
                Propose { proposal, command, reason, span_s }.into()
            }
        ),
        3 => any_number().prop_map(|number| Approve { proposal: proposal(number) }.into()),
        1 => any_number().prop_map(|number| {
            Reject { proposal: proposal(number), reason: "no".parse().expect("a word") }.into()
        }),
        1 => any_number().prop_map(|number| Withdraw { proposal: proposal(number) }.into()),
        4 => any_number().prop_map(|number| Expire { proposal: proposal(number) }.into()),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    let [first, second] = ["money", "money-2"].map(|subject| actor(subject, Role::Finance));
    for number in 0..6_u128 {
        match state.proposal(proposal(number)).map(|it| it.status) {
            Some(Status::Open) => {
                let reason = "no".parse().expect("a word");
                let proposal = proposal(number);
                options.push((second.clone(), Approve { proposal }.into()));
                options.push((second.clone(), Reject { proposal, reason }.into()));
                options.push((first.clone(), Withdraw { proposal }.into()));
                options.push((service(), Expire { proposal }.into()));
            }
            Some(Status::Approved | Status::Rejected | Status::Withdrawn | Status::Expired) => {}
            None => {
                for withdrawal in 0..6_u128 {
                    let known = state.withdrawal(crate::testing::withdrawal(withdrawal));
                    if known.is_some_and(|it| it.status == crate::withdrawal::Status::Requested) {
                        options.push((first.clone(), propose(number, approve(withdrawal))));
                    }
                }
            }
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    let proposal = proposal(1);
    vec![
        Configure { thresholds: vec![xof(1_000)] }.into(),
        propose(1, approve(1)),
        Approve { proposal }.into(),
        Reject { proposal, reason: "no".parse().expect("a word") }.into(),
        Withdraw { proposal }.into(),
        Expire { proposal }.into(),
    ]
}
