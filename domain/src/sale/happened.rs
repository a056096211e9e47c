//! What can have happened to an order.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Besides, Quote, TaxLine, Terms, What};
use crate::commission::Breakdown;
use crate::ids::{PayinId, RefundId, SaleId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::settings::Seconds;
use crate::text::Code;

/// An order was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Its id.
    pub sale: SaleId,
    /// What is ordered.
    pub terms: Box<Terms>,
    /// What it comes to, and what was agreed with its sellers.
    pub quote: Box<Quote>,
    /// How long it was asked to wait for its money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pay_within_s: Option<Seconds>,
    /// Until when it waits for its money.
    pub pay_by: DateTime<Utc>,
}

/// It was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Which.
    pub sale: SaleId,
    /// By whom.
    pub buyer: WalletId,
    /// How much they paid.
    pub amount: Money,
    /// What the platform added, for a coupon of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub promotion: Option<Money>,
    /// The pay-in that brought the money, where one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payin: Option<PayinId>,
    /// Buyer available, promotions → order.
    pub entry: JournalEntry,
}

/// It was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Which.
    pub sale: SaleId,
    /// When it settles itself.
    pub settle_at: DateTime<Utc>,
}

/// Who had it settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledBy {
    /// Its payment: it is fulfilled at once.
    Payment,
    /// The buyer, or somebody for them.
    Request,
    /// The end of the inspection period.
    Timer,
}

/// Its sellers have their money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Which.
    pub sale: SaleId,
    /// Who had it settled.
    pub by: SettledBy,
    /// What each seller got, and the courier.
    pub shares: Vec<Breakdown>,
    /// What other accounts got.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub besides: Vec<Besides>,
    /// Order → sellers, commission, courier, taxes.
    pub entry: JournalEntry,
}

/// It was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// Which.
    pub sale: SaleId,
    /// Why.
    pub reason: Code,
    /// What the buyer got back, where it was paid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_buyer: Option<Money>,
    /// Order → buyer available, promotions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// It was not paid in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which.
    pub sale: SaleId,
}

/// What was given back of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBack {
    /// Which line.
    pub number: u16,
    /// How much of its price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Money>,
    /// How many of it.
    pub quantity: u32,
}

/// Some of it, or the last of it, was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// Of which order.
    pub sale: SaleId,
    /// Which refund, and what was asked; absent where the payment was taken back from outside.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asked: Option<Box<(RefundId, What)>>,
    /// Why.
    pub reason: Code,
    /// Of its lines.
    pub lines: Vec<LineBack>,
    /// Of its delivery.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delivery: Option<Money>,
    /// Of its taxes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub taxes: Vec<TaxLine>,
    /// What the buyer got back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_buyer: Option<Money>,
    /// What the platform got back of its discount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub promotion: Option<Money>,
    /// What each seller gave back, and the courier; none where it was not settled.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shares: Vec<Breakdown>,
    /// What other accounts gave back.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub besides: Vec<Besides>,
    /// Whether all of it is given back now.
    pub ended: bool,
    /// Order, or who had the money → buyer available, promotions.
    pub entry: JournalEntry,
}
