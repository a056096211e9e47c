//! Commission rules in random histories.

use proptest::prelude::*;

use crate::commission::{
    Amounts, Base, Beneficiary, Charge, DEFAULT, Payer, Placed, RefundPolicy, Rule, Set, Step, Tax,
    Tier, Tiering,
};
use crate::testing::{minute, money, wallet};
use crate::{Code, Command};

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a generator's own text")
}

/// The same number of minor units in every currency that histories use.
fn everywhere(minor: u64) -> Amounts {
    let amounts = ["KWD", "USD", "XOF"].map(|code| money(minor.max(1), code));
    amounts.to_vec().try_into().expect("one of each currency")
}

fn any_charge() -> impl Strategy<Value = Charge> {
    let rate = || (0..=10_000_u16).prop_map(|rate| rate.try_into().expect("at most 10,000"));
    let tier = (1..500_u64, rate());
    let tiers = (prop::collection::vec(tier, 0..3), rate(), prop::bool::ANY).prop_map(
        |(tiers, last, marginal)| {
            let mut end = 0;
            let mut tiers: Vec<_> = tiers
                .into_iter()
                .map(|(wide, rate)| {
                    end += wide;
                    Tier { up_to: everywhere(end), rate }
                })
                .collect();
            tiers.push(Tier { up_to: Amounts::default(), rate: last });
            Charge::Tiered(if marginal { Tiering::Marginal } else { Tiering::Whole }, tiers)
        },
    );
    prop_oneof![
        4 => rate().prop_map(Charge::Percentage),
        2 => (1..300_u64).prop_map(|minor| Charge::Fixed(everywhere(minor))),
        2 => tiers,
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let to = prop_oneof![
        4 => Just(Beneficiary::Commission),
        2 => Just(Beneficiary::Fees),
        1 => Just(Beneficiary::Payee(parsed("promoter"))),
        1 => Just(Beneficiary::Tax(parsed("levy"))),
        1 => (0..2_u128).prop_map(|number| Beneficiary::Wallet(wallet(number))),
    ];
    let base = prop_oneof![Just(Base::Gross), Just(Base::Remainder)];
    let limit = || prop::option::weighted(0.3, 1..400_u64);
    (any_charge(), base, limit(), limit(), to).prop_map(|(charge, base, floor, cap, to)| {
        let limit = |minor: Option<u64>| minor.map(everywhere).unwrap_or_default();
        // Crossed now and then, which is refused.
        Step { name: parsed("step"), charge, base, floor: limit(floor), cap: limit(cap), to }
    })
}

/// A rule of up to four steps, of any kind.
pub fn any_rule() -> impl Strategy<Value = Rule> {
    let tax = (0..3_000_u16, prop::bool::ANY).prop_map(|(rate, inside)| Tax {
        code: parsed("vat"),
        rate: rate.try_into().expect("at most 10,000"),
        placed: if inside { Placed::Inside } else { Placed::OnTop },
    });
    let payer = prop_oneof![
        3 => Just(Payer::Seller),
        1 => Just(Payer::Buyer),
        1 => Just(Payer::Platform),
    ];
    let refund = prop_oneof![
        2 => Just(RefundPolicy::Return),
        1 => Just(RefundPolicy::Keep),
        1 => Just(RefundPolicy::KeepFixed),
    ];
    let name = prop_oneof![2 => Just(DEFAULT), 1 => Just("tickets")];
    let steps = prop::collection::vec(any_step(), 0..5);
    (name, steps, prop::option::of(tax), payer, refund).prop_map(
        |(name, mut steps, tax, payer, refund)| {
            for (number, step) in steps.iter_mut().enumerate() {
                step.name = parsed::<Code>(&format!("step-{number}"));
            }
            Rule { name: parsed(name), steps, tax, payer, refund }
        },
    )
}

pub(super) fn any() -> BoxedStrategy<Command> {
    let from = prop::option::weighted(0.2, 0..5_000_i64);
    (any_rule(), from).prop_map(|(rule, from)| Set { rule, from: from.map(minute) }.into()).boxed()
}

pub(super) fn one_of_each() -> Vec<Command> {
    vec![crate::testing::set_rule(crate::testing::percent(DEFAULT, 500))]
}
