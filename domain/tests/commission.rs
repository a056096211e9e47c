//! Commission: rules as data, agreed once, shared out and given back to the last unit.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "oracle/commission.rs"]
mod oracle;
mod table;

use cauri_domain::commission::{
    Agreed, Amounts, Ask, Base, Beneficiary, Bound, Charge, DEFAULT, How, Payer, Placed,
    RefundPolicy, Rule, Set, Step, Tax, Tier, Tiering, agree,
};
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

fn rate(basis_points: u16) -> commission::BasisPoints {
    basis_points.try_into().unwrap()
}

fn step(name: &str, charge: Charge, to: Beneficiary) -> Step {
    let name = name.parse().unwrap();
    let (floor, cap) = (Amounts::default(), Amounts::default());
    Step { name, charge, base: Base::Gross, floor, cap, to }
}

fn rule(steps: impl IntoIterator<Item = Step>) -> Rule {
    Rule { steps: steps.into_iter().collect(), ..percent(DEFAULT, 0) }
}

fn vat(basis_points: u16, placed: Placed) -> Option<Tax> {
    Some(Tax { code: "vat".parse().unwrap(), rate: rate(basis_points), placed })
}

fn market() -> Given {
    let settings = Settings { commission: rate(250), ..Settings::default() };
    given([opened_with(settings), open_wallet(0, "owner-0"), open_wallet(1, "owner-1")])
}

fn agreed(rule: Rule) -> Agreed {
    agreed_with(rule, &Ask::default())
}

fn agreed_with(mut rule: Rule, ask: &Ask) -> Agreed {
    rule.name = DEFAULT.parse().unwrap();
    let given = market().and([set_rule(rule)]);
    agree(&given.state, given.now(), ask, wallet(0), xof(1).currency()).unwrap()
}

/// The parts of one amount, in francs.
fn parts(rule: Rule, total: u64) -> Vec<u64> {
    wholes(&agreed(rule), total)
}

fn wholes(agreed: &Agreed, total: u64) -> Vec<u64> {
    let breakdown = agreed.shares(xof(total), None, xof(total));
    breakdown.parts.iter().map(|part| part.amount.map_or(0, Money::minor)).collect()
}

