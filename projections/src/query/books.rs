//! Balances, statements, the journal, the trial balance.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::List;
use super::{Key, Page, Slice, Snapshot};
use cauri_domain::{Code, Currency};

/// A balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BalanceRow {
    /// The currency.
    pub currency: String,
    /// On the account's normal side, in major units.
    pub balance: Decimal,
    /// The last revision that changed it.
    pub revision: i64,
}

/// One line of a statement or of an entry, with the event it is part of.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct PostingRow {
    pub revision: i64,
    pub line: i16,
    pub account: String,
    pub class: String,
    pub side: String,
    pub amount: Decimal,
    pub currency: String,
    pub balance_after: Decimal,
    pub effective_on: NaiveDate,
    pub posted_on: NaiveDate,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub recorded_at: DateTime<Utc>,
    pub category: Option<String>,
    pub reference: Option<String>,
    pub command_id: Uuid,
    pub correlation_id: Uuid,
    pub causation: Option<i64>,
    pub subject: String,
    pub role: String,
    pub key_id: Option<String>,
}

/// An event's envelope.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct EventRow {
    pub revision: i64,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub recorded_at: DateTime<Utc>,
    pub command_id: Uuid,
    pub correlation_id: Uuid,
    pub causation: Option<i64>,
    pub subject: String,
    pub role: String,
    pub category: Option<String>,
    pub reference: Option<String>,
    pub dimensions: Option<serde_json::Value>,
    pub hash: String,
    pub key_id: Option<String>,
}

/// One account and currency in the trial balance.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct TrialBalanceRow {
    pub account: String,
    pub class: String,
    pub currency: String,
    pub debits: Decimal,
    pub credits: Decimal,
    pub balance: Decimal,
}

/// The sums of one currency: debits and credits are equal.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct TrialBalanceTotal {
    pub currency: String,
    pub debits: Decimal,
    pub credits: Decimal,
}

impl PostingRow {
    /// Its place in lists.
    #[must_use]
    pub const fn key(&self) -> Key {
        Key { revision: self.revision, line: self.line }
    }
}

impl EventRow {
    /// Its place in lists.
    #[must_use]
    pub const fn key(&self) -> Key {
        Key { revision: self.revision, line: 0 }
    }
}

const POSTING: &str = "
SELECT p.revision, p.line, p.account, p.class, p.side, p.amount, p.currency, p.balance_after,
       p.effective_on, p.posted_on, e.type, e.recorded_at, e.category, e.reference, e.command_id, e.correlation_id,
       e.causation, e.subject, e.role, e.key_id
FROM read.postings p JOIN read.events e ON e.ledger = p.ledger AND e.revision = p.revision ";

impl Snapshot {
    /// What a wallet can spend, in every currency it ever held.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn balances(&mut self, wallet: Uuid) -> Result<Vec<BalanceRow>, sqlx::Error> {
        sqlx::query_as(
            "SELECT currency, balance, revision FROM read.balances
             WHERE ledger = $1 AND wallet = $2 ORDER BY currency",
        )
        .bind(&self.ledger)
        .bind(wallet)
        .fetch_all(&mut *self.transaction)
        .await
    }

    /// A wallet's statement.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn statement(
        &mut self,
        wallet: Uuid,
        currency: Option<Currency>,
        category: Option<&Code>,
        up_to: Option<i64>,
        page: Page,
    ) -> Result<Slice<PostingRow>, sqlx::Error> {
        let (ledger, currency) = (self.ledger.clone(), currency.map(|c| c.code().to_owned()));
        let category = category.map(ToString::to_string);
        let select = format!(
            "{POSTING} WHERE p.ledger = $1 AND p.wallet = $2
                AND ($3::text IS NULL OR p.currency = $3)
                AND ($4::text IS NULL OR e.category = $4)
                AND ($5::bigint IS NULL OR p.revision <= $5)"
        );
        List { select: &select, revision: "p.revision", line: "p.line", filters: 5 }
            .page(&mut self.transaction, page, |query| {
                query.bind(ledger).bind(wallet).bind(currency).bind(category).bind(up_to)
            })
            .await
    }

    /// All events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events(&mut self, page: Page) -> Result<Slice<EventRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = "SELECT * FROM read.events WHERE ledger = $1";
        List { select, revision: "revision", line: "0::smallint", filters: 1 }
            .page(&mut self.transaction, page, |query| query.bind(ledger))
            .await
    }

    /// The postings of some events, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postings(&mut self, revisions: &[i64]) -> Result<Vec<PostingRow>, sqlx::Error> {
        let sql = const {
            "SELECT p.revision, p.line, p.account, p.class, p.side, p.amount, p.currency,
                    p.balance_after, p.effective_on, p.posted_on, e.type, e.recorded_at, e.category, e.reference,
                    e.command_id, e.correlation_id, e.causation, e.subject, e.role, e.key_id
             FROM read.postings p
             JOIN read.events e ON e.ledger = p.ledger AND e.revision = p.revision
             WHERE p.ledger = $1 AND p.revision = ANY($2) ORDER BY p.revision, p.line"
        };
        sqlx::query_as(sql)
            .bind(&self.ledger)
            .bind(revisions)
            .fetch_all(&mut *self.transaction)
            .await
    }

    /// Every account that was ever posted to, and the sums of each currency.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trial_balance(
        &mut self,
    ) -> Result<(Vec<TrialBalanceRow>, Vec<TrialBalanceTotal>), sqlx::Error> {
        let rows = sqlx::query_as(
            "SELECT account, class, currency, debits, credits, balance FROM read.balances
             WHERE ledger = $1 ORDER BY currency, class, account",
        )
        .bind(&self.ledger)
        .fetch_all(&mut *self.transaction)
        .await?;
        let totals = sqlx::query_as(
            "SELECT currency, sum(debits) AS debits, sum(credits) AS credits FROM read.balances
             WHERE ledger = $1 GROUP BY currency ORDER BY currency",
        )
        .bind(&self.ledger)
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok((rows, totals))
    }
}
