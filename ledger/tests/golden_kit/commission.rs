//! A commission rule with everything that one can have.

use cauri_domain::commission::{
    Amounts, Base, Beneficiary, Charge, Payer, Placed, RefundPolicy, Rule, RulesSet, Step, Tax,
    Tier, Tiering,
};
use cauri_domain::testing::{minute, usd_cents, wallet, xof};
use cauri_domain::{Event, Money};

use super::parsed;

fn amounts(amounts: [Money; 2]) -> Amounts {
    amounts.to_vec().try_into().unwrap()
}

fn rate(basis_points: u16) -> cauri_domain::commission::BasisPoints {
    basis_points.try_into().unwrap()
}

fn step(name: &str, charge: Charge, to: Beneficiary) -> Step {
    let (floor, cap) = (Amounts::default(), Amounts::default());
    Step { name: parsed(name), charge, base: Base::Gross, floor, cap, to }
}

pub(super) fn rules_set() -> Event {
    let tiers = vec![
        Tier { up_to: amounts([xof(10_000), usd_cents(2_000)]), rate: rate(1_000) },
        Tier { up_to: Amounts::default(), rate: rate(500) },
    ];
    let steps = vec![
        Step {
            floor: amounts([xof(100), usd_cents(20)]),
            cap: amounts([xof(5_000), usd_cents(1_000)]),
            ..step("commission", Charge::Percentage(rate(500)), Beneficiary::Commission)
        },
        step("booking", Charge::Fixed(amounts([xof(50), usd_cents(10)])), Beneficiary::Fees),
        Step {
            base: Base::Remainder,
            ..step(
                "promoter",
                Charge::Percentage(rate(200)),
                Beneficiary::Payee(parsed("promoter")),
            )
        },
        step("large", Charge::Tiered(Tiering::Marginal, tiers), Beneficiary::Wallet(wallet(3))),
        step("levy", Charge::Percentage(rate(10)), Beneficiary::Tax(parsed("levy"))),
    ];
    let tax = Tax { code: parsed("vat"), rate: rate(1_800), placed: Placed::Inside };
    let rule = Rule {
        name: parsed("default"),
        steps,
        tax: Some(tax),
        payer: Payer::Seller,
        refund: RefundPolicy::Return,
    };
    RulesSet { rule, version: 1, from: minute(60) }.into()
}
