//! Orders, coupons, capacities and entitlements in random histories.

use proptest::prelude::*;

use super::{any_money, any_wallet, minute};
use crate::coupon::{Bearer, Create, Discount, Terms as CouponTerms};
use crate::payin::{Initiate, Target};
use crate::sale::{
    Delivery, Fulfilment, Line, LinePart, Part, Place, Sale, Status, TaxLine, Terms, What, quote,
};
use crate::testing::*;
use crate::{Actor, Command, LedgerState, Money, entitlement as entitlements};

/// Few of them, so that commands collide.
const SALES: u128 = 30;
/// Those that are placed at random; the others are placed where they fit.
const RANDOM: u128 = 8;
/// Entitlements that nobody bought.
const GIVEN: std::ops::Range<u128> = 200..205;
const COUPONS: [&str; 3] = ["welcome", "flash", "shop"];
const CAPACITIES: [&str; 2] = ["concert", "night"];

fn any_sale() -> impl Strategy<Value = u128> {
    0..SALES
}

fn any_coupon() -> impl Strategy<Value = &'static str> {
    prop::sample::select(COUPONS.to_vec())
}

fn any_line(currency: &'static str) -> impl Strategy<Value = Line> {
    let capacity = prop::option::weighted(0.3, prop::sample::select(CAPACITIES.to_vec()));
    let first = prop::option::weighted(0.5, 0..40_u128);
    (any_wallet(), 1..900_u64, 1..4_u32, capacity, first, prop::bool::ANY).prop_map(
        move |(seller, price, quantity, capacity, first, ends)| {
            let ids = first.map(|first| (first..first + u128::from(quantity)).collect::<Vec<_>>());
            let ids = ids.unwrap_or_default();
            let line = line(1, seller, money(price, currency), quantity);
            Line {
                capacity: capacity.map(|it| it.parse().expect("a word")),
                span_s: (ends && !ids.is_empty()).then(|| 600.try_into().expect("a span")),
                entitlements: ids.into_iter().map(entitlement).collect(),
                ..line
            }
        },
    )
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let lines = prop_oneof![4 => Just("XOF"), 1 => Just("USD")]
        .prop_flat_map(|currency| prop::collection::vec(any_line(currency), 1..4));
    let delivery = prop::option::weighted(0.4, (any_money(), prop::option::of(any_wallet())));
    let tax = prop::option::weighted(0.3, 1..200_u64);
    let fulfilment = prop_oneof![
        2 => Just(Fulfilment::Immediate),
        3 => Just(Fulfilment::OnDelivery(None)),
    ];
    let coupon = prop::option::weighted(0.3, any_coupon());
    let minimum = prop::option::weighted(0.2, any_money());
    (any_wallet(), lines, delivery, tax, coupon, minimum, fulfilment).prop_map(
        |(buyer, mut lines, delivery, tax, coupon, minimum, fulfilment)| {
            for (number, line) in (1..).zip(&mut lines) {
                line.number = number;
            }
            let currency = lines[0].unit_price.currency();
            let tax = tax.and_then(|minor| Money::from_minor(minor, currency));
            Terms {
                delivery: delivery.map(|(fee, courier)| Delivery {
                    fee: Money::from_minor(fee.minor(), currency).unwrap_or(fee),
                    courier: courier.map(wallet),
                }),
                taxes: tax
                    .map(|amount| TaxLine { code: "sales".parse().expect("a word"), amount })
                    .into_iter()
                    .collect(),
                coupon: coupon.map(|code| code.parse().expect("a word")),
                minimum,
                fulfilment,
                ..terms(buyer, lines)
            }
        },
    )
}

/// What an order comes to where the seller pays the commission and there is no coupon.
fn simple_total(terms: &Terms) -> Money {
    let lines = terms.lines.iter().map(|it| it.unit_price.minor() * u64::from(it.quantity));
    let delivery = terms.delivery.map(|it| it.fee.minor());
    let taxes = terms.taxes.iter().map(|it| it.amount.minor());
    let minor = lines.chain(delivery).chain(taxes).sum();
    Money::from_minor(minor, terms.lines[0].unit_price.currency()).expect("a price")
}

fn any_what() -> impl Strategy<Value = What> {
    let part = prop_oneof![
        2 => Just(Part::All),
        2 => (1..3_u32).prop_map(Part::Quantity),
        2 => any_money().prop_map(Part::Amount),
    ];
    let line = (1..4_u16, part).prop_map(|(number, part)| LinePart { number, part });
    let lines = prop::collection::vec(line, 0..3);
    (lines, prop::option::weighted(0.2, any_money())).prop_map(|(lines, delivery)| What {
        lines,
        delivery,
        taxes: Vec::new(),
    })
}

