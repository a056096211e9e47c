//! Generations: sets of read-model tables, one of which is served.
//!
//! Each has a Postgres schema of its own, `read_{id}`. The schema `read` holds views with the
//! tables' names, which point at the live generation; serving another one is a swap of views in
//! one transaction.
//!
//! Invariant: who reads holds a shared lock on `cauri.generation`, who swaps holds it alone. So no
//! reader sees two generations, and what is covered never goes back unless it is meant to.

use std::collections::BTreeMap;
use std::fmt;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::READ_MODEL_VERSION;

/// The tables of a generation: one file for each part, in this order.
const SCHEMA: &[&str] = &[
    include_str!("schema/ledger.sql"),
    include_str!("schema/books.sql"),
    include_str!("schema/wallets.sql"),
    include_str!("schema/payins.sql"),
    include_str!("schema/escrows.sql"),
    include_str!("schema/subscriptions.sql"),
    include_str!("schema/refunds.sql"),
    include_str!("schema/chargebacks.sql"),
    include_str!("schema/withdrawals.sql"),
    include_str!("schema/suspense.sql"),
    include_str!("schema/contradictions.sql"),
    include_str!("schema/settlements.sql"),
    include_str!("schema/proposals.sql"),
    include_str!("schema/periods.sql"),
    include_str!("schema/processes.sql"),
    include_str!("schema/holds.sql"),
    include_str!("schema/commission.sql"),
    include_str!("schema/members.sql"),
    include_str!("schema/relations.sql"),
    include_str!("schema/payment_methods.sql"),
    include_str!("schema/aml.sql"),
    include_str!("schema/sales.sql"),
    include_str!("schema/outside.sql"),
];

/// The tables of a generation.
pub const TABLES: &[&str] = &[
    "settings",
    "wallets",
    "balances",
    "events",
    "postings",
    "payins",
    "escrows",
    "plans",
    "subscriptions",
    "usage_days",
    "invoices",
    "refunds",
    "chargebacks",
    "milestones",
    "withdrawals",
    "suspense_items",
    "suspense_held",
    "suspense_movements",
    "contradictions",
    "settlements",
    "settlement_sums",
    "commission_rules",
    "revenue",
    "seller_earnings",
    "commission_report",
    "proposals",
    "periods",
    "calendar",
    "processes",
    "holds",
    "hold_legs",
    "captures",
    "members",
    "relations",
    "payment_methods",
    "flags",
    "risk_holds",
    "orders",
    "order_lines",
    "order_refunds",
    "coupons",
    "capacities",
    "entitlements",
    "earnings",
    "provider_movements",
];

/// The last revision applied of each ledger; -1 before the first.
pub type Checkpoints = BTreeMap<String, i64>;

/// A set of read-model tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub i64);

impl Generation {
    /// The Postgres schema of its tables.
    #[must_use]
    pub fn schema(self) -> String {
        format!("read_{}", self.0)
    }

