//! Inputs of commands about orders.

use async_graphql::InputObject;
use uuid::Uuid;

use cauri_domain::sale::{Delivery, Fulfilment, Kind, Line, LinePart, Part, TaxLine, Terms, What};
use cauri_domain::{EntitlementId, RefundId, Refusal, SaleId, WalletId, sale};

use super::words::{OrderFulfilment, OrderLineKind};
use crate::graphql::command::{inputs, money, seconds, text};
use crate::graphql::commission::CommissionInput;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// A line of an order.
#[derive(Debug, Clone, InputObject)]
pub struct OrderLineInput {
    /// Its number, 0 to 65,535, once in an order.
    number: i32,
    /// The wallet of who sells it.
    seller: Uuid,
    /// What one of it costs, in major units.
    unit_price: DecimalText,
    /// How many: 1 to 1,000,000.
    #[graphql(default = 1)]
    quantity: i32,
    /// What it is.
    kind: OrderLineKind,
    /// The capacity that each takes a place of.
    capacity: Option<String>,
    /// What the buyer may use once it is settled: none, or one for each, of ids of the caller's
    /// choice.
    #[graphql(default)]
    entitlements: Vec<Uuid>,
    /// How long they may use it from then on, in seconds; without end when not given.
    span_seconds: Option<i32>,
}

/// Who brings an order, and for how much.
#[derive(Debug, Clone, InputObject)]
pub struct OrderDeliveryInput {
    /// What it costs the buyer, in major units.
    fee: DecimalText,
    /// The wallet of the courier, who gets it whole; the platform when not given.
    courier: Option<Uuid>,
}

/// A tax on top of an order.
#[derive(Debug, Clone, InputObject)]
pub struct OrderTaxInput {
    /// Which: at most 16 of `a-z 0-9 -`.
    code: String,
    /// How much, in major units.
    amount: DecimalText,
}

/// What is ordered.
#[derive(Debug, Clone, InputObject)]
pub struct OrderTermsInput {
    /// The wallet of who buys.
    buyer: Uuid,
    /// The currency of everything.
    currency: CurrencyText,
    /// What, of whom: 1 to 50.
    lines: Vec<OrderLineInput>,
    /// Who brings it.
    delivery: Option<OrderDeliveryInput>,
    /// Taxes on top: at most 10, each once.
    #[graphql(default)]
    taxes: Vec<OrderTaxInput>,
    /// The coupon that lowers it.
    coupon: Option<String>,
    /// Which commission its sellers pay.
    commission: Option<CommissionInput>,
    /// The least that its lines may come to before a discount, in major units.
    minimum: Option<DecimalText>,
    /// When sellers get their money.
    fulfilment: OrderFulfilment,
    /// How long the buyer may inspect a delivery, in seconds; as long as the ledger's settings say
    /// when not given.
    inspection_seconds: Option<i32>,
}

const fn kind(kind: OrderLineKind) -> Kind {
    match kind {
        OrderLineKind::Digital => Kind::Digital,
        OrderLineKind::Physical => Kind::Physical,
        OrderLineKind::Ticket => Kind::Ticket,
        OrderLineKind::Esim => Kind::Esim,
        OrderLineKind::Template => Kind::Template,
        OrderLineKind::Service => Kind::Service,
    }
}

fn number(value: i32) -> Result<u16, Refusal> {
    let allowed = "numbered 0 to 65535";
    u16::try_from(value).map_err(|_| Refusal::InvalidSetting { field: "lines", allowed })
}

fn quantity(value: i32) -> Result<u32, Refusal> {
    let allowed = "1 to 1000000";
    u32::try_from(value).map_err(|_| Refusal::InvalidSetting { field: "quantity", allowed })
}

impl OrderLineInput {
    fn parse(&self, currency: &CurrencyText) -> Result<Line, Refusal> {
        Ok(Line {
            number: number(self.number)?,
            seller: WalletId(self.seller),
            unit_price: money(&self.unit_price, currency)?,
            quantity: quantity(self.quantity)?,
            kind: kind(self.kind),
            capacity: self.capacity.as_ref().map(|it| text("capacity", it)).transpose()?,
            entitlements: self.entitlements.iter().copied().map(EntitlementId).collect(),
            span_s: self.span_seconds.map(|span| seconds("spanSeconds", span)).transpose()?,
        })
    }
}

fn taxes(taxes: &[OrderTaxInput], currency: &CurrencyText) -> Result<Vec<TaxLine>, Refusal> {
    let tax = |it: &OrderTaxInput| {
        Ok(TaxLine { code: text("taxes", &it.code)?, amount: money(&it.amount, currency)? })
    };
    taxes.iter().map(tax).collect()
}

