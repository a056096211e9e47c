//! Orders, coupons, capacities and entitlements.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot, Whose};
use cauri_domain::Subject;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct OrderRow {
    pub sale: Uuid,
    pub buyer: Uuid,
    pub owner: String,
    pub currency: String,
    pub subtotal: Decimal,
    pub discount: Decimal,
    pub total: Decimal,
    pub coupon: Option<String>,
    pub bearer: Option<String>,
    pub delivery_fee: Option<Decimal>,
    pub courier: Option<Uuid>,
    pub taxes: serde_json::Value,
    pub agreed: serde_json::Value,
    pub fulfilment: String,
    pub paid: Decimal,
    pub refunded: Decimal,
    pub payin: Option<Uuid>,
    pub status: String,
    pub reason: Option<String>,
    pub pay_by: DateTime<Utc>,
    pub settle_at: Option<DateTime<Utc>>,
    pub settled_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct OrderLineRow {
    pub number: i32,
    pub seller: Uuid,
    pub owner: String,
    pub kind: String,
    pub unit_price: Decimal,
    pub quantity: i64,
    pub gross: Decimal,
    pub discount: Decimal,
    pub price: Decimal,
    pub refunded: Decimal,
    pub returned: i64,
    pub capacity: Option<String>,
    pub entitlements: serde_json::Value,
}

/// What was given back of an order, once.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct OrderRefundRow {
    pub refund: Option<Uuid>,
    pub reason: String,
    pub currency: String,
    pub to_buyer: Decimal,
    pub promotion: Decimal,
    pub delivery: Decimal,
    pub lines: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub created_revision: i64,
}

/// A coupon, how often it is used, and what it has cost whoever bears it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct CouponRow {
    pub coupon: String,
    pub percent: Option<i32>,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    pub bearer: String,
    pub seller: Option<Uuid>,
    pub valid_from: Option<DateTime<Utc>>,
    pub valid_to: Option<DateTime<Utc>>,
    pub uses: Option<i64>,
    pub minimum: Option<Decimal>,
    pub minimum_currency: Option<String>,
    pub disabled: bool,
    pub reserved: i64,
    pub redeemed: i64,
    /// Currency to decimal text, of orders that are paid.
    pub costs: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// A capacity, and what is taken of it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct CapacityRow {
    pub capacity: String,
    pub places: i64,
    pub reserved: i64,
    pub sold: i64,
    pub created_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// What somebody may use.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct EntitlementRow {
    pub entitlement: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub first_wallet: Uuid,
    pub kind: String,
    pub seller: Option<Uuid>,
    pub sale: Option<Uuid>,
    pub line: Option<i32>,
    pub ends_at: Option<DateTime<Utc>>,
    pub status: String,
    pub used: Option<String>,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(OrderRow, CouponRow, CapacityRow, EntitlementRow);

/// Which orders.
#[derive(Debug, Clone, Default)]
pub struct OrdersOf {
    /// Of this person, who buys or sells in them.
    pub person: Option<Subject>,
    /// Of this wallet, which buys or sells in them.
    pub wallet: Option<Uuid>,
    /// Bought by this wallet.
    pub buyer: Option<Uuid>,
    /// With a line of this seller's wallet.
    pub seller: Option<Uuid>,
    /// That stand there.
    pub status: Option<&'static str>,
}

/// Which entitlements.
#[derive(Debug, Clone, Default)]
pub struct EntitlementsOf {
    /// Of this person.
    pub owner: Option<Subject>,
    /// Of this wallet.
    pub wallet: Option<Uuid>,
    /// Bought with this order.
    pub sale: Option<Uuid>,
    /// That stand there.
    pub status: Option<&'static str>,
}

const ORDERS: &str = "SELECT sale, buyer, owner, currency, subtotal, discount, total, coupon, bearer,
           delivery_fee, courier, taxes, agreed, fulfilment, paid, refunded, payin, status, reason,
           pay_by, settle_at, settled_by, created_at, updated_at, created_revision, revision
    FROM read.orders o
    WHERE ledger = $1 AND ($2::uuid IS NULL OR sale = $2)
      AND ($3::text IS NULL OR owner = $3 OR EXISTS (
          SELECT 1 FROM read.order_lines l WHERE l.ledger = $1 AND l.sale = o.sale AND l.owner = $3))
      AND ($4::uuid IS NULL OR buyer = $4)
      AND ($5::uuid IS NULL OR EXISTS (
          SELECT 1 FROM read.order_lines l WHERE l.ledger = $1 AND l.sale = o.sale AND l.seller = $5))
      AND ($6::text IS NULL OR status = $6)
      AND ($7::uuid IS NULL OR buyer = $7 OR EXISTS (
          SELECT 1 FROM read.order_lines l WHERE l.ledger = $1 AND l.sale = o.sale AND l.seller = $7))";