fn any_create() -> impl Strategy<Value = Command> {
    let discount = prop_oneof![
        3 => (0..=10_000_u16).prop_map(percent_off),
        1 => any_money().prop_map(Discount::Fixed),
    ];
    let bearer = prop_oneof![
        1 => Just(Bearer::Platform),
        1 => any_wallet().prop_map(|number| Bearer::Seller(wallet(number))),
    ];
    let window = prop::option::weighted(0.3, -500..5_000_i64);
    let minimum = prop::option::weighted(0.2, any_money());
    let uses = prop::option::weighted(0.6, 0..4_u32);
    (any_coupon(), discount, bearer, (window.clone(), window), uses, minimum).prop_map(
        |(code, discount, bearer, (from, to), uses, minimum)| {
            let [from, to] = [from, to].map(|minutes| minutes.map(minute));
            let terms = CouponTerms { discount, bearer, from, to, uses, minimum };
            Create { coupon: code.parse().expect("a word"), terms }.into()
        },
    )
}

fn any_entitlement() -> impl Strategy<Value = Command> {
    let ends = prop::option::of(0..3_000_i64);
    prop_oneof![
        2 => (GIVEN, any_wallet(), prop::option::of(any_wallet()), ends).prop_map(
            |(number, to, seller, ends)| {
                let ends_at = ends.map(minute);
                entitlements::Grant { ends_at, ..entitle(number, to, seller) }.into()
            }
        ),
        1 => (GIVEN).prop_map(|number| use_entitlement(number, "gate-1")),
        1 => (GIVEN, any_wallet(), prop::option::of(any_money()))
            .prop_map(|(number, to, price)| transfer_entitlement(number, to, price)),
        1 => (GIVEN).prop_map(revoke_entitlement),
        1 => (GIVEN).prop_map(expire_entitlement),
    ]
}

pub(super) fn any() -> BoxedStrategy<Command> {
    prop_oneof![
        8 => (0..RANDOM, any_terms()).prop_map(|(number, terms)| {
            let total = simple_total(&terms);
            patiently(number, terms, total)
        }),
        2 => any_sale().prop_map(pay_order),
        1 => any_sale().prop_map(deliver_order),
        1 => any_sale().prop_map(settle_order),
        1 => any_sale().prop_map(auto_settle_order),
        1 => any_sale().prop_map(cancel_order),
        1 => any_sale().prop_map(expire_order),
        3 => (any_sale(), 0..6_u128, any_what())
            .prop_map(|(number, refund, what)| refund_order(number, refund, what)),
        3 => any_create(),
        1 => any_coupon().prop_map(disable_coupon),
        2 => (prop::sample::select(CAPACITIES.to_vec()), 0..9_u32)
            .prop_map(|(of, places)| set_capacity(of, places)),
        4 => any_entitlement(),
    ]
    .boxed()
}

/// An order that waits for its money for a month: steps are up to days apart.
fn patiently(number: u128, terms: Terms, total: Money) -> Command {
    let pay_within_s = (number % 5 != 4).then(|| 2_592_000.try_into().expect("a span"));
    Place { sale: sale(number), terms, total, pay_within_s }.into()
}

/// An order that would be accepted: what it comes to is asked first.
fn ordered(state: &LedgerState, number: u128) -> Option<Command> {
    // Another order of the same number where more happened before.
    let variant = number + state.sales.len() as u128 * 7 + state.entitlements.len() as u128;
    let seller = 1 + variant % 2;
    let mut of_it = vec![line(1, seller, xof(100 + 7 * u64::try_from(variant % 50).ok()?), 2)];
    if variant.is_multiple_of(2) {
        let ids = [100 + 2 * variant, 101 + 2 * variant];
        let tickets = tickets(2, 2, xof(333), CAPACITIES[0], &ids);
        of_it.push(Line { span_s: Some(900.try_into().ok()?), ..tickets });
    }
    let mut terms = terms(0, of_it);
    if variant.is_multiple_of(3) {
        terms = at_once(terms);
    }
    if variant % 4 == 1 {
        terms = taxed(brought(terms, xof(50), (variant % 8 == 1).then_some(3)), "sales", xof(9));
    }
    if variant % 4 > 1 {
        terms = with_coupon(terms, COUPONS[usize::try_from(variant % 3).ok()?]);
    }
    let total = quote(state, minute(0), &terms).ok()?.total;
    Some(patiently(number, terms, total))
}

