//! Money that came in and matched to nothing yet.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::page::{keyed, list};
use super::{Page, Slice, Snapshot};

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
    /// What of it is in suspense still.
    pub held: Decimal,
}

keyed!(SuspenseRow);

/// Items with what of each is there still. What a payment has in suspense is told once, by the newest
/// of its items up to the amount of each, as ages count it: money that left and came back is the item
/// that it came back as. The oldest one has what no other has.
const ITEMS: &str = "
    SELECT i.*, CASE
        WHEN coalesce(h.held, 0) = 0 THEN 0
        WHEN o.newer IS NULL AND o.has_older THEN least(i.amount, h.held)
        WHEN o.newer IS NULL THEN h.held
        WHEN o.has_older THEN greatest(least(i.amount, h.held - o.newer), 0)
        ELSE greatest(h.held - o.newer, 0)
    END AS held
    FROM read.suspense_items i
    LEFT JOIN read.suspense_held h ON h.ledger = i.ledger AND h.provider = i.provider
     AND h.object = coalesce(i.object, '') AND h.currency = i.currency
    LEFT JOIN LATERAL (
        SELECT sum(m.amount) FILTER (WHERE m.revision > i.created_revision) AS newer,
               coalesce(bool_or(m.revision < i.created_revision), false) AS has_older
        FROM read.suspense_movements m
        WHERE h.held <> 0 AND m.ledger = i.ledger AND m.provider = i.provider
          AND m.object = coalesce(i.object, '') AND m.currency = i.currency AND m.amount > 0
    ) AS o ON true";

impl Snapshot {
    /// Money that was put into suspense: all that ever was, or only what is there still, or only
    /// what is not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspense(
        &mut self,
        open: Option<bool>,
        page: Page,
    ) -> Result<Slice<SuspenseRow>, sqlx::Error> {
        let ledger = self.ledger.clone();
        let select = format!(
            "SELECT * FROM ({ITEMS}) AS items
             WHERE ledger = $1 AND ($2::boolean IS NULL OR (held <> 0) = $2)"
        );
        list(&select, 2)
            .page(&mut self.transaction, page, |query| query.bind(ledger).bind(open))
            .await
    }
}
