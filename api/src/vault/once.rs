//! Keeping a thing for a command, which may be asked again and is done once.

use cauri_domain::{LedgerId, Subject};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{NewItem, Vault, VaultError, VaultRef};

/// How keeping something for a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// It is kept, now.
    Kept(VaultRef),
    /// It was kept before, for the same command; perhaps it was erased since.
    Before(VaultRef),
    /// Something else was kept for a command of this id.
    Differs,
}

impl Vault {
    /// Keeps a thing for the command that `asker` sent under this id: once, however often it is
    /// asked.
    ///
    /// # Errors
    /// As [`Vault::put`].
    pub async fn put_once(
        &self,
        ledger: &LedgerId,
        item: NewItem<'_>,
        asker: &Subject,
        command: Uuid,
    ) -> Result<Once, VaultError> {
        if let Some(known) = self.kept_for(ledger, asker, command).await? {
            return self.compare(ledger, known, &item).await;
        }
        let (kind, plain) = (item.kind, item.plain);
        let reference = self.put(ledger, item.subject, kind, plain).await?;
        let bound = sqlx::query(
            "INSERT INTO vault.command (ledger, subject, command, reference)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(ledger.as_str())
        .bind(asker.as_str())
        .bind(command)
        .bind(reference.as_str())
        .execute(&self.pool)
        .await?;
        if bound.rows_affected() == 1 {
            return Ok(Once::Kept(reference));
        }
        // The same command was asked at the same time, and that one was quicker.
        self.erase_item(ledger, &reference).await?;
        match self.kept_for(ledger, asker, command).await? {
            Some(known) => self.compare(ledger, known, &item).await,
            None => Err(VaultError::NotFound),
        }
    }

    async fn kept_for(
        &self,
        ledger: &LedgerId,
        asker: &Subject,
        command: Uuid,
    ) -> Result<Option<VaultRef>, VaultError> {
        let found: Option<String> = sqlx::query_scalar(
            "SELECT reference FROM vault.command
             WHERE ledger = $1 AND subject = $2 AND command = $3",
        )
        .bind(ledger.as_str())
        .bind(asker.as_str())
        .bind(command)
        .fetch_optional(&self.pool)
        .await?;
        found.map(|text| text.parse().map_err(|_| VaultError::Tampered)).transpose()
    }

    async fn compare(
        &self,
        ledger: &LedgerId,
        known: VaultRef,
        item: &NewItem<'_>,
    ) -> Result<Once, VaultError> {
        let described = self.describe(ledger, &known).await?.ok_or(VaultError::NotFound)?;
        if described.subject != item.subject.as_str() || described.kind != Some(item.kind) {
            return Ok(Once::Differs);
        }
        match self.get(ledger, &known).await {
            Ok(kept) if bool::from(kept.expose_secret().as_slice().ct_eq(item.plain)) => {
                Ok(Once::Before(known))
            }
            Ok(_) => Ok(Once::Differs),
            // What it was, nobody can tell any more.
            Err(VaultError::Erased { .. }) => Ok(Once::Before(known)),
            Err(error) => Err(error),
        }
    }
}