fn next(number: u128, it: &Sale) -> Vec<Command> {
    let part = |part| What { lines: vec![LinePart { number: 1, part }], ..What::default() };
    let refund = number * 10 + 0x400 + it.refunds.len() as u128;
    let refunds = || {
        vec![
            refund_order(number, refund, part(Part::Quantity(1))),
            refund_order(number, refund, part(Part::Amount(it.terms.lines[0].unit_price))),
            refund_order(number, refund, What::default()),
        ]
    };
    match it.status {
        Status::Placed => {
            let (wallet, amount) = (it.terms.buyer, it.quote.total);
            let pays = Initiate {
                payin: payin(number % 16),
                wallet,
                amount,
                provider: "sim".parse().expect("a name"),
                target: Some(Target::Sale(sale(number))),
                capture_later: false,
            };
            let expiry = (number % 5 == 4).then(|| expire_order(number));
            let pay = [pay_order(number), pay_order(number), pays.into()];
            pay.into_iter().chain(expiry).chain([cancel_order(number)]).collect()
        }
        Status::Paid => {
            let mut all = refunds();
            all.extend([
                deliver_order(number),
                deliver_order(number),
                settle_order(number),
                cancel_order(number),
            ]);
            all
        }
        Status::Delivered { .. } => {
            let mut all = refunds();
            all.extend([settle_order(number), auto_settle_order(number)]);
            all
        }
        Status::Settled => refunds(),
        Status::Canceled | Status::Expired | Status::Refunded => Vec::new(),
    }
}

pub(super) fn fitting(state: &LedgerState, options: &mut Vec<(Actor, Command)>) {
    for number in 0..SALES {
        match state.sale(sale(number)) {
            Some(it) => {
                options.extend(next(number, it).into_iter().map(|next| (service(), next)));
                for (place, id) in
                    it.terms.lines.iter().flat_map(|line| &line.entitlements).enumerate()
                {
                    let Some(known) = state.entitlement(*id) else { continue };
                    if known.status != entitlements::Status::Granted {
                        continue;
                    }
                    let number = id.0.as_u128() - entitlement(0).0.as_u128();
                    options.push((
                        service(),
                        match place {
                            0 => transfer_entitlement(number, 1, Some(xof(40))),
                            1 => use_entitlement(number, "gate-1"),
                            _ => expire_entitlement(number),
                        },
                    ));
                    options.push((service(), expire_entitlement(number)));
                }
            }
            None if number < RANDOM => {}
            None => options.extend(ordered(state, number).map(|order| (service(), order))),
        }
    }
    for number in GIVEN {
        match state.entitlement(entitlement(number)) {
            Some(it) if it.status == entitlements::Status::Granted => {
                options.push((service(), use_entitlement(number, "gate-1")));
                options.push((service(), transfer_entitlement(number, 2, None)));
                options.push((service(), transfer_entitlement(number, 1, Some(xof(40)))));
            }
            Some(_) => {}
            None => options.push((service(), entitle(number, 0, Some(3)).into())),
        }
    }
    for code in COUPONS {
        let Some(it) = state.coupon(&code.parse().expect("a word")) else {
            let made = create_coupon(code, percent_off(1_500), Bearer::Platform);
            options.push((service(), made.into()));
            continue;
        };
        if it.redeemed > 2 {
            options.push((service(), disable_coupon(code)));
        }
    }
    if state.capacity(&CAPACITIES[0].parse().expect("a word")).is_none() {
        options.push((service(), set_capacity(CAPACITIES[0], 7)));
    }
}

pub(super) fn one_of_each() -> Vec<Command> {
    let what =
        What { lines: vec![LinePart { number: 1, part: Part::Quantity(1) }], ..What::default() };
    vec![
        place_order(1, terms(1, vec![line(1, 2, xof(50), 2)]), xof(100)),
        pay_order(1),
        deliver_order(1),
        settle_order(1),
        auto_settle_order(1),
        cancel_order(1),
        expire_order(1),
        refund_order(1, 1, what),
        create_coupon("welcome", percent_off(1_000), Bearer::Seller(wallet(2))).into(),
        disable_coupon("welcome"),
        set_capacity("concert", 10),
        entitlements::Grant { ends_at: Some(minute(600)), ..entitle(1, 1, Some(2)) }.into(),
        use_entitlement(1, "gate-1"),
        transfer_entitlement(1, 3, None),
        revoke_entitlement(1),
        expire_entitlement(1),
    ]
}
