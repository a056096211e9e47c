//! Orders: what they come to, who gets it, and what comes back. What has ended keeps nothing.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod table;

use cauri_domain::commission::{Ask, Payer, RefundPolicy};
use cauri_domain::coupon::Bearer;
use cauri_domain::payin::{Initiate, Target};
use cauri_domain::sale::*;
use cauri_domain::testing::*;
use cauri_domain::*;

/// A platform that takes 10 %; Ama buys, Kofi and Esi sell, Yao drives.
fn market() -> Given {
    let settings = Settings { commission: 1_000.try_into().unwrap(), ..Settings::default() };
    given([opened_with(settings), open_wallet(2, "kofi"), open_wallet(3, "esi")])
        .and([open_wallet(4, "yao")])
        .and(funded(1, "ama", xof(10_000)))
}

/// Kofi's things for 3,000 and Esi's for 1,001.
fn two_sellers() -> Terms {
    terms(1, vec![line(1, 2, xof(1_000), 3), line(2, 3, xof(1_001), 1)])
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

fn platforms(code: &str, rate: u16) -> Command {
    create_coupon(code, percent_off(rate), Bearer::Platform).into()
}

fn paid_with(number: u128, terms: Terms, total: u64) -> [Command; 2] {
    [place_order(number, terms, xof(total)), pay_order(number)]
}

#[test]
fn every_command_in_every_state() {
    let placed =
        || market().and([place_order(1, terms(1, vec![line(1, 2, xof(50), 2)]), xof(100))]);
    let paid = || placed().and([pay_order(1)]);
    let delivered = || paid().and([deliver_order(1)]);
    let states = [
        ("none", market()),
        ("placed", placed()),
        ("placed, due", placed().after_minutes(30)),
        ("paid", paid()),
        ("delivered", delivered()),
        ("delivered, due", delivered().after_minutes(72 * 60)),
        ("settled", paid().and([settle_order(1)])),
        ("canceled", placed().and([cancel_order(1)])),
        ("expired", placed().after_minutes(30).and([expire_order(1)])),
        ("refunded", paid().and([refund_order(1, 9, What::default())])),
    ];
    insta::assert_snapshot!(table::table("sale", &states), @"
                       | none      | placed      | placed, due | paid        | delivered   | delivered, due | settled     | canceled    | expired     | refunded
    PlaceOrder         | placed    | already     | already     | already     | already     | already        | already     | already     | already     | already
    PayOrder           | NOT_FOUND | paid        | WRONG_STATE | already     | already     | already        | already     | WRONG_STATE | WRONG_STATE | already
    MarkOrderDelivered | NOT_FOUND | WRONG_STATE | WRONG_STATE | delivered   | already     | already        | WRONG_STATE | WRONG_STATE | WRONG_STATE | WRONG_STATE
    SettleOrder        | NOT_FOUND | WRONG_STATE | WRONG_STATE | settled     | settled     | settled        | already     | WRONG_STATE | WRONG_STATE | WRONG_STATE
    AutoSettleOrder    | NOT_FOUND | WRONG_STATE | WRONG_STATE | WRONG_STATE | TOO_EARLY   | settled        | already     | WRONG_STATE | WRONG_STATE | WRONG_STATE
    CancelOrder        | NOT_FOUND | canceled    | canceled    | canceled    | WRONG_STATE | WRONG_STATE    | WRONG_STATE | already     | WRONG_STATE | WRONG_STATE
    ExpireOrder        | NOT_FOUND | TOO_EARLY   | expired     | WRONG_STATE | WRONG_STATE | WRONG_STATE    | WRONG_STATE | WRONG_STATE | already     | WRONG_STATE
    RefundOrder        | NOT_FOUND | WRONG_STATE | WRONG_STATE | refunded    | refunded    | refunded       | refunded    | WRONG_STATE | WRONG_STATE | WRONG_STATE
    ");
}

#[test]
fn sellers_courier_and_tax_office_get_theirs_when_it_is_settled() {
    let order = taxed(brought(two_sellers(), xof(500), Some(4)), "vat", xof(180));
    let given = market().and(paid_with(1, order, 4_681));
    assert_eq!((given.available(1, "XOF"), in_order(&given, 1)), (5_319, 4_681));
    let (journal, after) = given.and([deliver_order(1)]).when(settle_order(1)).then_journal();
    insta::assert_snapshot!(journal, @"
    order.settled.v1
      debit order:00000000-0000-0000-0000-00000000c001 3000 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 2700 XOF
          credit revenue:commission 300 XOF
      debit order:00000000-0000-0000-0000-00000000c001 1001 XOF
          credit wallet:00000000-0000-0000-0000-000000001003:available 901 XOF
          credit revenue:commission 100 XOF
      debit order:00000000-0000-0000-0000-00000000c001 500 XOF
          credit wallet:00000000-0000-0000-0000-000000001004:available 500 XOF
      debit order:00000000-0000-0000-0000-00000000c001 180 XOF
          credit tax:vat 180 XOF
    ");
    assert_eq!((in_order(&after, 1), status(&after, 1)), (0, "settled"));
    for number in 1..=4 {
        assert_eq!(after.state.wallet(wallet(number)).unwrap().open, 0);
    }
}

#[test]
fn what_is_fulfilled_at_once_is_settled_in_the_unit_that_pays_it() {
    let file =
        Line { kind: Kind::Digital, entitlements: vec![entitlement(7)], ..line(1, 2, xof(900), 1) };
    let given = market().and([place_order(1, at_once(terms(1, vec![file])), xof(900))]);
    let after = given.when(pay_order(1)).then_types(&[
        "order.paid.v1",
        "order.settled.v1",
        "entitlement.granted.v1",
    ]);
    assert_eq!((after.available(2, "XOF"), in_order(&after, 1)), (810, 0));
    assert_eq!(after.state.entitlement(entitlement(7)).unwrap().wallet, wallet(1));
}

#[test]
fn a_total_that_the_caller_made_up_is_refused() {
    market().when(place_order(1, two_sellers(), xof(4_000))).then_refused(Refusal::TotalDiffers {
        field: "total",
        total: xof(4_001),
        expected: xof(4_000),
    });
    let order = Terms { minimum: Some(xof(5_000)), ..two_sellers() };
    market()
        .when(place_order(1, order, xof(4_001)))
        .then_refused(Refusal::BelowMinimum { minimum: xof(5_000), subtotal: xof(4_001) });
}

#[test]
fn the_platform_s_coupon_is_its_cost_and_spread_over_the_lines() {
    // 25 % of 4,001 is 1,000.25: 1,000, of which 750 and 250 by largest remainder.
    let order = with_coupon(two_sellers(), "welcome");
    let given = market().and([platforms("welcome", 2_500)]).and(paid_with(1, order, 3_001));
    let quote = &given.state.sale(sale(1)).unwrap().quote;
    assert_eq!(
        quote.lines.iter().map(|it| it.discount).collect::<Vec<_>>(),
        [Some(xof(750)), Some(xof(250))]
    );
    assert_eq!((in_order(&given, 1), balance(&given, Account::Promotions)), (4_001, 1_000));
    let settled = given.and([settle_order(1)]);
    assert_eq!((settled.available(2, "XOF"), settled.available(3, "XOF")), (2_700, 901));
    // One of Kofi's three goes back: 1,000 of his price, 250 of them the platform's.
    let (journal, after) =
        settled.when(refund_order(1, 1, part(1, Part::Quantity(1)))).then_journal();
    insta::assert_snapshot!(journal, @"
    order.refunded.v1
      debit wallet:00000000-0000-0000-0000-000000001002:available 900 XOF
      debit revenue:commission 100 XOF
          credit order:00000000-0000-0000-0000-00000000c001 1000 XOF
      debit order:00000000-0000-0000-0000-00000000c001 1000 XOF
          credit expense:promotions 250 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 750 XOF
    ");
    let rest = after.and([refund_order(1, 2, What::default())]);
    assert_eq!((rest.available(1, "XOF"), balance(&rest, Account::Promotions)), (10_000, 0));
    assert_eq!((balance(&rest, Account::Commission), in_order(&rest, 1)), (0, 0));
    assert_eq!(status(&rest, 1), "refunded");
}

#[test]
fn a_seller_s_coupon_lowers_that_seller_s_lines_only() {
    let own = create_coupon("shop", percent_off(5_000), Bearer::Seller(wallet(2)));
    let order = with_coupon(two_sellers(), "shop");
    let given = market().and([own.clone().into()]).and(paid_with(1, order, 2_501));
    let after = given.and([settle_order(1)]);
    assert_eq!((after.available(2, "XOF"), after.available(3, "XOF")), (1_350, 901));
    assert_eq!(balance(&after, Account::Promotions), 0);
    let of_esi = with_coupon(terms(1, vec![line(1, 3, xof(10), 1)]), "shop");
    after.when(place_order(2, of_esi, xof(10))).then_refused_as("COUPON_REFUSED");
    // Only Kofi gives out what Kofi bears, and only staff what the platform bears.
    market()
        .when_asked_by(actor("esi", Role::Seller), own)
        .then_refused(Refusal::NotYours { field: "bearer" });
    market()
        .when_asked_by(actor("kofi", Role::Seller), platforms("free", 10_000))
        .then_refused(Refusal::Forbidden { role: Role::Seller });
}

#[test]
fn a_coupon_is_never_used_more_often_than_it_allows() {
    let mut twice = create_coupon("flash", percent_off(1_000), Bearer::Platform);
    twice.terms.uses = Some(2);
    let order = || with_coupon(terms(1, vec![line(1, 2, xof(100), 1)]), "flash");
    let given = market().and([twice.into()]);
    let given = given.and([1, 2].map(|number| place_order(number, order(), xof(90))));
    let refused = || Refusal::CouponRefused { why: "all of its uses are taken" };
    let given = given.when(place_order(3, order(), xof(90))).then_refused(refused());
    // A use that is given up is free again; one that is paid is not.
    let given = given.and([pay_order(1), cancel_order(2), place_order(3, order(), xof(90))]);
    let known = given.state.coupon(&"flash".parse().unwrap()).unwrap();
    assert_eq!((known.reserved, known.redeemed), (1, 1));
    given.when(place_order(4, order(), xof(90))).then_refused(refused());
}

#[test]
fn a_coupon_keeps_to_its_time_and_its_minimum() {
    let mut coupon = create_coupon("flash", percent_off(1_000), Bearer::Platform);
    coupon.terms.from = Some(minute(60));
    coupon.terms.to = Some(minute(120));
    coupon.terms.minimum = Some(xof(100));
    let order = |price| {
        place_order(
            1,
            with_coupon(terms(1, vec![line(1, 2, xof(price), 1)]), "flash"),
            xof(price - price / 10),
        )
    };
    let given = market().and([coupon.clone().into()]);
    let because = |given: &Given, price, why| {
        given.clone().when(order(price)).then_refused(Refusal::CouponRefused { why });
    };
    because(&given, 100, "it is not valid yet");
    let open = given.clone().after_minutes(60);
    because(&open, 90, "less is bought than it asks for");
    let _ = open.clone().and([order(100)]);
    because(&open.and([disable_coupon("flash")]), 100, "it was withdrawn");
    because(&given.after_minutes(120), 100, "it is not valid any more");
    coupon.terms.to = coupon.terms.from;
    market().when(coupon).then_refused_as("INVALID_SETTING");
}

#[test]
fn places_are_never_sold_twice() {
    let order = |ids: &[u128]| terms(1, vec![tickets(1, 2, xof(100), "concert", ids)]);
    let given = market().and([set_capacity("concert", 3)]);
    let given = given.and([place_order(1, order(&[1, 2]), xof(200))]);
    given
        .clone()
        .when(place_order(2, order(&[3, 4]), xof(200)))
        .then_refused(Refusal::SoldOut { left: 1, needed: 2 });
    // Nor is one ticket promised to two.
    given
        .clone()
        .when(place_order(2, order(&[2]), xof(100)))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "entitlements" });
    let left = |given: &Given| given.state.capacity(&"concert".parse().unwrap()).unwrap().left();
    let paid = given.clone().and([pay_order(1), settle_order(1)]);
    assert_eq!(left(&paid), 1);
    let back = paid.and([refund_order(1, 1, part(1, Part::Quantity(1)))]);
    assert_eq!(left(&back), 2);
    let statuses =
        [1, 2].map(|id| back.state.entitlement(entitlement(id)).unwrap().status.as_str());
    assert_eq!(statuses, ["granted", "revoked"]);
    // What nobody paid in time is free again, also by its name.
    let expired = given.after_minutes(30).and([expire_order(1)]);
    assert_eq!(left(&expired), 3);
    let again = expired.and([place_order(2, order(&[1, 2, 3]), xof(300))]);
    again.when(set_capacity("concert", 2)).then_refused_as("INVALID_SETTING");
}

#[test]
fn a_used_or_resold_ticket_is_not_refunded() {
    let order = at_once(terms(1, vec![tickets(1, 2, xof(100), "concert", &[1, 2, 3])]));
    let given = market().and([set_capacity("concert", 3)]).and(paid_with(1, order, 300));
    let given = given.and([use_entitlement(1, "gate-1"), transfer_entitlement(2, 3, None)]);
    // The same gate may ask again; another one sees that it is used.
    let given = given.when(use_entitlement(1, "gate-1")).then_already();
    let given = given
        .when(use_entitlement(1, "gate-2"))
        .then_refused(Refusal::WrongState { state: "used" });
    let given = given
        .when(refund_order(1, 1, part(1, Part::Amount(xof(101)))))
        .then_refused(Refusal::RefundExceeds { left: 100, asked: xof(101) });
    let given = given.and([refund_order(1, 1, What::default())]);
    assert_eq!(given.available(1, "XOF"), 9_800);
    let statuses =
        [1, 2, 3].map(|id| given.state.entitlement(entitlement(id)).unwrap().status.as_str());
    assert_eq!(statuses, ["used", "granted", "revoked"]);
    given.when(refund_order(1, 2, What::default())).then_refused_as("INVALID_SETTING");
}

#[test]
fn a_ticket_sold_on_pays_its_seller_a_royalty_in_one_entry() {
    let order = at_once(terms(1, vec![tickets(1, 2, xof(100), "concert", &[1])]));
    let given = market().and([set_capacity("concert", 3)]).and(funded(5, "abla", xof(500)));
    let given = given.and(paid_with(1, order, 100));
    let (journal, after) = given.when(transfer_entitlement(1, 5, Some(xof(150)))).then_journal();
    insta::assert_snapshot!(journal, @"
    entitlement.transferred.v1
      debit wallet:00000000-0000-0000-0000-000000001005:available 150 XOF
          credit wallet:00000000-0000-0000-0000-000000001001:available 135 XOF
          credit wallet:00000000-0000-0000-0000-000000001002:available 15 XOF
    ");
    assert_eq!(after.state.entitlement(entitlement(1)).unwrap().wallet, wallet(5));
    after
        .when_asked_by(actor("ama", Role::Buyer), transfer_entitlement(1, 1, None))
        .then_refused(Refusal::NotYours { field: "entitlement" });
}

#[test]
fn an_entitlement_ends_when_its_time_is_over() {
    let end = entitlement::Grant { ends_at: Some(minute(600)), ..entitle(1, 1, Some(2)) };
    let given = market().when(end.clone()).then_types(&["entitlement.granted.v1"]);
    let given = given.when(end).then_already();
    let given =
        given.when(expire_entitlement(1)).then_refused(Refusal::TooEarly { due: minute(600) });
    let late = given.after_minutes(600);
    let late = late
        .when(use_entitlement(1, "gate"))
        .then_refused(Refusal::WrongState { state: "expired" });
    late.when(expire_entitlement(1)).then_types(&["entitlement.expired.v1"]);
}

#[test]
fn before_it_is_settled_all_of_it_comes_back() {
    let order = brought(two_sellers(), xof(500), Some(4));
    let given = market().and(paid_with(1, order, 4_501));
    let part_back = given.clone().and([refund_order(1, 1, part(1, Part::Quantity(1)))]);
    assert_eq!((part_back.available(1, "XOF"), in_order(&part_back, 1)), (6_499, 3_501));
    // The rest is cancelled, or settled.
    let canceled = part_back.clone().and([cancel_order(1)]);
    assert_eq!((canceled.available(1, "XOF"), in_order(&canceled, 1)), (10_000, 0));
    let settled = part_back.and([settle_order(1)]);
    assert_eq!((settled.available(2, "XOF"), settled.available(4, "XOF")), (1_800, 500));
    assert_eq!(in_order(&settled, 1), 0);
    let all = given.and([refund_order(1, 1, What::default())]);
    assert_eq!((all.available(1, "XOF"), status(&all, 1)), (10_000, "refunded"));
    assert_eq!(all.state.wallet(wallet(2)).unwrap().open, 0);
}

#[test]
fn a_refund_is_made_once_and_never_of_more_than_was_paid() {
    let given = market().and(paid_with(1, two_sellers(), 4_001)).and([settle_order(1)]);
    let given = given.and([refund_order(1, 1, part(2, Part::Amount(xof(1_000))))]);
    let given = given.when(refund_order(1, 1, part(2, Part::Amount(xof(1_000))))).then_already();
    let given = given
        .when(refund_order(1, 1, part(2, Part::All)))
        .then_refused(Refusal::ExistsWithOtherTerms { field: "what" });
    let given = given
        .when(refund_order(1, 2, part(2, Part::Amount(xof(2)))))
        .then_refused(Refusal::RefundExceeds { left: 1, asked: xof(2) });
    let given = given.and([refund_order(1, 2, part(2, Part::All))]);
    assert_eq!((given.available(1, "XOF"), given.available(3, "XOF")), (7_000, 0));
    given.when(refund_order(1, 3, part(2, Part::All))).then_refused_as("INVALID_SETTING");
}

#[test]
fn a_seller_who_has_spent_it_owes_what_is_refunded() {
    let given = market().and(paid_with(1, two_sellers(), 4_001)).and([settle_order(1)]);
    let given = given.and([pay(2, 4, xof(2_700)), refund_order(1, 1, part(1, Part::All))]);
    assert_eq!(
        (given.available(2, "XOF"), balance(&given, Account::Receivable(wallet(2)))),
        (0, 2_700)
    );
    assert_eq!(given.available(1, "XOF"), 8_999);
}

#[test]
fn the_rule_says_what_becomes_of_the_commission() {
    let rule = |payer, refund| {
        let mut rule = percent("goods", 1_000);
        (rule.payer, rule.refund) = (payer, refund);
        rule
    };
    let commission = Ask { rule: Some("goods".parse().unwrap()), ..Ask::default() };
    let order = Terms { commission, ..terms(1, vec![line(1, 2, xof(1_000), 1)]) };
    let ends = |payer, refund, total| {
        let given = market().and([set_rule(rule(payer, refund))]);
        let given = given.and(paid_with(1, order.clone(), total));
        // A later version of the rule changes nothing.
        let given = given.and([set_rule(percent("goods", 9_000)), settle_order(1)]);
        let given = given.and([refund_order(1, 1, What::default())]);
        assert_eq!(in_order(&given, 1), 0);
        let owes = balance(&given, Account::Receivable(wallet(2)));
        (given.available(1, "XOF"), owes, balance(&given, Account::Commission))
    };
    assert_eq!(ends(Payer::Seller, RefundPolicy::Return, 1_000), (10_000, 0, 0));
    assert_eq!(ends(Payer::Seller, RefundPolicy::Keep, 1_000), (10_000, 100, 100));
    assert_eq!(ends(Payer::Buyer, RefundPolicy::Return, 1_100), (10_000, 0, 0));
    assert_eq!(ends(Payer::Buyer, RefundPolicy::Keep, 1_100), (9_900, 0, 100));
}

fn pays(number: u128, order: u128, amount: u64) -> Vec<Command> {
    let (payin, provider) = (payin(number), "sim".parse().unwrap());
    let (wallet, target) = (wallet(1), Some(Target::Sale(sale(order))));
    let initiate =
        Initiate { payin, wallet, amount: xof(amount), provider, target, capture_later: false };
    vec![initiate.into(), receive(number, &format!("pi_order{number}"), xof(amount))]
}

#[test]
fn a_payin_pays_an_order_in_the_unit_that_brings_the_money() {
    let given = market().and([place_order(1, two_sellers(), xof(4_001))]);
    let after = given.clone().and(pays(1, 1, 4_001));
    assert_eq!((after.available(1, "XOF"), in_order(&after, 1)), (10_000, 4_001));
    // Another amount, or one that comes too late, is the payer's.
    let other = given.clone().and(pays(1, 1, 4_000));
    assert_eq!((other.available(1, "XOF"), in_order(&other, 1)), (14_000, 0));
    let mut late = pays(1, 1, 4_001).into_iter();
    let late = given.after_minutes(20).and(late.next()).after_minutes(15).and(late.next());
    assert_eq!((late.available(1, "XOF"), status(&late, 1)), (14_001, "placed"));
    market().when(pays(1, 9, 5).swap_remove(0)).then_refused(Refusal::NotFound { field: "target" });
}

#[test]
fn a_chargeback_takes_the_money_back_from_who_has_it() {
    let given = market().and([place_order(1, two_sellers(), xof(4_001))]).and(pays(1, 1, 4_001));
    let taken = |given: Given, amount| {
        let fact = withdrawn(xof(amount), xof(15));
        given.and([
            disputed(1, "pi_order1", opened_for(xof(amount))),
            disputed(1, "pi_order1", fact),
        ])
    };
    // Held: out of the order. In part: the rest is still settled, but not while it is disputed.
    let after = taken(given.clone(), 1_500);
    assert_eq!(in_order(&after, 1), 2_501);
    let after = after.when(settle_order(1)).then_refused(Refusal::UnderChargeback {});
    let settled = after.and([disputed(1, "pi_order1", chargeback::Fact::Lost), settle_order(1)]);
    // What was kept back of the payer's other money was not needed.
    assert_eq!((settled.available(1, "XOF"), in_order(&settled, 1)), (10_000, 0));
    assert_eq!((settled.available(2, "XOF"), settled.available(3, "XOF")), (1_350, 901));
    // Settled: from the sellers, with the commission.
    let after = taken(given.and([settle_order(1)]), 4_001);
    assert_eq!((after.available(2, "XOF"), after.available(3, "XOF")), (0, 0));
    assert_eq!((balance(&after, Account::Commission), status(&after, 1)), (0, "refunded"));
    let after = after.and([disputed(1, "pi_order1", chargeback::Fact::Lost)]);
    assert_eq!((after.available(1, "XOF"), in_order(&after, 1)), (10_000, 0));
}

#[test]
fn parties_act_for_their_side_of_an_order_only() {
    let given = market().and([place_order(1, two_sellers(), xof(4_001))]);
    let not_yours = Refusal::NotYours { field: "sale" };
    let kofi = || actor("kofi", Role::Seller);
    given.clone().when_asked_by(kofi(), pay_order(1)).then_refused(not_yours.clone());
    let paid = given.and([pay_order(1)]);
    // Kofi does not sell all of it.
    paid.clone().when_asked_by(kofi(), deliver_order(1)).then_refused(not_yours.clone());
    paid.clone().when_asked_by(kofi(), cancel_order(1)).then_refused(not_yours.clone());
    paid.clone().when_asked_by(kofi(), settle_order(1)).then_refused(not_yours);
    let ama = actor("ama", Role::Buyer);
    paid.when_asked_by(ama, settle_order(1)).then_types(&["order.settled.v1"]);
}
