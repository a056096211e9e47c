//! Coupons and capacities.

use std::collections::BTreeMap;

use async_graphql::{Description, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use cauri_projections::query::{CapacityRow, CouponRow};

use super::words::CouponBearer;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// An amount of a coupon, in a currency.
#[derive(Debug, SimpleObject)]
pub struct CouponAmount {
    /// In major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

impl CouponAmount {
    fn of(amount: Decimal, currency: &str) -> Self {
        let currency_text = CurrencyText(currency.to_owned());
        Self { amount: DecimalText::of(amount, currency), currency: currency_text }
    }
}

/// A discount on orders, borne by the platform or by a seller.
#[derive(Description)]
pub struct Coupon(pub(super) CouponRow);

#[Object(use_type_description)]
impl Coupon {
    /// Its code, which buyers name.
    async fn code(&self) -> &str {
        &self.0.coupon
    }

    /// The share it takes off, in basis points, if it takes a share.
    async fn percent(&self) -> Option<i32> {
        self.0.percent
    }

    /// The amount it takes off, if it takes an amount.
    async fn amount(&self) -> Option<CouponAmount> {
        Some(CouponAmount::of(self.0.amount?, self.0.currency.as_deref()?))
    }

    /// Who bears it.
    async fn bearer(&self) -> Result<CouponBearer> {
        CouponBearer::of(&self.0.bearer)
    }

    /// The wallet of the seller who bears it, if one does.
    async fn seller_id(&self) -> Option<Uuid> {
        self.0.seller
    }

    /// Since when it can be used.
    async fn valid_from(&self) -> Option<DateTime<Utc>> {
        self.0.valid_from
    }

    /// Until when it can be used.
    async fn valid_to(&self) -> Option<DateTime<Utc>> {
        self.0.valid_to
    }

    /// How many orders may use it; none where as many as like.
    async fn uses(&self) -> Option<i64> {
        self.0.uses
    }

    /// How many orders were placed with it and not paid yet.
    async fn reserved(&self) -> i64 {
        self.0.reserved
    }

    /// How many were paid with it.
    async fn redeemed(&self) -> i64 {
        self.0.redeemed
    }

    /// How many more may use it; none where as many as like.
    async fn uses_left(&self) -> Option<i64> {
        self.0.uses.map(|uses| uses - self.0.reserved - self.0.redeemed)
    }

    /// How much has to be bought at least of what it is for.
    async fn minimum(&self) -> Option<CouponAmount> {
        Some(CouponAmount::of(self.0.minimum?, self.0.minimum_currency.as_deref()?))
    }

    /// What it has cost whoever bears it, of paid orders less what was given back of them, one
    /// amount per currency.
    async fn costs(&self) -> Result<Vec<CouponAmount>> {
        let costs = serde_json::from_value::<BTreeMap<String, Decimal>>(self.0.costs.clone());
        let costs =
            costs.map_err(|_| fault::unavailable("the read models are of another version"))?;
        Ok(costs.into_iter().map(|(currency, cost)| CouponAmount::of(cost, &currency)).collect())
    }

    /// Whether nobody can use it any more.
    async fn disabled(&self) -> bool {
        self.0.disabled
    }

    /// When it was given out.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The last revision that changed it itself.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

/// How many places of something there are, and what is taken of them.
#[derive(Description)]
pub struct Capacity(pub(super) CapacityRow);

#[Object(use_type_description)]
impl Capacity {
    /// Of what.
    async fn name(&self) -> &str {
        &self.0.capacity
    }

    /// How many there are.
    async fn places(&self) -> i64 {
        self.0.places
    }

    /// How many are in orders that are not paid yet.
    async fn reserved(&self) -> i64 {
        self.0.reserved
    }

    /// How many are paid.
    async fn sold(&self) -> i64 {
        self.0.sold
    }

    /// How many can still be ordered.
    async fn left(&self) -> i64 {
        self.0.places - self.0.reserved - self.0.sold
    }

    /// When it was first set.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The last revision that set it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}
