//! Rows of orders, of their lines and refunds, of coupons, capacities and entitlements.

use rust_decimal::Decimal;
use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::coupon::{self, Bearer, Discount};
use cauri_domain::sale::{Fulfilment, Placed, Refunded, SettledBy};
use cauri_domain::{Event, Money, SaleId};

pub(super) struct Sales {
    orders: Rows,
    lines: Rows,
    refunds: Rows,
    coupons: Rows,
    capacities: Rows,
    entitlements: Rows,
}

impl Default for Sales {
    fn default() -> Self {
        Self {
            orders: Rows::new("orders", &["sale"]).with_owners(&[("owner", "buyer")]),
            lines: Rows::new("order_lines", &["sale", "number"])
                .with_owners(&[("owner", "seller")]),
            refunds: Rows::new("order_refunds", &["sale", "place"]),
            coupons: Rows::new("coupons", &["coupon"]),
            // Set again, it stays where it was made.
            capacities: Rows::new("capacities", &["capacity"]).made_again(),
            entitlements: Rows::new("entitlements", &["entitlement"]),
        }
    }
}

/// An amount in major units; nothing is zero.
fn amount(money: impl Into<Option<Money>>) -> String {
    money.into().map_or(Decimal::ZERO, Money::to_decimal).to_string()
}

const fn bearer(bearer: &Bearer) -> &'static str {
    match bearer {
        Bearer::Platform => "platform",
        Bearer::Seller(_) => "seller",
    }
}