#[test]
fn every_command_in_every_state() {
    let states = [
        ("none", given([])),
        ("open", market()),
        ("set", market().and([set_rule(percent(DEFAULT, 500))])),
        ("set otherwise", market().and([set_rule(percent(DEFAULT, 600))])),
    ];
    insta::assert_snapshot!(table::table("commission", &states), @"
                      | none            | open      | set     | set otherwise
    SetCommissionRule | LEDGER_NOT_OPEN | rules_set | already | rules_set
    ");
}

#[test]
fn without_a_rule_the_rate_of_the_settings_is_version_0() {
    let given = market();
    let agreed =
        agree(&given.state, given.now(), &Ask::default(), wallet(0), xof(1).currency()).unwrap();
    assert_eq!((agreed.version, wholes(&agreed, 1_000)), (0, vec![25]));
}

#[test]
fn the_version_in_force_at_the_instant_is_frozen() {
    let later = Set { rule: percent(DEFAULT, 900), from: Some(minute(500)) };
    let given = market().and([
        set_rule(percent(DEFAULT, 500)),
        later.clone().into(),
        set_rule(percent(DEFAULT, 700)),
    ]);
    let at = |minutes| {
        let agreed =
            agree(&given.state, minute(minutes), &Ask::default(), wallet(0), xof(1).currency())
                .unwrap();
        (agreed.version, wholes(&agreed, 1_000)[0])
    };
    assert_eq!([at(0).0, at(2).0], [0, 0], "before there was one, and at the same minute");
    assert_eq!([at(3), at(4), at(5)], [(1, 50), (1, 50), (3, 70)]);
    assert_eq!([at(499), at(500)], [(3, 70), (2, 90)]);
    given.clone().when(later).then_already();
    given
        .when(Set { rule: percent(DEFAULT, 1), from: Some(minute(1)) })
        .then_refused(Refusal::InvalidSetting { field: "from", allowed: "now or later" });
}

#[test]
fn a_version_that_was_agreed_outlives_the_next() {
    let given = market().and([set_rule(percent(DEFAULT, 500))]);
    let frozen =
        agree(&given.state, given.now(), &Ask::default(), wallet(0), xof(1).currency()).unwrap();
    let given = given.and([set_rule(percent(DEFAULT, 10_000))]);
    assert_eq!(wholes(&frozen, 1_000), [50]);
    let now =
        agree(&given.state, given.now(), &Ask::default(), wallet(0), xof(1).currency()).unwrap();
    assert_eq!((now.version, wholes(&now, 1_000)), (2, vec![1_000]));
}

#[test]
fn floors_and_caps_hold_and_are_named() {
    let mut percentage = step("commission", Charge::Percentage(rate(500)), Beneficiary::Commission);
    (percentage.floor, percentage.cap) = (xof(100).into(), xof(5_000).into());
    let agreed = agreed(rule([percentage]));
    let told = |total| {
        let mut breakdown = agreed.shares(xof(total), None, xof(total));
        let part = breakdown.parts.remove(0);
        let How::Step { bound, .. } = part.how else { panic!("a step") };
        (part.amount.unwrap().minor(), bound)
    };
    assert_eq!(told(50), (50, Some(Bound::Amount)), "a fee is never more than the sale");
    assert_eq!(told(1_999), (100, None));
    assert_eq!(told(1_000), (100, Some(Bound::Floor)));
    assert_eq!(told(100_000), (5_000, None));
    assert_eq!(told(1_000_000), (5_000, Some(Bound::Cap)));
}

#[test]
fn tiers_are_marginal_or_whole() {
    let tiers = || {
        let tier =
            |end: u64, basis_points| Tier { up_to: xof(end).into(), rate: rate(basis_points) };
        let last = Tier { up_to: Amounts::default(), rate: rate(200) };
        vec![tier(10_000, 1_000), tier(50_000, 500), last]
    };
    let of = |tiering, total| {
        let charge = Charge::Tiered(tiering, tiers());
        parts(rule([step("commission", charge, Beneficiary::Commission)]), total)[0]
    };
    assert_eq!(of(Tiering::Marginal, 10_000), 1_000);
    assert_eq!(of(Tiering::Marginal, 60_000), 1_000 + 2_000 + 200);
    assert_eq!(
        [10_000, 10_001, 60_000].map(|total| of(Tiering::Whole, total)),
        [1_000, 500, 1_200]
    );
}

#[test]
fn each_step_may_be_taken_of_what_the_steps_before_left() {
    let mut second =
        step("promoter", Charge::Percentage(rate(1_000)), Beneficiary::Wallet(wallet(1)));
    second.base = Base::Remainder;
    let first = step("booking", Charge::Fixed(xof(200).into()), Beneficiary::Fees);
    assert_eq!(parts(rule([first, second]), 1_000), [200, 80]);
}

#[test]
fn a_fee_has_its_tax_inside_or_on_top() {
    let fee = || step("commission", Charge::Percentage(rate(1_000)), Beneficiary::Commission);
    let with = |tax| parts(Rule { tax, ..rule([fee()]) }, 11_800);
    assert_eq!(with(vat(1_800, Placed::Inside)), [1_000, 180]);
    assert_eq!(with(vat(1_800, Placed::OnTop)), [1_180, 212]); // 212.4
    let all = step("commission", Charge::Percentage(rate(10_000)), Beneficiary::Commission);
    let tax = vat(1_800, Placed::OnTop);
    assert_eq!(parts(Rule { tax, ..rule([all]) }, 100), [100, 0], "no room for it");
}

#[test]
fn a_payee_is_given_by_the_sale_or_left_out() {
    let charge = || Charge::Percentage(rate(1_000));
    let rule = rule([
        step("promoter", charge(), Beneficiary::Payee("promoter".parse().unwrap())),
        step("commission", charge(), Beneficiary::Commission),
    ]);
    assert_eq!(parts(rule.clone(), 1_000), [100]);
    let ask = |name: &str, number| Ask {
        rule: None,
        payees: [(name.parse().unwrap(), wallet(number))].into(),
    };
    let agreed = agreed_with(rule.clone(), &ask("promoter", 1));
    assert_eq!(wholes(&agreed, 1_000), [100, 100]);
    assert_eq!(agreed.wallets().collect::<Vec<_>>(), [wallet(1)]);
    let given = market().and([set_rule(rule)]);
    let refused = |ask: &Ask| {
        agree(&given.state, given.now(), ask, wallet(0), xof(1).currency()).unwrap_err()
    };
    assert_eq!(refused(&ask("promotor", 1)), Refusal::NotFound { field: "payees" });
    assert_eq!(refused(&ask("promoter", 9)), Refusal::NotFound { field: "payees" });
    let unknown = Ask { rule: Some("vip".parse().unwrap()), ..Ask::default() };
    assert_eq!(refused(&unknown), Refusal::NotFound { field: "rule" });
}

#[test]
fn a_rule_is_agreed_in_the_currencies_it_has_amounts_in() {
    let given = market().and([set_rule(rule([step(
        "booking",
        Charge::Fixed(xof(200).into()),
        Beneficiary::Fees,
    )]))]);
    let currency = usd_cents(1).currency();
    let refused =
        agree(&given.state, given.now(), &Ask::default(), wallet(0), currency).unwrap_err();
    assert_eq!(refused, Refusal::RuleLacksCurrency { currency });
}

#[test]
fn who_pays() {
    let of = |payer| {
        let agreed = agreed(Rule { payer, ..percent(DEFAULT, 500) });
        let shares = agreed.shares(xof(1_000), None, xof(1_000));
        let minor = |money: Option<Money>| money.map_or(0, Money::minor);
        (shares.charged().minor(), minor(shares.net()), minor(shares.borne_by_platform()))
    };
    assert_eq!(of(Payer::Seller), (1_000, 950, 0));
    assert_eq!(of(Payer::Buyer), (1_050, 1_000, 0));
    assert_eq!(of(Payer::Platform), (1_000, 1_000, 50));
    // A fixed fee on top may be more than a small price; out of the price it may not.
    let booking = || rule([step("booking", Charge::Fixed(xof(150).into()), Beneficiary::Fees)]);
    assert_eq!(parts(booking(), 100), [100]);
    assert_eq!(parts(Rule { payer: Payer::Buyer, ..booking() }, 100), [150]);
}

/// Row 5 of `docs/peers-asks.md`.
#[test]
fn partial_amounts_are_shared_cumulatively() {
    let agreed = agreed(percent(DEFAULT, 500));
    let fee = |before: u64, now: u64| {
        let before = Money::from_minor(before, xof(1).currency());
        agreed.shares(xof(3_333), before, xof(now)).fee().map_or(0, Money::minor)
    };
    // 167 in all: 55.67, 111.33, 167.
    assert_eq!([fee(0, 1_111), fee(1_111, 1_111), fee(2_222, 1_111)], [56, 55, 56]);
    assert_eq!(fee(0, 3_333), 167);
    assert_eq!(fee(0, 9_999), 167, "beyond the whole nothing more is taken");
}

#[test]
fn what_a_refund_gives_back_is_the_rule_s_policy() {
    let steps = || {
        [
            step("booking", Charge::Fixed(xof(100).into()), Beneficiary::Fees),
            step("commission", Charge::Percentage(rate(1_000)), Beneficiary::Commission),
        ]
    };
    let back = |refund| {
        let agreed = agreed(Rule { refund, tax: vat(2_000, Placed::OnTop), ..rule(steps()) });
        let back = agreed.returns(xof(1_000), None, xof(500));
        back.parts.iter().map(|part| part.amount.map_or(0, Money::minor)).collect::<Vec<_>>()
    };
    assert_eq!(back(RefundPolicy::Return), [50, 10, 50, 10]);
    assert_eq!(back(RefundPolicy::Keep), [0, 0, 0, 0]);
    assert_eq!(back(RefundPolicy::KeepFixed), [0, 0, 50, 10], "with its tax");
}

#[test]
fn a_rule_that_makes_no_sense_is_refused_by_its_field() {
    let refused = |rule: Rule| agree_to_set(rule).field().unwrap();
    let percentage = || step("a", Charge::Percentage(rate(1)), Beneficiary::Fees);
    assert_eq!(refused(rule([percentage(), percentage()])), "steps");
    assert_eq!(
        refused(rule(
            (0..17).map(|n| Step { name: format!("s{n}").parse().unwrap(), ..percentage() })
        )),
        "steps"
    );
    assert_eq!(
        refused(rule([Step { floor: xof(2).into(), cap: xof(1).into(), ..percentage() }])),
        "cap"
    );
    assert_eq!(
        refused(rule([Step { to: Beneficiary::Wallet(wallet(9)), ..percentage() }])),
        "wallet"
    );
    let charged = |charge| rule([Step { charge, ..percentage() }]);
    assert_eq!(refused(charged(Charge::Fixed(Amounts::default()))), "amounts");
    let end = |end: Option<u64>| Tier {
        up_to: end.map(|end| xof(end).into()).unwrap_or_default(),
        rate: rate(1),
    };
    for tiers in [
        vec![],
        vec![end(Some(1))],
        vec![end(None), end(None)],
        vec![end(Some(2)), end(Some(2)), end(None)],
        vec![end(Some(1)), Tier { up_to: usd_cents(2).into(), rate: rate(1) }, end(None)],
    ] {
        assert_eq!(refused(charged(Charge::Tiered(Tiering::Whole, tiers))), "tiers");
    }
}

fn agree_to_set(rule: Rule) -> Refusal {
    let given = market();
    let asked = Asked {
        id: CommandId(uuid_of(1)),
        at: given.now(),
        actor: service(),
        command: set_rule(rule),
    };
    decide(&mut given.state.clone(), &asked).unwrap_err()
}

fn uuid_of(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

/// A rule of any kind that was agreed to, with its promoter or without.
fn any_agreed() -> impl Strategy<Value = Agreed> {
    (any_rule(), prop::bool::ANY).prop_filter_map("a rule that was refused", |(rule, promoted)| {
        let given = market();
        let promoter = "promoter".parse().unwrap();
        let named = rule
            .steps
            .iter()
            .any(|step| step.to == Beneficiary::Payee("promoter".parse().unwrap()));
        let payees = if promoted && named { [(promoter, wallet(1))].into() } else { [].into() };
        let ask = Ask { rule: Some(rule.name.clone()), payees };
        let asked = Asked {
            id: CommandId(uuid_of(1)),
            at: given.now(),
            actor: service(),
            command: set_rule(rule),
        };
        let mut state = given.state;
        let Ok(Decided::Happened(events)) = decide(&mut state, &asked) else { return None };
        events.iter().for_each(|event| state.evolve(event, asked.at));
        agree(&state, asked.at, &ask, wallet(0), xof(1).currency()).ok()
    })
}

/// A total, and steps that end at it.
fn any_steps() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        6 => prop::collection::vec(1..200_u64, 1..12),
        1 => prop::collection::vec(1..=u64::MAX / 16, 1..12),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    /// blnkfinance/blnk#73, flash-oss/medici#1: parts that are each rounded alone lose or make units.
    #[test]
    fn in_any_steps_the_parts_sum_and_end_at_the_whole(agreed in any_agreed(), steps in any_steps()) {
        let total: u64 = steps.iter().sum();
        let whole = agreed.shares(xof(total), None, xof(total));
        let (mut so_far, mut sums) = (0, vec![0_u64; whole.parts.len()]);
        for now in steps {
            let before = Money::from_minor(so_far, xof(1).currency());
            let shares = agreed.shares(xof(total), before, xof(now));
            let minor = |money: Option<Money>| money.map_or(0, Money::minor);
            let parts: u64 = shares.parts.iter().map(|part| minor(part.amount)).sum();
            // What goes in is what comes out, this time too; the seller never pays to sell.
            let (into, out) = (
                u128::from(shares.charged().minor()) + u128::from(minor(shares.borne_by_platform())),
                u128::from(minor(shares.net())) + u128::from(parts),
            );
            prop_assert_eq!(into, out);
            // Somebody else, who reads nothing but the breakdown, comes to the same.
            oracle::recomputed(&serde_json::to_value(&shares).unwrap());
            if agreed.payer == Payer::Seller {
                prop_assert!(parts <= now);
            }
            for (sum, part) in sums.iter_mut().zip(&shares.parts) {
                *sum += minor(part.amount);
                prop_assert_eq!(part.whole, whole.parts.iter().find(|it| it.name == part.name && it.how == part.how).unwrap().whole);
            }
            so_far += now;
        }
        let wholes: Vec<_> = whole.parts.iter().map(|part| part.whole.map_or(0, Money::minor)).collect();
        prop_assert_eq!(sums, wholes);
    }

    #[test]
    fn any_refunds_that_end_at_the_total_give_back_exactly_the_commission(
        agreed in any_agreed(),
        steps in any_steps(),
    ) {
        let total: u64 = steps.iter().sum();
        let taken = agreed.shares(xof(total), None, xof(total));
        let (mut so_far, mut sums) = (0, vec![0_u64; taken.parts.len()]);
        for now in steps {
            let before = Money::from_minor(so_far, xof(1).currency());
            so_far += now;
            let back = agreed.returns(xof(total), before, xof(now));
            oracle::recomputed(&serde_json::to_value(&back).unwrap());
            // Of what was shared out so far, never more than was taken of it.
            let until_now = agreed.shares(xof(total), None, xof(so_far));
            for ((sum, part), until_now) in sums.iter_mut().zip(&back.parts).zip(&until_now.parts) {
                *sum += part.amount.map_or(0, Money::minor);
                prop_assert!(*sum <= until_now.amount.map_or(0, Money::minor));
            }
        }
        let mut fixed = false;
        for (sum, part) in sums.into_iter().zip(&taken.parts) {
            if let How::Step { charge, .. } = &part.how {
                fixed = matches!(charge, commission::Priced::Fixed(_));
            }
            let kept = agreed.refund == RefundPolicy::Keep
                || agreed.refund == RefundPolicy::KeepFixed && fixed;
            prop_assert_eq!(sum, if kept { 0 } else { part.amount.map_or(0, Money::minor) });
        }
    }
}