impl OrderTermsInput {
    /// The terms, or which field makes no sense.
    pub(super) fn parse(&self) -> Result<Terms, Refusal> {
        let currency = &self.currency;
        // Counted before they are read, so that a million of them cost nothing.
        if self.lines.len() > sale::LINES_MOST {
            return Err(Refusal::InvalidSetting { field: "lines", allowed: "1 to 50" });
        }
        let delivery = |it: &OrderDeliveryInput| -> Result<Delivery, Refusal> {
            let fee = money(&it.fee, currency)?;
            Ok(Delivery { fee, courier: it.courier.map(WalletId) })
        };
        let inspection = self.inspection_seconds;
        let inspection = inspection.map(|span| seconds("inspectionSeconds", span)).transpose()?;
        let lines = self.lines.iter().map(|line| line.parse(currency));
        Ok(Terms {
            buyer: WalletId(self.buyer),
            lines: lines.collect::<Result<_, _>>()?,
            delivery: self.delivery.as_ref().map(delivery).transpose()?,
            taxes: taxes(&self.taxes, currency)?,
            coupon: self.coupon.as_ref().map(|code| text("coupon", code)).transpose()?,
            commission: CommissionInput::parse(self.commission.as_ref())?,
            minimum: self.minimum.as_ref().map(|it| money(it, currency)).transpose()?,
            fulfilment: match self.fulfilment {
                OrderFulfilment::Immediate => Fulfilment::Immediate,
                OrderFulfilment::OnDelivery => Fulfilment::OnDelivery(inspection),
            },
        })
    }
}

/// A line of which something is given back: so many of it, so much of its price, or all that is
/// left of it.
#[derive(Debug, Clone, InputObject)]
pub struct OrderLineRefundInput {
    /// Which line.
    number: i32,
    /// So many of it.
    quantity: Option<i32>,
    /// So much of its price, in major units.
    amount: Option<DecimalText>,
}

impl OrderLineRefundInput {
    fn parse(&self, currency: &CurrencyText) -> Result<LinePart, Refusal> {
        let part = match (self.quantity, &self.amount) {
            (None, None) => Part::All,
            (Some(count), None) => Part::Quantity(quantity(count)?),
            (None, Some(amount)) => Part::Amount(money(amount, currency)?),
            (Some(_), Some(_)) => {
                let allowed = "given as quantity or as amount, not both";
                return Err(Refusal::InvalidSetting { field: "lines", allowed });
            }
        };
        Ok(LinePart { number: number(self.number)?, part })
    }
}

inputs! {
    /// Orders. `quoteOrder` says beforehand what it comes to.
    PlaceOrderInput {
        /// Its id, chosen by the caller.
        order: Uuid,
        /// What is ordered.
        terms: OrderTermsInput,
        /// What the buyer is expected to pay, in major units: refused where it comes to something
        /// else.
        total: DecimalText,
        /// How long it waits for its money, in seconds; as long as a pay-in when not given.
        pay_within_seconds: Option<i32>,
    } and PlaceOrderStep => |it| Ok(sale::Place {
        sale: SaleId(it.order),
        terms: it.terms.parse()?,
        total: money(&it.total, &it.terms.currency)?,
        pay_within_s: it.pay_within_seconds.map(|span| seconds("payWithinSeconds", span)).transpose()?,
    }.into());

    /// Pays an order out of the buyer's wallet.
    PayOrderInput {
        /// Which order.
        order: Uuid,
    } and PayOrderStep => |it| Ok(sale::Pay { sale: SaleId(it.order) }.into());

    /// Says that all of an order is delivered.
    MarkOrderDeliveredInput {
        /// Which order.
        order: Uuid,
    } => |it| Ok(sale::Deliver { sale: SaleId(it.order) }.into());

    /// Gives an order's sellers their money.
    SettleOrderInput {
        /// Which order.
        order: Uuid,
    } and SettleOrderStep => |it| Ok(sale::Settle { sale: SaleId(it.order) }.into());

    /// Gives an order up, before it is delivered.
    CancelOrderInput {
        /// Which order.
        order: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } and CancelOrderStep => |it| Ok(sale::Cancel {
        sale: SaleId(it.order),
        reason: text("reason", &it.reason)?,
    }.into());

    /// Gives the buyer money back. Nothing named: all that is left.
    RefundOrderInput {
        /// Of which order.
        order: Uuid,
        /// The refund's id, chosen by the caller: it is made once.
        refund: Uuid,
        /// The order's currency.
        currency: CurrencyText,
        /// Of its lines, each once.
        #[graphql(default)]
        lines: Vec<OrderLineRefundInput>,
        /// Of its delivery, in major units.
        delivery: Option<DecimalText>,
        /// Of its taxes, each once.
        #[graphql(default)]
        taxes: Vec<OrderTaxInput>,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(sale::Refund {
        sale: SaleId(it.order),
        refund: RefundId(it.refund),
        what: What {
            lines: it.lines.iter().map(|line| line.parse(&it.currency)).collect::<Result<_, _>>()?,
            delivery: it.delivery.as_ref().map(|fee| money(fee, &it.currency)).transpose()?,
            taxes: taxes(&it.taxes, &it.currency)?,
        },
        reason: text("reason", &it.reason)?,
    }.into());
}