impl Sales {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::OrderPlaced(event) => self.placed(stamp, event),
            Event::OrderPaid(event) => {
                let change = json!({ "sale": event.sale, "status": "paid", "payin": event.payin,
                    "paid": amount(event.amount) });
                self.orders.change(stamp, change);
            }
            Event::OrderDelivered(event) => {
                let change = json!({ "sale": event.sale, "status": "delivered",
                    "settle_at": event.settle_at });
                self.orders.change(stamp, change);
            }
            Event::OrderSettled(event) => {
                let by = match event.by {
                    SettledBy::Payment => "payment",
                    SettledBy::Request => "request",
                    SettledBy::Timer => "timer",
                };
                let change = json!({ "sale": event.sale, "status": "settled", "settled_by": by });
                self.orders.change(stamp, change);
            }
            Event::OrderCanceled(event) => {
                self.ended(stamp, event.sale, "canceled", Some(event.reason.as_str()));
                let more = json!({ "sale": event.sale, "refunded": amount(event.to_buyer) });
                self.orders.add(stamp, more);
            }
            Event::OrderExpired(event) => self.ended(stamp, event.sale, "expired", None),
            Event::OrderRefunded(event) => self.refunded(stamp, event),
            Event::CouponCreated(event) => self.coupon(stamp, event),
            Event::CouponDisabled(event) => {
                self.coupons.change(stamp, json!({ "coupon": event.coupon, "disabled": true }));
            }
            Event::CapacitySet(event) => {
                let row = json!({ "capacity": event.capacity, "places": event.places });
                self.capacities.make(stamp, row);
            }
            Event::EntitlementGranted(event) => {
                let row = json!({ "entitlement": event.entitlement, "wallet": event.wallet,
                    "first_wallet": event.wallet, "kind": event.kind, "seller": event.seller,
                    "sale": event.bought.map(|(sale, _)| sale),
                    "line": event.bought.map(|(_, line)| line), "ends_at": event.ends_at,
                    "status": "granted" });
                self.entitlements.make(stamp, row);
            }
            Event::EntitlementUsed(event) => {
                let change = json!({ "entitlement": event.entitlement, "status": "used",
                    "used": event.reference });
                self.entitlements.change(stamp, change);
            }
            Event::EntitlementTransferred(event) => {
                let change = json!({ "entitlement": event.entitlement, "wallet": event.to });
                self.entitlements.change(stamp, change);
            }
            Event::EntitlementRevoked(event) => {
                let change = json!({ "entitlement": event.entitlement, "status": "revoked",
                    "reason": event.reason });
                self.entitlements.change(stamp, change);
            }
            Event::EntitlementExpired(event) => {
                let change = json!({ "entitlement": event.entitlement, "status": "expired" });
                self.entitlements.change(stamp, change);
            }
            _ => {}
        }
    }

    fn placed(&mut self, stamp: Stamp, event: &Placed) {
        let (terms, quote) = (&event.terms, &event.quote);
        let fulfilment = match terms.fulfilment {
            Fulfilment::Immediate => "immediate",
            Fulfilment::OnDelivery(_) => "on_delivery",
        };
        let row = json!({ "sale": event.sale, "buyer": terms.buyer,
            "currency": quote.total.currency().code(), "subtotal": amount(quote.subtotal),
            "discount": amount(quote.discount), "total": amount(quote.total),
            "coupon": terms.coupon, "bearer": quote.bearer.as_ref().map(bearer),
            "delivery_fee": terms.delivery.map(|it| amount(it.fee)),
            "courier": terms.delivery.and_then(|it| it.courier), "taxes": terms.taxes,
            "agreed": quote.sellers, "fulfilment": fulfilment, "paid": "0", "refunded": "0",
            "promotion_back": "0", "status": "placed", "pay_by": event.pay_by });
        self.orders.make(stamp, row);
        for (line, priced) in terms.lines.iter().zip(&quote.lines) {
            let row = json!({ "sale": event.sale, "number": line.number, "seller": line.seller,
                "kind": line.kind.as_str(), "unit_price": amount(line.unit_price),
                "quantity": line.quantity, "gross": amount(priced.gross),
                "discount": amount(priced.discount), "price": amount(priced.price),
                "refunded": "0", "returned": "0", "capacity": line.capacity,
                "entitlements": line.entitlements });
            self.lines.make(stamp, row);
        }
    }

    fn ended(&mut self, stamp: Stamp, sale: SaleId, status: &str, reason: Option<&str>) {
        self.orders.change(stamp, json!({ "sale": sale, "status": status, "reason": reason }));
    }

    fn refunded(&mut self, stamp: Stamp, event: &Refunded) {
        let back = json!({ "sale": event.sale, "refunded": amount(event.to_buyer),
            "promotion_back": amount(event.promotion) });
        self.orders.add(stamp, back);
        if event.ended {
            self.ended(stamp, event.sale, "refunded", Some(event.reason.as_str()));
        }
        for line in &event.lines {
            let back = json!({ "sale": event.sale, "number": line.number,
                "refunded": amount(line.amount), "returned": line.quantity.to_string() });
            self.lines.add(stamp, back);
        }
        let posting = event.entry.postings().first();
        let currency = posting.map(|posting| posting.money.currency().code().to_owned());
        let row = json!({ "sale": event.sale, "place": stamp.revision,
            "refund": event.asked.as_ref().map(|asked| asked.0), "reason": event.reason,
            "currency": currency, "to_buyer": amount(event.to_buyer),
            "promotion": amount(event.promotion), "delivery": amount(event.delivery),
            "lines": event.lines, "taxes": event.taxes });
        self.refunds.make(stamp, row);
    }

    fn coupon(&mut self, stamp: Stamp, event: &coupon::Created) {
        let terms = &event.terms;
        let (percent, fixed) = match terms.discount {
            Discount::Percent(rate) => (Some(rate.get()), None),
            Discount::Fixed(money) => (None, Some(money)),
        };
        let seller = match terms.bearer {
            Bearer::Platform => None,
            Bearer::Seller(seller) => Some(seller),
        };
        let currency = |money: Option<Money>| money.map(|it| it.currency().code().to_owned());
        let row = json!({ "coupon": event.coupon, "percent": percent,
            "amount": fixed.map(amount), "currency": currency(fixed),
            "bearer": bearer(&terms.bearer), "seller": seller, "valid_from": terms.from,
            "valid_to": terms.to, "uses": terms.uses, "minimum": terms.minimum.map(amount),
            "minimum_currency": currency(terms.minimum), "disabled": false });
        self.coupons.make(stamp, row);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.orders.write(&mut *connection, ledger).await?;
        self.lines.write(&mut *connection, ledger).await?;
        self.refunds.write(&mut *connection, ledger).await?;
        self.coupons.write(&mut *connection, ledger).await?;
        self.capacities.write(&mut *connection, ledger).await?;
        self.entitlements.write(connection, ledger).await
    }
}
