//! Holds in random histories.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{any_money, any_number, any_wallet};
use crate::commission::Ask;
use crate::hold::{Beyond, Capture, Expire, Extend, Increase, Leg, Payee, Place, Status, Void};
use crate::testing::{capture, hold, minute, service, wallet, xof};
use crate::{Actor, Command, LedgerState, Money};

/// Money of one wallet is held for an hour.
#[must_use]
pub fn place(number: u128, from: u128, amount: Money) -> Command {
    let legs = vec![Leg { wallet: wallet(from), amount }];
    let span_s = Some(3_600.try_into().expect("a span"));
    Place { hold: hold(number), legs, span_s, commission: Ask::default() }.into()
}

/// A part of what is held is taken, for one payee.
#[must_use]
pub fn take(number: u128, id: u128, to: u128, amount: Money) -> Command {
    captured(number, id, vec![Payee { wallet: wallet(to), amount, tip: false }], false)
}

/// The last of what is held is taken, for one payee.
#[must_use]
pub fn take_last(number: u128, id: u128, to: u128, amount: Money) -> Command {
    captured(number, id, vec![Payee { wallet: wallet(to), amount, tip: false }], true)
}

/// What is held is taken, for these payees.
#[must_use]
pub fn captured(number: u128, id: u128, payees: Vec<Payee>, last: bool) -> Command {
    let beyond = Beyond::Refuse;
    Capture { hold: hold(number), capture: capture(id), payees, last, beyond }.into()
}

/// What is held is given back.
#[must_use]
pub fn void(number: u128) -> Command {
    Void { hold: hold(number), reason: "no-show".parse().expect("a word") }.into()
}

fn any_legs() -> impl Strategy<Value = Vec<Leg>> {
    let leg = (any_wallet(), any_money())
        .prop_map(|(number, amount)| Leg { wallet: wallet(number), amount });
    prop_oneof![
        6 => prop::collection::vec(leg, 1..3),
        2 => (1..500_u64, 1..500_u64).prop_map(|(first, second)| vec![
            Leg { wallet: wallet(0), amount: xof(first) },
            Leg { wallet: wallet(1), amount: xof(second) },
        ]),
        1 => Just(Vec::new()),
    ]
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let payee = (any_wallet(), any_money(), prop::bool::weighted(0.2))
        .prop_map(|(number, amount, tip)| Payee { wallet: wallet(number), amount, tip });
    let beyond = prop_oneof![Just(Beyond::Refuse), Just(Beyond::Charge), Just(Beyond::Owe)];
    let payees = prop::collection::vec(payee, 0..3);
    prop_oneof![
        6 => (any_number(), any_legs()).prop_map(|(number, legs)| {
            Place { hold: hold(number), legs, span_s: None, commission: Ask::default() }.into()
        }),
        1 => (any_number(), any_legs())
            .prop_map(|(number, legs)| Increase { hold: hold(number), legs }.into()),
        1 => (any_number(), 0..9_000_i64).prop_map(|(number, hours)| {
            let expires_at = minute(0) + TimeDelta::hours(hours);
            Extend { hold: hold(number), expires_at }.into()
        }),
        5 => (any_number(), 0..9_u128, payees, prop::bool::ANY, beyond).prop_map(
            |(number, id, payees, last, beyond)| {
                let (hold, capture) = (hold(number), capture(id));
                Capture { hold, capture, payees, last, beyond }.into()
            }
        ),
        1 => any_number().prop_map(void),
        2 => any_number().prop_map(|number| Expire { hold: hold(number) }.into()),
    ]
    .boxed()
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..6_u128 {
        let Some(it) = state.hold(hold(number)) else { continue };
        match it.status {
            Status::Placed => {
                let Some(leg) = it.legs.first().copied() else { continue };
                let id = it.captures.len() as u128 + number * 100;
                let half = leg.amount.minor().div_ceil(2);
                let half = Money::from_minor(half, leg.amount.currency());
                options.push((service(), take(number, id, 2, half.unwrap_or(leg.amount))));
                options.push((service(), take_last(number, id, 3, leg.amount)));
                options.push((service(), void(number)));
                let mut legs = it.legs.clone();
                if let Some(more) = Money::from_minor(leg.amount.minor() + 7, leg.amount.currency())
                {
                    legs[0].amount = more;
                }
                options.push((service(), Increase { hold: hold(number), legs }.into()));
                let expires_at = it.expires_at + TimeDelta::hours(1);
                options.push((service(), Extend { hold: hold(number), expires_at }.into()));
                if number == 5 {
                    options.push((service(), Expire { hold: hold(number) }.into()));
                }
            }
            Status::Captured | Status::Voided | Status::Expired => {}
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    let leg = Leg { wallet: wallet(1), amount: xof(200) };
    vec![
        place(1, 1, xof(100)),
        Increase { hold: hold(1), legs: vec![leg] }.into(),
        Extend { hold: hold(1), expires_at: minute(600) }.into(),
        take(1, 1, 2, xof(40)),
        void(1),
        Expire { hold: hold(1) }.into(),
    ]
}
