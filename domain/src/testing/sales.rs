//! Orders and what goes with them, short to write.

use uuid::Uuid;

use super::{refund_id, wallet};
use crate::coupon::{self, Bearer, Discount};
use crate::sale::{
    AutoSettle, Cancel, Deliver, Delivery, Expire, Fulfilment, Kind, Line, Pay, Place, Refund,
    Settle, TaxLine, Terms, What,
};
use crate::{Command, EntitlementId, Money, SaleId, capacity, commission, entitlement};

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a builder's own text")
}

/// The order of this number.
#[must_use]
pub const fn sale(number: u128) -> SaleId {
    SaleId(Uuid::from_u128(0xc000 + number))
}

/// The entitlement of this number.
#[must_use]
pub const fn entitlement(number: u128) -> EntitlementId {
    EntitlementId(Uuid::from_u128(0xd000 + number))
}

/// A line of things that somebody sells.
#[must_use]
pub fn line(number: u16, seller: u128, unit_price: Money, quantity: u32) -> Line {
    Line {
        number,
        seller: wallet(seller),
        unit_price,
        quantity,
        kind: Kind::Physical,
        capacity: None,
        entitlements: Vec::new(),
        span_s: None,
    }
}

/// A line of tickets, an entitlement each: those of these numbers.
#[must_use]
pub fn tickets(number: u16, seller: u128, unit_price: Money, of: &str, ids: &[u128]) -> Line {
    let quantity = u32::try_from(ids.len()).expect("few tickets");
    Line {
        kind: Kind::Ticket,
        capacity: Some(parsed(of)),
        entitlements: ids.iter().map(|id| entitlement(*id)).collect(),
        ..line(number, seller, unit_price, quantity)
    }
}

/// What a wallet orders, to be settled when it is delivered.
#[must_use]
pub fn terms(buyer: u128, lines: Vec<Line>) -> Terms {
    Terms {
        buyer: wallet(buyer),
        lines,
        delivery: None,
        taxes: Vec::new(),
        coupon: None,
        commission: commission::Ask::default(),
        minimum: None,
        fulfilment: Fulfilment::OnDelivery(None),
    }
}

/// The same, to be settled at once.
#[must_use]
pub fn at_once(terms: Terms) -> Terms {
    Terms { fulfilment: Fulfilment::Immediate, ..terms }
}

/// The same, brought for a fee: by a courier, or by the platform.
#[must_use]
pub fn brought(terms: Terms, fee: Money, courier: Option<u128>) -> Terms {
    Terms { delivery: Some(Delivery { fee, courier: courier.map(wallet) }), ..terms }
}

/// The same, with a tax on top.
#[must_use]
pub fn taxed(mut terms: Terms, code: &str, amount: Money) -> Terms {
    terms.taxes.push(TaxLine { code: parsed(code), amount });
    terms
}

/// The same, with a coupon.
#[must_use]
pub fn with_coupon(terms: Terms, code: &str) -> Terms {
    Terms { coupon: Some(parsed(code)), ..terms }
}

/// It is ordered.
#[must_use]
pub fn place_order(number: u128, terms: Terms, total: Money) -> Command {
    Place { sale: sale(number), terms, total, pay_within_s: None }.into()
}

/// An order is paid out of the buyer's wallet.
#[must_use]
pub fn pay_order(number: u128) -> Command {
    Pay { sale: sale(number) }.into()
}

/// An order is delivered.
#[must_use]
pub fn deliver_order(number: u128) -> Command {
    Deliver { sale: sale(number) }.into()
}

/// An order's sellers are to have their money.
#[must_use]
pub fn settle_order(number: u128) -> Command {
    Settle { sale: sale(number) }.into()
}

/// An order's inspection period is over.
#[must_use]
pub fn auto_settle_order(number: u128) -> Command {
    AutoSettle { sale: sale(number) }.into()
}

/// An order is given up.
#[must_use]
pub fn cancel_order(number: u128) -> Command {
    Cancel { sale: sale(number), reason: parsed("changed_mind") }.into()
}

/// An order was not paid in time.
#[must_use]
pub fn expire_order(number: u128) -> Command {
    Expire { sale: sale(number) }.into()
}

/// Some of an order is given back.
#[must_use]
pub fn refund_order(number: u128, refund: u128, what: What) -> Command {
    let reason = parsed("faulty");
    Refund { sale: sale(number), refund: refund_id(refund), what, reason }.into()
}

/// A coupon is given out that any number of orders may use at any time.
#[must_use]
pub fn create_coupon(code: &str, discount: Discount, bearer: Bearer) -> coupon::Create {
    let terms = coupon::Terms { discount, bearer, from: None, to: None, uses: None, minimum: None };
    coupon::Create { coupon: parsed(code), terms }
}

/// A share that a coupon takes off, in basis points.
#[must_use]
pub fn percent_off(basis_points: u16) -> Discount {
    Discount::Percent(basis_points.try_into().expect("at most 10,000"))
}

/// Nobody can use a coupon any more.
#[must_use]
pub fn disable_coupon(code: &str) -> Command {
    coupon::Disable { coupon: parsed(code) }.into()
}

/// There are so many places of something.
#[must_use]
pub fn set_capacity(of: &str, places: u32) -> Command {
    capacity::Set { capacity: parsed(of), places }.into()
}

/// Somebody is given an entitlement.
#[must_use]
pub fn entitle(number: u128, to: u128, seller: Option<u128>) -> entitlement::Grant {
    entitlement::Grant {
        entitlement: entitlement(number),
        wallet: wallet(to),
        kind: parsed("ticket"),
        seller: seller.map(wallet),
        ends_at: None,
    }
}

/// An entitlement is used up, at a gate.
#[must_use]
pub fn use_entitlement(number: u128, gate: &str) -> Command {
    entitlement::Use { entitlement: entitlement(number), reference: parsed(gate) }.into()
}

/// An entitlement is given away, or sold on with a tenth for its seller.
#[must_use]
pub fn transfer_entitlement(number: u128, to: u128, price: Option<Money>) -> Command {
    let royalty = 1_000.try_into().expect("a tenth");
    entitlement::Transfer { entitlement: entitlement(number), to: wallet(to), price, royalty }
        .into()
}

/// An entitlement is taken away.
#[must_use]
pub fn revoke_entitlement(number: u128) -> Command {
    entitlement::Revoke { entitlement: entitlement(number), reason: parsed("abuse") }.into()
}

/// An entitlement's time is over.
#[must_use]
pub fn expire_entitlement(number: u128) -> Command {
    entitlement::Expire { entitlement: entitlement(number) }.into()
}
