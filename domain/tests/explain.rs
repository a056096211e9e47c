//! An explanation stands alone: whoever reads its lines can work them out again.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::commission::{
    Agreed, Amounts, Ask, Base, Beneficiary, Breakdown, Charge, DEFAULT, Placed, RefundPolicy,
    Rule, Step, Tax, agree,
};
use cauri_domain::explain::{Line, Wrong, check, explain, explain_breakdown};
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

fn agreed(rule: Rule, payees: bool) -> Option<Agreed> {
    let given = given([opened(), open_wallet(0, "owner-0"), open_wallet(1, "owner-1")]);
    let promoter: Code = "promoter".parse().unwrap();
    let named = rule.steps.iter().any(|step| step.to == Beneficiary::Payee(promoter.clone()));
    let payees = if named && payees { [(promoter, wallet(1))].into() } else { [].into() };
    let ask = Ask { rule: Some(rule.name.clone()), payees };
    let id = "00000000-0000-0000-0000-000000000001".parse().unwrap();
    let asked = Asked { id, at: given.now(), actor: service(), command: set_rule(rule) };
    let mut state = given.state;
    let Ok(Decided::Happened(events)) = decide(&mut state, &asked) else { return None };
    events.iter().for_each(|event| state.evolve(event, asked.at));
    agree(&state, asked.at, &ask, wallet(0), xof(1).currency()).ok()
}

/// As it is printed.
fn printed(lines: &[Line]) -> String {
    let line = |(place, line): (usize, &Line)| {
        let amount = line.amount.map(|amount| format!(" = {amount}")).unwrap_or_default();
        let work = line.work.to_string();
        let colon = if work.is_empty() { "" } else { ": " };
        format!("#{} {}{colon}{work}{amount}\n", place + 1, line.words)
    };
    lines.iter().enumerate().map(line).collect()
}

/// A formula's text worked out by somebody who knows nothing else: numbers of the lines before.
fn worked_out(formula: &str, before: &[Option<i128>]) -> Option<i128> {
    let value = |text: &str| match text.trim().strip_prefix('#') {
        Some(place) => before[place.parse::<usize>().unwrap() - 1].unwrap(),
        None => text.trim().parse().unwrap(),
    };
    let half_even = |scaled: i128, by: i128| {
        if by == 0 {
            return 0;
        }
        let (down, left) = (scaled / by, scaled % by);
        down + i128::from(left * 2 > by || left * 2 == by && down % 2 == 1)
    };
    let inside = formula.split_once('(').map(|(name, rest)| (name, rest.trim_end_matches(')')));
    Some(match inside {
        _ if formula.is_empty() || formula == "given" => return None,
        Some(("half_even", quotient)) => {
            let (product, by) = quotient.split_once('/').unwrap();
            let (left, right) = product.split_once('*').unwrap();
            half_even(value(left) * value(right), value(by))
        }
        Some(("max", two)) => two.split(',').map(value).max().unwrap(),
        Some(("min", two)) => two.split(',').map(value).min().unwrap(),
        Some((how, tiers)) => {
            let (base, tiers) = tiers.split_once(';').unwrap();
            let base = value(base);
            let (mut below, mut sum) = (0, 0);
            for tier in tiers.split(',') {
                let (end, rate) = tier.trim().split_once(':').unwrap();
                let end = if end == "*" { i128::MAX } else { value(end) };
                if how == "whole" && base <= end {
                    sum = base * value(rate);
                    break;
                }
                if how == "marginal" {
                    sum += (base.min(end) - below).max(0) * value(rate);
                }
                below = end;
            }
            half_even(sum, 10_000)
        }
        None if formula.contains(" - ") => {
            let mut terms = formula.split(" - ").map(value);
            let first = terms.next().unwrap();
            (first - terms.sum::<i128>()).max(0)
        }
        None => formula.split(" + ").map(value).sum(),
    })
}

fn stands_alone(lines: &[Line]) {
    let mut before = Vec::new();
    for line in lines {
        let says = line.amount.map(|amount| i128::from(amount.minor));
        if let Some(minor) = worked_out(&line.work.to_string(), &before) {
            assert_eq!(says, Some(minor), "{}", printed(lines));
        }
        before.push(says);
    }
}

