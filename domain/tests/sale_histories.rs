//! What holds of orders whatever is asked, in whatever order.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

use cauri_domain::commission::Ask;
use cauri_domain::coupon::Bearer;
use cauri_domain::sale::*;
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

/// A platform that takes 10 %; Ama buys, Kofi and Esi sell, Yao drives.
fn market() -> Given {
    let settings = Settings { commission: 1_000.try_into().unwrap(), ..Settings::default() };
    given([opened_with(settings), open_wallet(2, "kofi"), open_wallet(3, "esi")])
        .and([open_wallet(4, "yao")])
        .and(funded(1, "ama", xof(10_000)))
}

fn in_order(given: &Given, number: u128) -> i128 {
    given.state.books().balance(Account::Order(sale(number)), xof(1).currency())
}

fn balance(given: &Given, account: Account) -> i128 {
    given.state.books().balance(account, xof(1).currency())
}

fn status(given: &Given, number: u128) -> &'static str {
    given.state.sale(sale(number)).unwrap().status.as_str()
}

fn part(number: u16, part: Part) -> What {
    What { lines: vec![LinePart { number, part }], ..What::default() }
}

fn paid_with(number: u128, terms: Terms, total: u64) -> [Command; 2] {
    [place_order(number, terms, xof(total)), pay_order(number)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is asked: an order keeps what was paid for it and not given back until it is
    /// settled, and then nothing; no line gives back more than its price.
    #[test]
    fn an_order_that_has_ended_keeps_nothing(plan in any_plan(0..200)) {
        let (state, _) = play(&plan);
        for number in 0..30 {
            let Some(it) = state.sale(sale(number)) else { continue };
            let kept = state.books().balance(Account::Order(sale(number)), it.quote.total.currency());
            match it.status {
                Status::Paid | Status::Delivered { .. } => prop_assert!(kept > 0),
                Status::Placed | Status::Settled | Status::Canceled | Status::Expired
                | Status::Refunded => prop_assert_eq!(kept, 0, "{:?}", it),
            }
            for (line, (priced, back)) in it.terms.lines.iter().zip(it.quote.lines.iter().zip(&it.back)) {
                prop_assert!(back.minor <= priced.price.map_or(0, Money::minor));
                prop_assert!(back.quantity <= line.quantity);
            }
        }
    }

    /// What coupons and capacities count is what the orders there are use of them.
    #[test]
    fn coupons_and_capacities_are_never_used_beyond_what_there_is(plan in any_plan(0..200)) {
        let (state, _) = play(&plan);
        let sales: Vec<_> = (0..30).filter_map(|number| state.sale(sale(number))).collect();
        let is_paid = |it: &Sale| matches!(it.status, Status::Paid | Status::Delivered { .. } | Status::Settled | Status::Refunded);
        for code in ["welcome", "flash", "shop"] {
            let Some(known) = state.coupon(&code.parse().unwrap()) else { continue };
            let with = |status: fn(&Sale) -> bool| {
                let with = |it: &&&Sale| it.terms.coupon.as_ref().is_some_and(|it| it.as_str() == code) && status(it);
                sales.iter().filter(with).count()
            };
            prop_assert_eq!(known.reserved as usize, with(|it| it.status == Status::Placed));
            prop_assert_eq!(known.redeemed as usize, with(is_paid));
            prop_assert!(known.terms.uses.is_none_or(|uses| known.reserved + known.redeemed <= uses));
        }
        for code in ["concert", "night"] {
            let Some(known) = state.capacity(&code.parse().unwrap()) else { continue };
            let (mut reserved, mut sold) = (0, 0);
            for it in &sales {
                for (line, back) in it.terms.lines.iter().zip(&it.back) {
                    if line.capacity.as_ref().is_some_and(|it| it.as_str() == code) {
                        match it.status {
                            Status::Placed => reserved += line.quantity,
                            Status::Canceled | Status::Expired => {}
                            _ => sold += line.quantity - back.quantity,
                        }
                    }
                }
            }
            prop_assert_eq!((known.reserved, known.sold), (reserved, sold));
            prop_assert!(reserved + sold <= known.places);
        }
    }

    /// A wallet stays open as long as something can end in it, and not longer.
    #[test]
    fn orders_that_have_ended_let_their_parties_go(plan in any_plan(0..200)) {
        let these = ["settings", "commission", "wallet", "payin", "sale", "coupon", "capacity", "entitlement"];
        let (state, _) = play_only(&plan, |command| these.contains(&command.lifecycle()));
        let mut open = std::collections::BTreeMap::<WalletId, u32>::new();
        for number in (0..16).chain(0x900..0x904) {
            let Some(it) = state.payin(payin(number)).filter(|it| it.status.is_open()) else { continue };
            *open.entry(it.wallet).or_default() += 1;
        }
        for number in 0..30 {
            let Some(it) = state.sale(sale(number)) else { continue };
            if !matches!(it.status, Status::Placed | Status::Paid | Status::Delivered { .. }) {
                continue;
            }
            let sellers = it.quote.sellers.iter().map(|agreed| agreed.seller);
            let courier = it.terms.delivery.and_then(|delivery| delivery.courier);
            let providers: std::collections::BTreeSet<_> = sellers.chain(courier).collect();
            let paid = it.quote.sellers.iter().flat_map(commission::Agreed::wallets);
            for id in providers.into_iter().chain(paid).chain([it.terms.buyer]) {
                *open.entry(id).or_default() += 1;
            }
        }
        for number in 0..6 {
            let Some(it) = state.wallet(wallet(number)) else { continue };
            prop_assert_eq!(it.open, open.get(&wallet(number)).copied().unwrap_or_default());
        }
    }

    /// In whatever pieces it is given back, before and after it is settled, with any rule: the
    /// buyer never gets more than they paid, and the whole is exact.
    #[test]
    fn pieces_come_to_the_whole(
        rule in any_rule(),
        (first, second) in (1..900_u64, 1..900_u64),
        (before, after) in (prop::collection::vec(1..500_u64, 0..3), prop::collection::vec(1..500_u64, 0..4)),
        rate in 1..10_000_u16,
        is_platforms in prop::bool::ANY,
    ) {
        let given = market().and([open_wallet(0, "promoter")]).and(funded(6, "abla", xof(10_000)));
        let set = set_rule(rule.clone());
        if matches!(given.clone().when(set.clone()).in_a_word().as_str(), "INVALID_SETTING") {
            return Ok(());
        }
        let bearer = if is_platforms { Bearer::Platform } else { Bearer::Seller(wallet(2)) };
        let coupon = create_coupon("c", percent_off(rate), bearer);
        let given = given.and([set, coupon.into()]);
        let lines = vec![line(1, 2, xof(first), 2), line(2, 3, xof(second), 1)];
        let commission = Ask { rule: Some(rule.name), ..Ask::default() };
        let order = Terms { commission, ..with_coupon(brought(terms(6, lines), xof(70), Some(4)), "c") };
        let Ok(quoted) = quote(&given.state, given.now(), &order) else { return Ok(()) };
        let total = quoted.total;
        if total.minor() > 10_000 {
            return Ok(());
        }
        let mut given = given.and(paid_with(1, order, total.minor()));
        let start = 10_000 - i128::from(total.minor());
        let mut refund = 0;
        let mut give = |given: Given, minor: u64| {
            refund += 1;
            let number = 1 + u16::try_from(refund % 2).unwrap();
            let command = refund_order(1, refund, part(number, Part::Amount(xof(minor))));
            match given.clone().when(command.clone()).in_a_word().as_str() {
                "refunded" => given.and([command]),
                _ => given,
            }
        };
        for minor in before {
            given = give(given, minor);
        }
        if status(&given, 1) == "paid" {
            given = given.and([settle_order(1)]);
        }
        prop_assert_eq!(in_order(&given, 1), 0);
        for minor in after {
            given = give(given, minor);
            prop_assert_eq!(in_order(&given, 1), 0);
        }
        let sums = given.state.books().trial_balance();
        prop_assert!(sums.values().all(|sum| *sum == 0));
        prop_assert!(given.available(6, "XOF") <= start + i128::from(total.minor()));
        if status(&given, 1) == "settled" {
            let everything = refund_order(1, 99, What::default());
            given = given.and([everything]);
            prop_assert!(balance(&given, Account::Promotions) >= 0);
        }
        prop_assert_eq!((in_order(&given, 1), status(&given, 1)), (0, "refunded"));
    }
}
