//! How endpoints stand.

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use cauri_domain::LedgerId;

use super::endpoints::read;
use super::{Row, Store};

impl Store {
    /// The endpoints of a ledger that are not removed, each with the time when its next event was
    /// first tried, where it was not taken then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn standing(
        &self,
        ledger: &LedgerId,
    ) -> Result<Vec<(Row, Option<DateTime<Utc>>)>, sqlx::Error> {
        let sql = "SELECT e.*, d.first_at AS tried_since FROM outgoing.endpoint e \
                   LEFT JOIN outgoing.delivery d ON d.ledger = e.ledger \
                       AND d.endpoint = e.endpoint AND d.revision = e.next AND d.state = 'waiting' \
                   WHERE e.ledger = $1 ORDER BY e.endpoint";
        let rows = sqlx::query(sql).bind(ledger.as_str()).fetch_all(&self.pool).await?;
        let read = |row: &PgRow| -> Result<_, sqlx::Error> {
            Ok((read(row)?, row.try_get("tried_since")?))
        };
        rows.iter().map(read).collect()
    }
}
