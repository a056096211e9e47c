//! Coupons: discounts on orders, borne by the platform or by the seller who gave them out.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Active: CreateCoupon
//!     Active --> Disabled: DisableCoupon
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `CreateCoupon` | `coupon.created.v1` | none |
//! | `DisableCoupon` | `coupon.disabled.v1` | none |
//!
//! A use is reserved when an order with the coupon is placed, redeemed when it is paid, and free
//! again when the order is cancelled or its time is over. Reserved and redeemed uses together never
//! come to more than the coupon allows. A seller's coupon lowers that seller's own lines only; the
//! platform's lowers what the buyer pays and not what the sellers get.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commission::BasisPoints;
use crate::ids::WalletId;
use crate::money::Money;
use crate::text::Code;

mod rules;
pub(crate) use rules::*;

/// Who bears a discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    /// The platform, as a cost of promotions.
    Platform,
    /// A seller, out of what they sell.
    Seller(WalletId),
}

/// How much a coupon takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// A share of what it is for, rounded half-even.
    Percent(BasisPoints),
    /// An amount, at most what it is for.
    Fixed(Money),
}

/// What a coupon says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How much it takes off.
    pub discount: Discount,
    /// Who bears it.
    pub bearer: Bearer,
    /// Since when; at once when not given.
    pub from: Option<DateTime<Utc>>,
    /// Until when; without end when not given.
    pub to: Option<DateTime<Utc>>,
    /// How many orders may use it; as many as like when not given.
    pub uses: Option<u32>,
    /// How much has to be bought at least of what it is for, before the discount.
    pub minimum: Option<Money>,
}

/// Gives out a coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// Its code, which buyers name.
    pub coupon: Code,
    /// What it says.
    pub terms: Terms,
}

/// Lets nobody use it any more; orders placed with it keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disable {
    /// Which.
    pub coupon: Code,
}

/// A coupon was given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Its code.
    pub coupon: Code,
    /// What it says.
    pub terms: Terms,
}

/// Nobody can use it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Which.
    pub coupon: Code,
}

/// A coupon as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// What it says.
    pub terms: Terms,
    /// How many orders were placed with it and not paid yet.
    pub reserved: u32,
    /// How many were paid with it.
    pub redeemed: u32,
    /// Whether nobody can use it any more.
    pub disabled: bool,
}
