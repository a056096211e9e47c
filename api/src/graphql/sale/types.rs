//! Orders, their lines and refunds.

use async_graphql::{Description, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::Money;
use cauri_domain::commission::Agreed;
use cauri_domain::sale::{LineBack, TaxLine};
use cauri_projections::query::{OrderLineRow, OrderRefundRow, OrderRow};

use super::words::{OrderFulfilment, OrderLineKind, OrderSettledBy, OrderStatus};
use crate::graphql::commission::AgreedCommission;
use crate::graphql::context::Moment;
use crate::graphql::coupon::CouponBearer;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// A line of an order.
#[derive(Debug, SimpleObject)]
pub struct OrderLine {
    /// Its number.
    number: i32,
    /// The wallet of who sells it.
    seller_id: Uuid,
    /// What it is.
    kind: OrderLineKind,
    /// What one of it costs, in major units.
    unit_price: DecimalText,
    /// How many.
    quantity: i64,
    /// Its unit price times its quantity, in major units.
    gross: DecimalText,
    /// What the coupon takes off it, in major units.
    discount: DecimalText,
    /// What its seller gets for it before commission, in major units.
    price: DecimalText,
    /// What was given back of its price, in major units.
    refunded: DecimalText,
    /// How many of it were given back.
    returned: i64,
    /// The capacity that each takes a place of.
    capacity: Option<String>,
    /// What the buyer may use, by id.
    entitlement_ids: Vec<Uuid>,
}

/// A tax on top of an order.
#[derive(Debug, SimpleObject)]
pub struct OrderTax {
    /// Which.
    code: String,
    /// How much, in major units.
    amount: DecimalText,
}

/// What was given back of a line.
#[derive(Debug, SimpleObject)]
pub struct OrderLineRefund {
    /// Which line.
    number: u16,
    /// How much of its price, in major units.
    amount: DecimalText,
    /// How many of it.
    quantity: u32,
}

/// What was given back of an order, once.
#[derive(Debug, SimpleObject)]
pub struct OrderRefund {
    /// Its id; absent where the payment was taken back from outside.
    id: Option<Uuid>,
    /// Why.
    reason: String,
    /// What the buyer got back, in major units.
    to_buyer: DecimalText,
    /// What the platform got back of its discount, in major units.
    promotion: DecimalText,
    /// Of the delivery, in major units.
    delivery: DecimalText,
    /// Of its lines.
    lines: Vec<OrderLineRefund>,
    /// When.
    created_at: DateTime<Utc>,
    /// Its revision.
    revision: RevisionNumber,
}

/// What was agreed with a seller of an order.
#[derive(Debug, SimpleObject)]
pub struct OrderCommission {
    /// The seller's wallet.
    seller_id: Uuid,
    /// By which rule.
    agreed: AgreedCommission,
}

/// Lines of one or several sellers, paid as one.
#[derive(Description)]
pub struct Order {
    pub(super) row: OrderRow,
    pub(super) moment: Moment,
}

fn parsed<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Result<T> {
    serde_json::from_value(value.clone())
        .map_err(|_| fault::unavailable("the read models are of another version"))
}

impl Order {
    fn amount(&self, amount: rust_decimal::Decimal) -> DecimalText {
        DecimalText::of(amount, &self.row.currency)
    }

    fn money(&self, money: Option<Money>) -> DecimalText {
        self.amount(money.map(Money::to_decimal).unwrap_or_default())
    }

    fn line(&self, row: OrderLineRow) -> Result<OrderLine> {
        Ok(OrderLine {
            number: row.number,
            seller_id: row.seller,
            kind: OrderLineKind::of(&row.kind)?,
            unit_price: self.amount(row.unit_price),
            quantity: row.quantity,
            gross: self.amount(row.gross),
            discount: self.amount(row.discount),
            price: self.amount(row.price),
            refunded: self.amount(row.refunded),
            returned: row.returned,
            capacity: row.capacity,
            entitlement_ids: parsed(&row.entitlements)?,
        })
    }

    fn refund(&self, row: OrderRefundRow) -> Result<OrderRefund> {
        let line = |line: LineBack| OrderLineRefund {
            number: line.number,
            amount: self.money(line.amount),
            quantity: line.quantity,
        };
        Ok(OrderRefund {
            id: row.refund,
            to_buyer: self.amount(row.to_buyer),
            promotion: self.amount(row.promotion),
            delivery: self.amount(row.delivery),
            lines: parsed::<Vec<LineBack>>(&row.lines)?.into_iter().map(line).collect(),
            reason: row.reason,
            created_at: row.created_at,
            revision: row.created_revision.into(),
        })
    }
}

#[Object(use_type_description)]
impl Order {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.row.sale
    }

    /// The wallet of who buys.
    async fn buyer_id(&self) -> Uuid {
        self.row.buyer
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.row.currency.clone())
    }

    /// All lines before a discount, in major units.
    async fn subtotal(&self) -> DecimalText {
        self.amount(self.row.subtotal)
    }

    /// What the coupon takes off in all, in major units.
    async fn discount(&self) -> DecimalText {
        self.amount(self.row.discount)
    }

    /// What the buyer pays, in major units.
    async fn total(&self) -> DecimalText {
        self.amount(self.row.total)
    }

    /// The coupon that lowers it.
    async fn coupon(&self) -> Option<&str> {
        self.row.coupon.as_deref()
    }

    /// Who bears the discount.
    async fn bearer(&self) -> Result<Option<CouponBearer>> {
        self.row.bearer.as_deref().map(CouponBearer::of).transpose()
    }

    /// What the delivery costs the buyer, in major units.
    async fn delivery_fee(&self) -> Option<DecimalText> {
        self.row.delivery_fee.map(|fee| self.amount(fee))
    }

    /// The wallet of the courier; none where the platform delivers.
    async fn courier_id(&self) -> Option<Uuid> {
        self.row.courier
    }

    /// Taxes on top: at most 10.
    async fn taxes(&self) -> Result<Vec<OrderTax>> {
        let tax = |tax: TaxLine| OrderTax {
            code: tax.code.to_string(),
            amount: self.money(Some(tax.amount)),
        };
        Ok(parsed::<Vec<TaxLine>>(&self.row.taxes)?.into_iter().map(tax).collect())
    }

    /// What was agreed with each of its sellers: at most 50.
    async fn commission(&self) -> Result<Vec<OrderCommission>> {
        let of = |agreed: Agreed| {
            let seller_id = agreed.seller.0;
            Ok(OrderCommission { seller_id, agreed: AgreedCommission::of(&agreed)? })
        };
        parsed::<Vec<Agreed>>(&self.row.agreed)?.into_iter().map(of).collect()
    }

    /// When its sellers get their money.
    async fn fulfilment(&self) -> Result<OrderFulfilment> {
        OrderFulfilment::of(&self.row.fulfilment)
    }

    /// What the buyer paid, in major units.
    async fn paid(&self) -> DecimalText {
        self.amount(self.row.paid)
    }

    /// What the buyer got back, in major units.
    async fn refunded(&self) -> DecimalText {
        self.amount(self.row.refunded)
    }

    /// The pay-in that brought the money, where one did.
    async fn payin_id(&self) -> Option<Uuid> {
        self.row.payin
    }

    /// Where it stands.
    async fn status(&self) -> Result<OrderStatus> {
        OrderStatus::of(&self.row.status)
    }

    /// Why it was cancelled or refunded.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// Until when it waits for its money.
    async fn pay_by(&self) -> DateTime<Utc> {
        self.row.pay_by
    }

    /// When it settles itself, once it is delivered.
    async fn settle_at(&self) -> Option<DateTime<Utc>> {
        self.row.settle_at
    }

    /// Who had it settled.
    async fn settled_by(&self) -> Result<Option<OrderSettledBy>> {
        self.row.settled_by.as_deref().map(OrderSettledBy::of).transpose()
    }

    /// Its lines, by number: at most 50.
    async fn lines(&self) -> Result<Vec<OrderLine>> {
        let rows = self.moment.ask().await.order_lines(self.row.sale).await;
        let rows = rows.map_err(|error| fault::database(&error))?;
        rows.into_iter().map(|row| self.line(row)).collect()
    }

    /// What was given back of it, in order.
    async fn refunds(&self) -> Result<Vec<OrderRefund>> {
        let rows = self.moment.ask().await.order_refunds(self.row.sale).await;
        let rows = rows.map_err(|error| fault::database(&error))?;
        rows.into_iter().map(|row| self.refund(row)).collect()
    }

    /// When it was placed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }
}
