//! Generations: sets of read-model tables, one of which is served.
//!
//! Each has a Postgres schema of its own, `read_{id}`. The schema `read` holds views with the
//! tables' names, which point at the live generation; serving another one is a swap of views in
//! one transaction.

use std::fmt;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use crate::READ_MODEL_VERSION;

/// The tables of a generation.
pub const TABLES: &[&str] = &[
    "settings",
    "wallets",
    "balances",
    "events",
    "postings",
    "payins",
    "escrows",
    "withdrawals",
    "suspense_items",
];

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
        // One at a time: the lock goes with the transaction.
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
        transaction.execute(include_str!("schema.sql")).await?;
        transaction.commit().await?;
        Ok(generation)
    }

    /// Serves this generation from now on; the one before is retired.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn make_live(self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut transaction = pool.begin().await?;
        transaction.execute("LOCK TABLE cauri.generation IN EXCLUSIVE MODE").await?;
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
        transaction.commit().await
    }

    /// Removes every generation that is neither live nor `building`.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn drop_others(pool: &PgPool, building: Option<Self>) -> Result<(), sqlx::Error> {
        let rows = sqlx::query("SELECT id FROM cauri.generation WHERE status <> 'live'")
            .fetch_all(pool)
            .await?;
        let others = rows.iter().map(|row| Self(row.get(0)));
        for generation in others.filter(|generation| Some(*generation) != building) {
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

    /// Lets unqualified names mean this generation's tables, until the transaction ends.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn enter(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let path = format!("SET LOCAL search_path TO {}", self.schema());
        connection.execute(AssertSqlSafe(path)).await.map(drop)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
