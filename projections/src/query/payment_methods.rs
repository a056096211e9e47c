//! Payment methods.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

/// A way to pay and to be paid.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns say what they are; its table's file in schema/ says more"
)]
pub struct PaymentMethodRow {
    pub method: Uuid,
    pub wallet: Uuid,
    pub owner: String,
    pub provider: String,
    pub kind: String,
    pub token: String,
    pub hint: Option<String>,
    pub is_default: bool,
    pub status: String,
    pub reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub created_revision: i64,
    pub revision: i64,
}

keyed!(PaymentMethodRow);

impl Snapshot {
    /// The payment method with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payment_method(
        &mut self,
        id: Uuid,
    ) -> Result<Option<PaymentMethodRow>, sqlx::Error> {
        sqlx::query_as("SELECT * FROM read.payment_methods WHERE ledger = $1 AND method = $2")
            .bind(&self.ledger)
            .bind(id)
            .fetch_optional(&mut *self.transaction)
            .await
    }

    /// The payment methods of a wallet, those that are disabled too if `all`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payment_methods(
        &mut self,
        wallet: Uuid,
        all: bool,
        page: Page,
    ) -> Result<Slice<PaymentMethodRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = "SELECT * FROM read.payment_methods
                      WHERE ledger = $1 AND wallet = $2 AND ($3 OR status = 'active')";
        list(select, 3)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(wallet).bind(all))
            .await
    }
}
