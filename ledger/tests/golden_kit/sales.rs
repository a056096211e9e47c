//! Orders, coupons, capacities and entitlements.

use cauri_domain::capacity::WasSet;
use cauri_domain::commission::{
    Agreed, Ask, Base, Breakdown, How, Part, Priced, RefundPolicy, Term,
};
use cauri_domain::coupon::{self, Bearer, Discount};
use cauri_domain::entitlement::{self, Granted, Revoked, Transferred, Used};
use cauri_domain::journal::{JournalEntry, Posting};
use cauri_domain::sale::{
    Besides, Canceled, Delivered, Delivery, Expired, Fulfilment, Kind, Line, LineBack, LinePart,
    Paid, Part as Share, Placed, Priced as PricedLine, Quote, Refunded, Settled, SettledBy,
    TaxLine, Terms, What,
};
use cauri_domain::testing::{entitlement, minute, payin, refund_id, sale, wallet, xof};
use cauri_domain::{Account, Event, Money, Side};

use super::parsed;

fn posted(postings: &[(Account, Side, u64)]) -> JournalEntry {
    let posting = |(account, side, francs): &(Account, Side, u64)| Posting {
        account: *account,
        side: *side,
        money: xof(*francs),
    };
    postings.iter().map(posting).collect::<Vec<_>>().try_into().unwrap()
}

fn tax(francs: u64) -> TaxLine {
    TaxLine { code: parsed("vat"), amount: xof(francs) }
}

fn ordered() -> Terms {
    Terms {
        buyer: wallet(1),
        lines: vec![Line {
            number: 1,
            seller: wallet(2),
            unit_price: xof(1_000),
            quantity: 2,
            kind: Kind::Ticket,
            capacity: Some(parsed("concert")),
            entitlements: vec![entitlement(1), entitlement(2)],
            span_s: Some(86_400.try_into().unwrap()),
        }],
        delivery: Some(Delivery { fee: xof(500), courier: Some(wallet(3)) }),
        taxes: vec![tax(180)],
        coupon: Some(parsed("welcome")),
        commission: Ask { rule: Some(parsed("goods")), ..Ask::default() },
        minimum: Some(xof(1_500)),
        fulfilment: Fulfilment::OnDelivery(Some(3_600.try_into().unwrap())),
    }
}

fn agreed() -> Agreed {
    let term = Term {
        name: parsed("commission"),
        charge: Priced::Percentage(1_000.try_into().unwrap()),
        base: Base::Gross,
        floor: None,
        cap: None,
        to: Account::Commission,
    };
    Agreed {
        rule: parsed("goods"),
        version: 1,
        seller: wallet(2),
        payer: cauri_domain::commission::Payer::Seller,
        refund: RefundPolicy::Return,
        tax: None,
        terms: vec![term],
    }
}

fn breakdown(refund: Option<RefundPolicy>, before: Option<Money>, now: u64) -> Breakdown {
    let how = How::Step {
        charge: Priced::Percentage(1_000.try_into().unwrap()),
        base: Base::Gross,
        of: Some(xof(2_000)),
        floor: None,
        cap: None,
        bound: None,
    };
    Breakdown {
        rule: parsed("goods"),
        version: 1,
        seller: wallet(2),
        payer: cauri_domain::commission::Payer::Seller,
        refund,
        total: xof(2_000),
        before,
        now: xof(now),
        parts: vec![Part {
            name: parsed("commission"),
            to: Account::Commission,
            how,
            whole: Some(xof(200)),
            amount: Some(xof(now / 10)),
        }],
    }
}

fn quoted() -> Quote {
    Quote {
        lines: vec![PricedLine {
            number: 1,
            gross: xof(2_000),
            discount: Some(xof(200)),
            price: Some(xof(2_000)),
        }],
        subtotal: xof(2_000),
        discount: Some(xof(200)),
        bearer: Some(Bearer::Platform),
        sellers: vec![agreed()],
        total: xof(2_480),
    }
}

fn settled() -> Event {
    let (sale, order) = (sale(1), Account::Order(sale(1)));
    let entry = posted(&[
        (order, Side::Debit, 2_000),
        (Account::Wallet(wallet(2)), Side::Credit, 1_800),
        (Account::Commission, Side::Credit, 200),
        (order, Side::Debit, 180),
        (Account::Tax(parsed("vat")), Side::Credit, 180),
    ]);
    let besides = vec![Besides { to: Account::Tax(parsed("vat")), amount: xof(180) }];
    let shares = vec![breakdown(None, None, 2_000)];
    Settled { sale, by: SettledBy::Request, shares, besides, entry }.into()
}

