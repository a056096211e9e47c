//! Wallets.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};
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
    /// How much is forbidden while it is frozen: `no_debits` or neither.
    pub freeze_level: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// The revision that opened it.
    pub created_revision: i64,
    /// The last revision that changed it (its money aside).
    pub revision: i64,
}

keyed!(WalletRow);

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

    /// Wallets, of one owner or of all; also those whose member somebody is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wallets(
        &mut self,
        owner: Option<&Subject>,
        member: Option<&Subject>,
        page: Page,
    ) -> Result<Slice<WalletRow>, sqlx::Error> {
        let (ledger, owner) = (self.ledger.clone(), owner.map(ToString::to_string));
        let select = "SELECT * FROM read.wallets
                      WHERE ledger = $1 AND ($2::text IS NULL OR owner = $2 OR wallet IN (
                          SELECT m.wallet FROM read.members m
                          WHERE m.ledger = $1 AND m.subject = $3 AND m.status = 'active'))";
        let member = member.map(ToString::to_string);
        let rows = list(select, 3);
        rows.page(&mut self.transaction, page, |query| query.bind(ledger).bind(owner).bind(member))
            .await
    }
}
