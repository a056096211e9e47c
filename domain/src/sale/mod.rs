//! Orders: lines of one or several sellers, paid as one.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Placed: PlaceOrder
//!     Placed --> Paid: PayOrder, RecordReceipt
//!     Placed --> Settled: PayOrder (immediate), RecordReceipt (immediate)
//!     Placed --> Canceled: CancelOrder
//!     Placed --> Expired: ExpireOrder
//!     Paid --> Delivered: MarkOrderDelivered
//!     Paid --> Settled: SettleOrder
//!     Paid --> Canceled: CancelOrder
//!     Delivered --> Settled: SettleOrder, AutoSettleOrder
//!     Paid --> Refunded: RefundOrder (all)
//!     Delivered --> Refunded: RefundOrder (all)
//!     Settled --> Refunded: RefundOrder (all)
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `PlaceOrder` | `order.placed.v1` | none |
//! | `PayOrder` | `order.paid.v1` | buyer available → order; a discount of the platform's, expense:promotions → order |
//! | `MarkOrderDelivered` | `order.delivered.v1` | none |
//! | `SettleOrder`, `AutoSettleOrder` | `order.settled.v1` | order → sellers, commission, courier or revenue:fees, taxes |
//! | `CancelOrder` | `order.canceled.v1` | of a paid one: order → buyer available, expense:promotions |
//! | `ExpireOrder` | `order.expired.v1` | none |
//! | `RefundOrder`, not settled yet | `order.refunded.v1` | order → buyer available, expense:promotions |
//! | `RefundOrder`, settled | `order.refunded.v1` | sellers, commission, courier or revenue:fees, taxes → order → buyer available, expense:promotions |
//!
//! What an order comes to is worked out here ([`quote`]), never taken from the caller, who says what
//! they expect and is refused where it differs. The commission is agreed with each seller when the
//! order is placed: later versions of a rule do not change it. A discount is spread over the lines
//! by largest remainder; the platform's is added to what the buyer pays, a seller's lowers the
//! lines. An order that is fulfilled at once is settled in the unit that pays it.
//!
//! Refunds are in terms of a line's price. The buyer gets what they paid of it, the platform what it
//! added to it, and the commission is given back as its rule says. No line gives back more than its
//! price, a tax and the delivery no more than they were. Tickets that were used, or that somebody
//! else has by now, are not refunded.

use serde::{Deserialize, Serialize};

use crate::commission::Ask;
use crate::ids::{EntitlementId, RefundId, SaleId, WalletId};
use crate::money::Money;
use crate::settings::Seconds;
use crate::text::{Code, TaxCode};

mod ending;
mod goods;
mod happened;
mod known;
mod quote;
mod refunds;
mod rules;
pub(crate) use ending::*;
pub use happened::*;
pub use known::{GivenBack, Sale, Status};
pub use quote::{Besides, DELIVERY, Priced, Quote, quote};
pub(crate) use refunds::*;
pub(crate) use rules::*;

/// The most lines of an order.
pub const LINES_MOST: usize = 50;
/// The most taxes of an order.
pub const TAXES_MOST: usize = 10;
/// The largest quantity of a line.
pub const QUANTITY_MOST: u32 = 1_000_000;
/// The most entitlements of a line.
pub const ENTITLEMENTS_MOST: usize = 100;
/// The most refunds of an order.
pub const REFUNDS_MOST: usize = 100;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A file.
    Digital,
    /// A thing that is delivered.
    Physical,
    /// A place at something.
    Ticket,
    /// A mobile plan.
    Esim,
    /// A template or a component.
    Template,
    /// Work.
    Service,
}

impl Kind {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digital => "digital",
            Self::Physical => "physical",
            Self::Ticket => "ticket",
            Self::Esim => "esim",
            Self::Template => "template",
            Self::Service => "service",
        }
    }
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number, once in an order.
    pub number: u16,
    /// Who sells it, by their wallet.
    pub seller: WalletId,
    /// What one of it costs.
    pub unit_price: Money,
    /// How many: 1 to 1,000,000.
    pub quantity: u32,
    /// What it is.
    pub kind: Kind,
    /// The capacity that each takes a place of.
    pub capacity: Option<Code>,
    /// What the buyer may use once it is settled: none, or one for each.
    pub entitlements: Vec<EntitlementId>,
    /// How long they may, from then on; without end when not given.
    pub span_s: Option<Seconds>,
}

/// Who brings an order, and for how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What it costs the buyer.
    pub fee: Money,
    /// Who gets it whole, by their wallet; the platform when not given.
    pub courier: Option<WalletId>,
}

/// A tax that the buyer pays on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    /// Which.
    pub code: TaxCode,
    /// How much.
    pub amount: Money,
}

/// When sellers get their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fulfilment {
    /// At once, in the unit that pays the order.
    Immediate,
    /// When the buyer says so, or so long after the delivery, in seconds; as long as the ledger's
    /// settings say when not given.
    OnDelivery(Option<Seconds>),
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who buys, by their wallet.
    pub buyer: WalletId,
    /// What, of whom: 1 to 50 lines in one currency.
    pub lines: Vec<Line>,
    /// Who brings it.
    pub delivery: Option<Delivery>,
    /// Taxes on top: at most 10, each once.
    pub taxes: Vec<TaxLine>,
    /// The coupon that lowers it.
    pub coupon: Option<Code>,
    /// Which commission its sellers pay.
    pub commission: Ask,
    /// The least that its lines may come to before a discount.
    pub minimum: Option<Money>,
    /// When sellers get their money.
    pub fulfilment: Fulfilment,
}

/// Orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its id, chosen by the caller.
    pub sale: SaleId,
    /// What is ordered.
    pub terms: Terms,
    /// What the caller expects the buyer to pay: refused where it comes to something else.
    pub total: Money,
    /// How long it waits for its money, in seconds; as long as a pay-in when not given.
    pub pay_within_s: Option<Seconds>,
}

/// Pays an order out of the buyer's wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// Which.
    pub sale: SaleId,
}

/// Says that all of it is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// Which.
    pub sale: SaleId,
}

/// Gives the sellers their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// Which.
    pub sale: SaleId,
}

/// The inspection period is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoSettle {
    /// Which.
    pub sale: SaleId,
}

/// Gives an order up, before it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Which.
    pub sale: SaleId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}

/// It was not paid in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {
    /// Which.
    pub sale: SaleId,
}

/// How much of a line is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All that is left of it.
    All,
    /// So many of it.
    Quantity(u32),
    /// So much of its price.
    Amount(Money),
}

/// A line of which something is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePart {
    /// Which line.
    pub number: u16,
    /// How much of it.
    pub part: Part,
}

/// What is given back of an order. Nothing named: all that is left.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct What {
    /// Of its lines, each once.
    pub lines: Vec<LinePart>,
    /// Of its delivery.
    pub delivery: Option<Money>,
    /// Of its taxes, each once.
    pub taxes: Vec<TaxLine>,
}

/// Gives the buyer money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Of which order.
    pub sale: SaleId,
    /// Its id, chosen by the caller: a refund is made once.
    pub refund: RefundId,
    /// What is given back.
    pub what: What,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
}