fn refunded() -> Event {
    let (sale, order) = (sale(1), Account::Order(sale(1)));
    let what = What {
        lines: vec![LinePart { number: 1, part: Share::Quantity(1) }],
        delivery: None,
        taxes: vec![tax(90)],
    };
    Refunded {
        sale,
        asked: Some(Box::new((refund_id(1), what))),
        reason: parsed("faulty"),
        lines: vec![LineBack { number: 1, amount: Some(xof(1_000)), quantity: 1 }],
        delivery: None,
        taxes: vec![tax(90)],
        to_buyer: Some(xof(990)),
        promotion: Some(xof(100)),
        shares: vec![breakdown(Some(RefundPolicy::Return), None, 1_000)],
        besides: vec![Besides { to: Account::Tax(parsed("vat")), amount: xof(90) }],
        ended: false,
        entry: posted(&[
            (Account::Wallet(wallet(2)), Side::Debit, 900),
            (Account::Commission, Side::Debit, 100),
            (order, Side::Credit, 1_000),
            (Account::Tax(parsed("vat")), Side::Debit, 90),
            (order, Side::Credit, 90),
            (order, Side::Debit, 1_090),
            (Account::Promotions, Side::Credit, 100),
            (Account::Wallet(wallet(1)), Side::Credit, 990),
        ]),
    }
    .into()
}

/// In the order of their types.
pub(super) fn events() -> Vec<Event> {
    let (id, order, buyer) = (sale(1), Account::Order(sale(1)), Account::Wallet(wallet(1)));
    let bought = Some((id, 1));
    vec![
        Placed {
            sale: id,
            terms: Box::new(ordered()),
            quote: Box::new(quoted()),
            pay_within_s: Some(600.try_into().unwrap()),
            pay_by: minute(10),
        }
        .into(),
        Paid {
            sale: id,
            buyer: wallet(1),
            amount: xof(2_480),
            promotion: Some(xof(200)),
            payin: Some(payin(1)),
            entry: posted(&[
                (buyer, Side::Debit, 2_480),
                (Account::Promotions, Side::Debit, 200),
                (order, Side::Credit, 2_680),
            ]),
        }
        .into(),
        Delivered { sale: id, settle_at: minute(60) }.into(),
        settled(),
        Canceled {
            sale: id,
            reason: parsed("changed_mind"),
            to_buyer: Some(xof(2_480)),
            entry: Some(posted(&[
                (order, Side::Debit, 2_680),
                (Account::Promotions, Side::Credit, 200),
                (buyer, Side::Credit, 2_480),
            ])),
        }
        .into(),
        Expired { sale: id }.into(),
        refunded(),
        coupon::Created {
            coupon: parsed("welcome"),
            terms: coupon::Terms {
                discount: Discount::Percent(1_000.try_into().unwrap()),
                bearer: Bearer::Seller(wallet(2)),
                from: Some(minute(0)),
                to: None,
                uses: Some(100),
                minimum: Some(xof(1_000)),
            },
        }
        .into(),
        coupon::Disabled { coupon: parsed("welcome") }.into(),
        WasSet { capacity: parsed("concert"), places: 300 }.into(),
        Granted {
            entitlement: entitlement(1),
            wallet: wallet(1),
            kind: parsed("ticket"),
            seller: Some(wallet(2)),
            bought,
            ends_at: Some(minute(1_440)),
        }
        .into(),
        Used { entitlement: entitlement(1), reference: parsed("gate-1/scan-7") }.into(),
        Transferred {
            entitlement: entitlement(1),
            from: wallet(1),
            to: wallet(3),
            price: Some(xof(1_500)),
            royalty: Some(xof(150)),
            entry: Some(posted(&[
                (Account::Wallet(wallet(3)), Side::Debit, 1_500),
                (buyer, Side::Credit, 1_350),
                (Account::Wallet(wallet(2)), Side::Credit, 150),
            ])),
        }
        .into(),
        Revoked { entitlement: entitlement(1), reason: parsed("faulty") }.into(),
        entitlement::Expired { entitlement: entitlement(1) }.into(),
    ]
}