fn any_breakdown() -> impl Strategy<Value = Breakdown> {
    let amounts = (0..2_000_u64, 1..2_000_u64, 0..2_000_u64);
    (any_rule(), prop::bool::ANY, amounts, prop::bool::ANY).prop_filter_map(
        "a rule that was refused",
        |(rule, payees, (before, now, after), back)| {
            let agreed = agreed(rule, payees)?;
            let total = xof(before + now + after);
            let before = Money::from_minor(before, total.currency());
            Some(if back {
                agreed.returns(total, before, xof(now))
            } else {
                agreed.shares(total, before, xof(now))
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_share_is_explained_and_the_explanation_stands_alone(breakdown in any_breakdown()) {
        let lines = explain_breakdown(&breakdown);
        prop_assert_eq!(check(&lines), Ok(()), "{}", printed(&lines));
        stands_alone(&lines);
        // Every part is a line's amount.
        for part in &breakdown.parts {
            let says = part.amount.map_or(0, Money::minor);
            let named = format!("{}: ", part.name);
            let said = lines.iter().any(|line| {
                line.words.starts_with(&named) && line.amount.is_some_and(|it| it.minor == says)
            });
            prop_assert!(said);
        }
    }

    #[test]
    fn a_breakdown_that_was_tampered_with_is_found_out(
        breakdown in any_breakdown(),
        place in any::<prop::sample::Index>(),
        more in 1..50_u64,
    ) {
        if breakdown.parts.is_empty() {
            return Ok(());
        }
        let mut forged = breakdown;
        let part = place.index(forged.parts.len());
        let part = &mut forged.parts[part];
        part.amount = Money::from_minor(part.amount.map_or(0, Money::minor) + more, forged.now.currency());
        prop_assert!(check(&explain_breakdown(&forged)).is_err());
    }
}

#[test]
fn a_waterfall_in_words_and_numbers() {
    let rate = |basis_points: u16| Charge::Percentage(basis_points.try_into().unwrap());
    let step = |name: &str, charge, to| Step {
        name: name.parse().unwrap(),
        charge,
        base: Base::Gross,
        floor: Amounts::default(),
        cap: Amounts::default(),
        to,
    };
    let rule = Rule {
        steps: vec![
            Step {
                floor: xof(100).into(),
                ..step("commission", rate(500), Beneficiary::Commission)
            },
            Step {
                base: Base::Remainder,
                ..step("promoter", rate(1_000), Beneficiary::Payee("promoter".parse().unwrap()))
            },
        ],
        tax: Some(Tax {
            code: "vat".parse().unwrap(),
            rate: 1_800.try_into().unwrap(),
            placed: Placed::Inside,
        }),
        refund: RefundPolicy::Return,
        ..percent(DEFAULT, 0)
    };
    let agreed = agreed(rule, true).unwrap();
    let lines = explain_breakdown(&agreed.shares(xof(3_333), None, xof(3_333)));
    insta::assert_snapshot!(printed(&lines), @"
    #1 by version 1 of the commission rule default, borne by the seller
    #2 the whole amount agreed: given = 3333 XOF
    #3 commission: 5 % of #2: half_even(#2 * 500 / 10000) = 167 XOF
    #4 commission: at least 100 XOF: max(#3, 100) = 167 XOF
    #5 commission: 18 % vat inside it: half_even(#4 * 1800 / 11800) = 25 XOF
    #6 commission: without its tax: #4 - #5 = 142 XOF
    #7 what the steps before left of it: #2 - #6 - #5 = 3166 XOF
    #8 promoter: 10 % of #7: half_even(#7 * 1000 / 10000) = 317 XOF
    #9 promoter: of the whole amount: #8 = 317 XOF
    #10 done of it before: given = 0 XOF
    #11 done of it now: given = 3333 XOF
    #12 commission: this time: #6 = 142 XOF
    #13 vat: this time: #5 = 25 XOF
    #14 promoter: this time: #9 = 317 XOF
    #15 all parts together: #12 + #13 + #14 = 484 XOF
    #16 what the seller gets: #11 - #15 = 2849 XOF
    #17 what the buyer's side gives: #11 = 3333 XOF
    ");
    let lines = explain_breakdown(&agreed.shares(xof(3_333), xof(1_111), xof(1_111)));
    insta::assert_snapshot!(printed(&lines), @"
    #1 by version 1 of the commission rule default, borne by the seller
    #2 the whole amount agreed: given = 3333 XOF
    #3 commission: 5 % of #2: half_even(#2 * 500 / 10000) = 167 XOF
    #4 commission: at least 100 XOF: max(#3, 100) = 167 XOF
    #5 commission: 18 % vat inside it: half_even(#4 * 1800 / 11800) = 25 XOF
    #6 commission: without its tax: #4 - #5 = 142 XOF
    #7 what the steps before left of it: #2 - #6 - #5 = 3166 XOF
    #8 promoter: 10 % of #7: half_even(#7 * 1000 / 10000) = 317 XOF
    #9 promoter: of the whole amount: #8 = 317 XOF
    #10 done of it before: given = 1111 XOF
    #11 done of it now: given = 1111 XOF
    #12 done so far: #10 + #11 = 2222 XOF
    #13 so far, at most the whole amount: min(#12, #2) = 2222 XOF
    #14 commission and vat: of the whole amount: #6 + #5 = 167 XOF
    #15 commission and vat and promoter: of the whole amount: #6 + #5 + #9 = 484 XOF
    #16 commission and vat and promoter: so far: half_even(#13 * #15 / #2) = 323 XOF
    #17 commission and vat: so far: half_even(#16 * #14 / #15) = 111 XOF
    #18 commission: so far: half_even(#17 * #6 / #14) = 94 XOF
    #19 vat: so far: #17 - #18 = 17 XOF
    #20 promoter: so far: #16 - #17 = 212 XOF
    #21 before, at most the whole amount: min(#10, #2) = 1111 XOF
    #22 commission and vat: of the whole amount: #6 + #5 = 167 XOF
    #23 commission and vat and promoter: of the whole amount: #6 + #5 + #9 = 484 XOF
    #24 commission and vat and promoter: before: half_even(#21 * #23 / #2) = 161 XOF
    #25 commission and vat: before: half_even(#24 * #22 / #23) = 56 XOF
    #26 commission: before: half_even(#25 * #6 / #22) = 48 XOF
    #27 vat: before: #25 - #26 = 8 XOF
    #28 promoter: before: #24 - #25 = 105 XOF
    #29 commission: this time: #18 - #26 = 46 XOF
    #30 vat: this time: #19 - #27 = 9 XOF
    #31 promoter: this time: #20 - #28 = 107 XOF
    #32 all parts together: #29 + #30 + #31 = 162 XOF
    #33 what the seller gets: #11 - #32 = 949 XOF
    #34 what the buyer's side gives: #11 = 1111 XOF
    ");
}

#[test]
fn an_entry_without_commission_is_explained_posting_by_posting() {
    let given = given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", usd_cents(1_000)));
    let (events, _) = given.when(pay(1, 2, usd_cents(250))).then_events();
    let lines = explain(&events[0]);
    assert_eq!(check(&lines), Ok(()));
    stands_alone(&lines);
    insta::assert_snapshot!(printed(&lines), @"
    #1 transfer.completed.v1: 2 postings
    #2 debit wallet:00000000-0000-0000-0000-000000001001:available: takes 2.50 USD from what wallet 00000000-0000-0000-0000-000000001001 can spend: given = 2.50 USD
    #3 credit wallet:00000000-0000-0000-0000-000000001002:available: adds 2.50 USD to what wallet 00000000-0000-0000-0000-000000001002 can spend: given = 2.50 USD
    #4 all debits in USD: #2 = 2.50 USD
    #5 all credits in USD: the same: #3 = 2.50 USD
    ");
}

#[test]
fn an_event_that_moves_no_money_says_so() {
    let (events, _) = given([opened()]).when(open_wallet(1, "ama")).then_events();
    assert_eq!(printed(&explain(&events[0])), "#1 wallet.opened.v1: no money moved\n");
}

#[test]
fn a_line_that_says_another_number_is_wrong() {
    let given = given([opened(), open_wallet(2, "kofi")]).and(funded(1, "ama", xof(1_000)));
    let (events, _) = given.when(pay(1, 2, xof(250))).then_events();
    let mut lines = explain(&events[0]);
    let last = lines.len();
    lines[last - 1].amount.as_mut().unwrap().minor += 1;
    assert_eq!(check(&lines), Err(Wrong(last)));
}
