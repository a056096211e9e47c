//! Limits in random histories.

use proptest::prelude::*;

use super::{any_number, any_wallet};
use crate::limits::{Assign, Limits, Scope, Set, SetKyc, SetZone, Velocity};
use crate::testing::{service, wallet, xof};
use crate::{Actor, Command, LedgerState, Role};

/// Limits in francs: at once, in a day, in a month, to hold, to owe.
#[must_use]
pub fn limits_of(amounts: [Option<u64>; 5]) -> Limits {
    let one = |amount: Option<u64>| amount.map(xof).map(|it| (it.currency(), it));
    let [single, daily, monthly, ceiling, credit] =
        amounts.map(|amount| one(amount).into_iter().collect());
    Limits { single, daily, monthly, velocity: None, ceiling, credit }
}

/// Limits are set.
#[must_use]
pub fn set_limits(scope: Scope, limits: Limits) -> Command {
    Set { scope, limits: Some(limits) }.into()
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let amount = |most: u64| prop::option::weighted(0.4, 1..most);
    let velocity = prop::option::weighted(0.2, (1..6_u32, 1..200_000_u32)).prop_map(|it| {
        it.map(|(count, window)| Velocity {
            count,
            window_s: window.try_into().expect("at least a second"),
        })
    });
    let amounts = (amount(3_000), amount(9_000), amount(30_000), amount(200_000), amount(2_000));
    let limits = (amounts, velocity)
        .prop_map(|((a, b, c, d, e), velocity)| Limits { velocity, ..limits_of([a, b, c, d, e]) });
    let profile = || prop_oneof![3 => Just("shops"), 1 => Just("nobody")];
    let scope = prop_oneof![
        1 => Just(Scope::Everybody),
        1 => (0..11_u8).prop_map(Scope::Kyc),
        1 => Just(Scope::Profile("shops".parse().expect("a word"))),
        3 => any_wallet().prop_map(|number| Scope::Wallet(wallet(number))),
        1 => Just(Scope::Role(Role::Buyer)),
    ];
    prop_oneof![
        3 => (scope, prop::option::weighted(0.5, limits))
            .prop_map(|(scope, limits)| Set { scope, limits }.into()),
        1 => (any_wallet(), prop::option::weighted(0.7, profile())).prop_map(|(number, profile)| {
            let profile = profile.map(|name| name.parse().expect("a word"));
            Assign { wallet: wallet(number), profile }.into()
        }),
        1 => (any_wallet(), 0..11_u8)
            .prop_map(|(number, level)| SetKyc { wallet: wallet(number), level }.into()),
        1 => any_number().prop_map(|number| {
            let names = ["Africa/Lome", "UTC", "Asia/Tokyo"];
            let name = names[usize::try_from(number).unwrap_or_default() % names.len()];
            SetZone { zone: name.parse().expect("a zone") }.into()
        }),
    ]
    .boxed()
}

/// Limits that were set are taken away again: else few commands would be left that pass.
pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    let shops = Scope::Profile("shops".parse().expect("a word"));
    let wallets = (0..4).map(|number| Scope::Wallet(wallet(number)));
    if state.has_limits(&shops) {
        let profile = Some("shops".parse().expect("a word"));
        options.push((service(), Assign { wallet: wallet(1), profile }.into()));
    }
    let window_s = 200_000.try_into().expect("a span");
    let once = Limits { velocity: Some(Velocity { count: 1, window_s }), ..Limits::default() };
    options.push((service(), set_limits(Scope::Wallet(wallet(0)), once)));
    for scope in [Scope::Everybody, Scope::Role(Role::Buyer), shops].into_iter().chain(wallets) {
        if state.has_limits(&scope) {
            options.push((service(), Set { scope, limits: None }.into()));
        }
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    let zone = "Asia/Tokyo".parse().expect("a zone");
    vec![
        set_limits(Scope::Everybody, limits_of([Some(500), None, None, None, None])),
        Assign { wallet: wallet(1), profile: None }.into(),
        SetKyc { wallet: wallet(1), level: 2 }.into(),
        SetZone { zone }.into(),
    ]
}