// A use is taken by every order that was not given up; it costs once that order is paid, less what
// came back of it.
const COUPONS: &str = "SELECT * FROM (
    SELECT c.*, w.owner,
           (SELECT count(*) FROM read.orders o WHERE o.ledger = c.ledger AND o.coupon = c.coupon
              AND o.status = 'placed') AS reserved,
           (SELECT count(*) FROM read.orders o WHERE o.ledger = c.ledger AND o.coupon = c.coupon
              AND o.status IN ('paid', 'delivered', 'settled', 'refunded')) AS redeemed,
           (SELECT coalesce(jsonb_object_agg(of.currency, of.cost::text), '{}') FROM (
               SELECT o.currency, sum(o.discount - o.promotion_back) AS cost FROM read.orders o
               WHERE o.ledger = c.ledger AND o.coupon = c.coupon
                 AND o.status IN ('paid', 'delivered', 'settled', 'refunded')
               GROUP BY o.currency) AS of) AS costs
    FROM read.coupons c
    LEFT JOIN read.wallets w ON w.ledger = c.ledger AND w.wallet = c.seller) AS t
    WHERE ledger = $1 AND ($2::text IS NULL OR coupon = $2) AND ($3::text IS NULL OR owner = $3)
      AND ($4::uuid IS NULL OR seller = $4)";

const CAPACITIES: &str = "SELECT * FROM (
    SELECT c.*, taken.reserved, taken.sold FROM read.capacities c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(l.quantity) FILTER (WHERE o.status = 'placed'), 0)::bigint AS reserved,
               coalesce(sum(l.quantity - l.returned) FILTER (
                   WHERE o.status IN ('paid', 'delivered', 'settled', 'refunded')), 0)::bigint AS sold
        FROM read.order_lines l
        JOIN read.orders o ON o.ledger = l.ledger AND o.sale = l.sale
        WHERE l.ledger = c.ledger AND l.capacity = c.capacity) AS taken) AS t
    WHERE ledger = $1 AND ($2::text IS NULL OR capacity = $2)";

const ENTITLEMENTS: &str = "SELECT * FROM (
    SELECT e.*, w.owner FROM read.entitlements e
    JOIN read.wallets w ON w.ledger = e.ledger AND w.wallet = e.wallet) AS t
    WHERE ledger = $1 AND ($2::uuid IS NULL OR entitlement = $2) AND ($3::text IS NULL OR owner = $3)
      AND ($4::uuid IS NULL OR wallet = $4) AND ($5::uuid IS NULL OR sale = $5)
      AND ($6::text IS NULL OR status = $6)";

impl Snapshot {
    /// The order with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order(&mut self, id: Uuid) -> Result<Option<OrderRow>, sqlx::Error> {
        let slice = self.some_orders(Some(id), OrdersOf::default(), Page::first(1)).await?;
        Ok(slice.rows.into_iter().next())
    }

    /// Orders, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orders(
        &mut self,
        of: OrdersOf,
        page: Page,
    ) -> Result<Slice<OrderRow>, sqlx::Error> {
        self.some_orders(None, of, page).await
    }

    async fn some_orders(
        &mut self,
        id: Option<Uuid>,
        of: OrdersOf,
        page: Page,
    ) -> Result<Slice<OrderRow>, sqlx::Error> {
        let (ledger, person) = (self.ledger.clone(), of.person.map(|it| it.to_string()));
        list(ORDERS, 7)
            .page(&mut self.transaction, page, |query| {
                let query = query.bind(ledger).bind(id).bind(person);
                query.bind(of.buyer).bind(of.seller).bind(of.status).bind(of.wallet)
            })
            .await
    }

    /// The lines of an order, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_lines(&mut self, sale: Uuid) -> Result<Vec<OrderLineRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM read.order_lines WHERE ledger = $1 AND sale = $2 ORDER BY number",
        )
        .bind(&self.ledger)
        .bind(sale)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// What was given back of an order, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn order_refunds(&mut self, sale: Uuid) -> Result<Vec<OrderRefundRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT * FROM read.order_refunds WHERE ledger = $1 AND sale = $2 ORDER BY place",
        )
        .bind(&self.ledger)
        .bind(sale)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// Coupons, newest first: of this code, or borne by this seller.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn coupons(
        &mut self,
        code: Option<&str>,
        whose: Whose,
        page: Page,
    ) -> Result<Slice<CouponRow>, sqlx::Error> {
        let (ledger, (owner, wallet)) = (self.ledger.clone(), whose.columns());
        let code = code.map(str::to_owned);
        list(COUPONS, 4)
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(code).bind(owner).bind(wallet)
            })
            .await
    }

    /// Capacities, newest first: of this name, or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn capacities(
        &mut self,
        name: Option<&str>,
        page: Page,
    ) -> Result<Slice<CapacityRow>, sqlx::Error> {
        let (ledger, name) = (self.ledger.clone(), name.map(str::to_owned));
        list(CAPACITIES, 2)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(name))
            .await
    }

    /// The entitlement with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entitlement(&mut self, id: Uuid) -> Result<Option<EntitlementRow>, sqlx::Error> {
        let slice = self.some_entitlements(Some(id), EntitlementsOf::default(), Page::first(1));
        Ok(slice.await?.rows.into_iter().next())
    }

    /// Entitlements, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entitlements(
        &mut self,
        of: EntitlementsOf,
        page: Page,
    ) -> Result<Slice<EntitlementRow>, sqlx::Error> {
        self.some_entitlements(None, of, page).await
    }

    async fn some_entitlements(
        &mut self,
        id: Option<Uuid>,
        of: EntitlementsOf,
        page: Page,
    ) -> Result<Slice<EntitlementRow>, sqlx::Error> {
        let (ledger, owner) = (self.ledger.clone(), of.owner.map(|it| it.to_string()));
        list(ENTITLEMENTS, 6)
            .page(&mut self.transaction, page, |query| {
                let query = query.bind(ledger).bind(id).bind(owner);
                query.bind(of.wallet).bind(of.sale).bind(of.status)
            })
            .await
    }
}
