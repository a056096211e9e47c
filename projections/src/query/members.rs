//! Members of wallets.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// Somebody who acts, or acted, for a wallet beside its owner.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct MemberRow {
    pub wallet: Uuid,
    pub subject: String,
    pub owner: String,
    pub may: String,
    pub daily: Option<Decimal>,
    pub currency: Option<String>,
    pub status: String,
    pub by_subject: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(MemberRow);

impl Snapshot {
    /// The members of a wallet, those who were revoked too if `all`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members(
        &mut self,
        wallet: Uuid,
        all: bool,
        page: Page,
    ) -> Result<Slice<MemberRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = "SELECT * FROM read.members
                      WHERE ledger = $1 AND wallet = $2 AND ($3 OR status = 'active')";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(wallet).bind(all))
            .await
    }
}
