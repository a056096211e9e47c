//! Which secrets were made, and which are not needed any more. The secrets themselves are in the vault.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::{LedgerId, Reference};

use super::Store;

impl Store {
    /// Forgets the secrets before rotations whose time is over; says which, so that they are erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_former(
        &self,
        ledger: &LedgerId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Reference>, sqlx::Error> {
        let sql = "WITH over AS (SELECT ledger, endpoint, former FROM outgoing.endpoint \
                       WHERE ledger = $1 AND former_until <= $2 FOR UPDATE) \
                   UPDATE outgoing.endpoint e SET former = NULL, former_until = NULL \
                   FROM over WHERE e.ledger = over.ledger AND e.endpoint = over.endpoint \
                   RETURNING over.former";
        let former: Vec<String> =
            sqlx::query_scalar(sql).bind(ledger.as_str()).bind(now).fetch_all(&self.pool).await?;
        Ok(former.into_iter().filter_map(|text| text.parse().ok()).collect())
    }

    /// Where in the vault the secret is that a command makes: the one given, unless it made one
    /// before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn secret_of(
        &self,
        ledger: &LedgerId,
        subject: &str,
        command: Uuid,
        made: Option<&Reference>,
    ) -> Result<Option<Reference>, sqlx::Error> {
        if let Some(made) = made {
            let sql = "INSERT INTO outgoing.secret (ledger, subject, command, reference) \
                       VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
            let inserted = sqlx::query(sql)
                .bind(ledger.as_str())
                .bind(subject)
                .bind(command)
                .bind(made.as_str());
            inserted.execute(&self.pool).await?;
        }
        let sql = "SELECT reference FROM outgoing.secret \
                   WHERE ledger = $1 AND subject = $2 AND command = $3";
        let found = sqlx::query_scalar(sql).bind(ledger.as_str()).bind(subject).bind(command);
        let found: Option<String> = found.fetch_optional(&self.pool).await?;
        Ok(found.and_then(|text| text.parse().ok()))
    }

    /// Forgets that a command made a secret: it was refused, and nothing signs with it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_secret(
        &self,
        ledger: &LedgerId,
        place: &Reference,
    ) -> Result<(), sqlx::Error> {
        let sql = "DELETE FROM outgoing.secret WHERE ledger = $1 AND reference = $2";
        let deleted = sqlx::query(sql).bind(ledger.as_str()).bind(place.as_str());
        deleted.execute(&self.pool).await?;
        Ok(())
    }
}