    /// The generation that is served, and its version.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn live(pool: &PgPool) -> Result<Option<(Self, i32)>, sqlx::Error> {
        let row = sqlx::query("SELECT id, version FROM cauri.generation WHERE status = 'live'")
            .fetch_optional(pool)
            .await?;
        Ok(row.map(|row| (Self(row.get(0)), row.get(1))))
    }

    /// Makes an empty generation, not served yet.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn create(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let mut transaction = pool.begin().await?;
        // One at a time, beside readers: the lock goes with the transaction.
        transaction.execute("LOCK TABLE cauri.generation IN EXCLUSIVE MODE").await?;
        let row = sqlx::query(
            "INSERT INTO cauri.generation (id, version, status)
             SELECT coalesce(max(id), 0) + 1, $1, 'building' FROM cauri.generation RETURNING id",
        )
        .bind(READ_MODEL_VERSION)
        .fetch_one(&mut *transaction)
        .await?;
        let generation = Self(row.get(0));
        let schema = generation.schema();
        // A schema's name cannot be a parameter; it is made of a number.
        let create = format!("CREATE SCHEMA {schema}; SET LOCAL search_path TO {schema};");
        transaction.execute(AssertSqlSafe(create)).await?;
        for tables in SCHEMA {
            transaction.execute(*tables).await?;
        }
        transaction.commit().await?;
        Ok(generation)
    }

    /// Serves this generation from now on, whatever it covers; the one before is retired.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn make_live(self, pool: &PgPool) -> Result<(), sqlx::Error> {
        self.take_over(pool, "0", |_, _| true).await.map(drop)
    }

    /// Serves this generation from now on if what the live one covers and what this one covers
    /// are `enough`; whether it is so. Neither moves while that is judged.
    ///
    /// Readers that come meanwhile wait, so it waits for those that are there for a second at
    /// most, and is then not done.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn make_live_if(
        self,
        pool: &PgPool,
        enough: impl FnOnce(&Checkpoints, &Checkpoints) -> bool,
    ) -> Result<bool, sqlx::Error> {
        match self.take_over(pool, "1s", enough).await {
            Err(error) if is_lock_timeout(&error) => Ok(false),
            other => other,
        }
    }

    async fn take_over(
        self,
        pool: &PgPool,
        patience: &str,
        enough: impl FnOnce(&Checkpoints, &Checkpoints) -> bool,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = pool.begin().await?;
        let lock = format!(
            "SET LOCAL lock_timeout TO '{patience}';
             LOCK TABLE cauri.generation IN ACCESS EXCLUSIVE MODE"
        );
        transaction.execute(AssertSqlSafe(lock)).await?;
        // The live runners' next transactions wait for these rows.
        let before = sqlx::query(
            "SELECT c.ledger, c.revision FROM cauri.checkpoint c
             JOIN cauri.generation g ON g.id = c.generation
             WHERE g.status = 'live' FOR UPDATE OF c",
        )
        .fetch_all(&mut *transaction)
        .await?;
        let now =
            sqlx::query("SELECT ledger, revision FROM cauri.checkpoint WHERE generation = $1")
                .bind(self.0)
                .fetch_all(&mut *transaction)
                .await?;
        let checkpoints = |rows: Vec<sqlx::postgres::PgRow>| -> Checkpoints {
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        };
        if !enough(&checkpoints(before), &checkpoints(now)) {
            return Ok(false);
        }
        transaction
            .execute("UPDATE cauri.generation SET status = 'retired' WHERE status = 'live'")
            .await?;
        sqlx::query("UPDATE cauri.generation SET status = 'live' WHERE id = $1")
            .bind(self.0)
            .execute(&mut *transaction)
            .await?;
        for table in TABLES {
            // Dropped and made anew, since columns may differ between versions.
            let view = format!(
                "DROP VIEW IF EXISTS read.{table};
                 CREATE VIEW read.{table} AS SELECT * FROM {}.{table};",
                self.schema()
            );
            transaction.execute(AssertSqlSafe(view)).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Removes every generation that is not live.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn drop_others(pool: &PgPool) -> Result<(), sqlx::Error> {
        let rows = sqlx::query("SELECT id FROM cauri.generation WHERE status <> 'live'")
            .fetch_all(pool)
            .await?;
        for generation in rows.iter().map(|row| Self(row.get(0))) {
            let mut transaction = pool.begin().await?;
            let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", generation.schema());
            transaction.execute(AssertSqlSafe(drop)).await?;
            sqlx::query("DELETE FROM cauri.generation WHERE id = $1")
                .bind(generation.0)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Begins to write: unqualified names mean this generation's tables until the transaction
    /// ends.
    ///
    /// The log is the truth, and rows and their checkpoint come and go together: losing the last
    /// transactions in a power cut costs nothing but applying them again, so none waits for the
    /// disk.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn enter(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let path = format!(
            "SET LOCAL synchronous_commit TO off; SET LOCAL search_path TO {}",
            self.schema()
        );
        connection.execute(AssertSqlSafe(path)).await.map(drop)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "55P03")
}
