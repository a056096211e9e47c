//! Wallets, pay-ins, escrows, withdrawals, suspense.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::List;
use super::{Key, Page, Slice, Snapshot};
use cauri_domain::Subject;

/// A wallet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WalletRow {
    /// Its id.
    pub wallet: Uuid,
    /// Whose it is.
    pub owner: String,
    /// active, frozen or closed.
    pub status: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// The revision that opened it.
    pub created_revision: i64,
    /// The last revision that changed it (its money aside).
    pub revision: i64,
}

/// A pay-in.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct PayinRow {
    pub payin: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub amount: Decimal,
    pub currency: String,
    pub provider: String,
    pub status: String,
    pub object: Option<String>,
    pub reason: Option<String>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// An escrow.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct EscrowRow {
    pub escrow: Uuid,
    pub buyer: Uuid,
    pub buyer_owner: String,
    pub seller: Uuid,
    pub seller_owner: String,
    pub amount: Decimal,
    pub currency: String,
    pub inspection_s: i64,
    pub commission_bp: i32,
    pub status: String,
    pub auto_release_at: Option<DateTime<Utc>>,
    pub commission: Option<Decimal>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// A withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct WithdrawalRow {
    pub withdrawal: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub amount: Decimal,
    pub currency: String,
    pub destination: String,
    pub status: String,
    pub auto_approve_at: DateTime<Utc>,
    pub provider: Option<String>,
    pub object: Option<String>,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

/// Money that came in and matched to nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct SuspenseRow {
    pub created_revision: i64,
    pub provider: String,
    pub object: Option<String>,
    pub payin: Option<Uuid>,
    pub withdrawal: Option<Uuid>,
    pub amount: Decimal,
    pub currency: String,
    pub reason: String,
    pub created_at: DateTime<Utc>,
}

macro_rules! keyed {
    ($($row:ty),*) => { $(
        impl $row {
            /// Its place in lists.
            #[must_use]
            pub const fn key(&self) -> Key {
                Key { revision: self.created_revision, line: 0 }
            }
        }
    )* };
}

keyed!(WalletRow, PayinRow, EscrowRow, WithdrawalRow, SuspenseRow);

/// A list of rows that one revision made each.
const fn list(select: &str, filters: usize) -> List<'_> {
    List { select, revision: "created_revision", line: "0::smallint", filters }
}

impl Snapshot {
    /// The wallet with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wallet(&mut self, id: Uuid) -> Result<Option<WalletRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.wallets WHERE ledger = $1 AND wallet = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Wallets, of one owner or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wallets(
        &mut self,
        owner: Option<&Subject>,
        page: Page,
    ) -> Result<Slice<WalletRow>, sqlx::Error> {
        let (ledger, owner) = (self.ledger.clone(), owner.map(ToString::to_string));
        let select = "SELECT * FROM read.wallets
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)";
        let rows = list(select, 2);
        rows.page(&mut self.transaction, page, |query| query.bind(ledger).bind(owner)).await
    }

    /// The pay-in with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payin(&mut self, id: Uuid) -> Result<Option<PayinRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.payins WHERE ledger = $1 AND payin = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Pay-ins, of one owner or of all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payins(
        &mut self,
        owner: Option<&Subject>,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<PayinRow>, sqlx::Error> {
        let (ledger, owner) = (self.ledger.clone(), owner.map(ToString::to_string));
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.payins
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::text IS NULL OR status = $3)";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(owner).bind(status))
            .await
    }

    /// The escrow with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn escrow(&mut self, id: Uuid) -> Result<Option<EscrowRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.escrows WHERE ledger = $1 AND escrow = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Escrows in which one owner buys or sells, or all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn escrows(
        &mut self,
        party: Option<&Subject>,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<EscrowRow>, sqlx::Error> {
        let (ledger, party) = (self.ledger.clone(), party.map(ToString::to_string));
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.escrows
                      WHERE ledger = $1
                        AND ($2::text IS NULL OR buyer_owner = $2 OR seller_owner = $2)
                        AND ($3::text IS NULL OR status = $3)";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(party).bind(status))
            .await
    }

    /// The withdrawal with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdrawal(&mut self, id: Uuid) -> Result<Option<WithdrawalRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.withdrawals WHERE ledger = $1 AND withdrawal = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// Withdrawals, of one owner or of all, in one status or in any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdrawals(
        &mut self,
        owner: Option<&Subject>,
        status: Option<&str>,
        page: Page,
    ) -> Result<Slice<WithdrawalRow>, sqlx::Error> {
        let (ledger, owner) = (self.ledger.clone(), owner.map(ToString::to_string));
        let status = status.map(str::to_owned);
        let select = "SELECT * FROM read.withdrawals
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2)
                        AND ($3::text IS NULL OR status = $3)";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(owner).bind(status))
            .await
    }

    /// Money in suspense.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspense(&mut self, page: Page) -> Result<Slice<SuspenseRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        list("SELECT * FROM read.suspense_items WHERE ledger = $1", 1)
            .page(&mut self.transaction, page, |query| query.bind(ledger))
            .await
    }
}
