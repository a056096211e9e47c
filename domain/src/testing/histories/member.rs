//! Members in random histories.

use proptest::prelude::*;

use super::any_wallet;
use crate::member::{Grant, May, Revoke};
use crate::testing::{actor, pay, service, wallet, xof};
use crate::{Actor, Command, LedgerState, Money, Role};

/// Somebody is made a member of a wallet.
#[must_use]
pub fn grant(number: u128, subject: &str, may: May, daily: Option<Money>) -> Command {
    let subject = subject.parse().expect("an opaque id");
    Grant { wallet: wallet(number), subject, may, daily }.into()
}

/// A member is made nobody to a wallet.
#[must_use]
pub fn revoke(number: u128, subject: &str) -> Command {
    let subject = subject.parse().expect("an opaque id");
    Revoke { wallet: wallet(number), subject }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let subject = || prop_oneof![Just("owner-0"), Just("owner-1"), Just("staff")];
    let may = prop_oneof![1 => Just(May::View), 3 => Just(May::Spend), 2 => Just(May::Manage)];
    let daily = prop::option::weighted(0.5, (1..2_000_u64).prop_map(xof));
    prop_oneof![
        3 => (any_wallet(), subject(), may, daily)
            .prop_map(|(number, subject, may, daily)| grant(number, subject, may, daily)),
        1 => (any_wallet(), subject()).prop_map(|(number, subject)| revoke(number, subject)),
    ]
    .boxed()
}

/// A member spends of another's wallet.
pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    let buyer = actor("owner-0", Role::Buyer);
    for number in 0..4 {
        if state.member(wallet(number), &buyer.subject).is_some_and(|it| it.may > May::View) {
            options.push((buyer.clone(), pay(number, (number + 1) % 4, xof(9))));
            options.push((service(), revoke(number, "owner-0")));
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![grant(1, "esi", May::Spend, Some(xof(500))), revoke(1, "esi")]
}
