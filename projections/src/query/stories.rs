//! Stories: the events that came of one another.

use super::Snapshot;

/// The most events of a story that are given.
const LONGEST: i64 = 200;

impl Snapshot {
    /// The first revisions of the story that `first` is of, to `last`, and those two in any case: as many
    /// as a person would look through.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn story(&mut self, first: i64, last: i64) -> Result<Vec<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT revision FROM (
                 SELECT $2::bigint AS revision
                 UNION SELECT $3::bigint
                 UNION (SELECT e.revision FROM read.events e
                        WHERE e.ledger = $1 AND e.revision BETWEEN $2 AND $3
                          AND e.correlation_id = (
                              SELECT correlation_id FROM read.events
                              WHERE ledger = $1 AND revision = $2)
                        ORDER BY e.revision LIMIT $4)) AS story
             ORDER BY revision",
        )
        .bind(&self.ledger)
        .bind(first)
        .bind(last)
        .bind(LONGEST)
        .fetch_all(&mut *self.transaction)
        .await
    }
}
