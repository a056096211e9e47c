//! Does the erasures that a ledger's log tells of: soon after they are recorded, and again where a
//! restored backup has brought back what was erased since it was made.

use std::time::Duration;

use cauri_domain::{Event, LedgerId, Revision, Subject};
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;
use futures::StreamExt as _;

use super::{Vault, VaultError};

/// After so many revisions it is remembered how far the log was read, where nothing was erased.
const REMEMBER_EVERY: u64 = 10_000;

/// How long to wait where the database or the log does not answer.
const PAUSE: Duration = Duration::from_secs(1);

impl Vault {
    /// Follows a ledger's log and erases as it says, until it is dropped. What fails is tried again.
    pub async fn follow_erasures(self, engine: Engine) {
        loop {
            match self.erase_as_told(&engine).await {
                Ok(()) => {
                    tracing::warn!(ledger = %engine.ledger(), "the log ended: it is followed again")
                }
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(ledger = %engine.ledger(), error, "erasures wait for the vault");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Up to where the erasures of a ledger's log are done; `None` where none was looked for yet.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`].
    pub async fn erasures_done(&self, ledger: &LedgerId) -> Result<Option<Revision>, VaultError> {
        let done: Option<i64> =
            sqlx::query_scalar("SELECT revision FROM vault.erasures_done WHERE ledger = $1")
                .bind(ledger.as_str())
                .fetch_optional(&self.pool)
                .await?;
        Ok(done.map(|revision| Revision(revision.unsigned_abs())))
    }

    async fn erase_as_told(&self, engine: &Engine) -> Result<(), VaultError> {
        let ledger = engine.ledger();
        let head = engine.head();
        let done = match self.erasures_done(ledger).await? {
            // A log that was restored may end before what was done.
            Some(revision) => Head::At(revision).min(head),
            // Where nothing is kept, nothing can have come back.
            None if !self.keeps_something(ledger).await? => head,
            None => Head::Empty,
        };
        if let Head::At(revision) = done {
            self.remember(&mut *self.pool.acquire().await?, ledger, revision).await?;
        }
        // As soon as what was there is read, then now and then.
        let mut remember_at =
            if done < head { head.next().0 } else { done.next().0 + REMEMBER_EVERY };
        let mut events = engine.follow(done);
        while let Some(batch) = events.next().await {
            let Ok(batch) = batch else { return Ok(()) };
            for recorded in &batch {
                if let Event::PersonalDataErased(erased) = &recorded.event {
                    self.erase_at(ledger, &erased.subject, recorded.revision).await?;
                }
            }
            if let Some(last) = batch.last()
                && last.revision.next().0 >= remember_at
            {
                self.remember(&mut *self.pool.acquire().await?, ledger, last.revision).await?;
                remember_at = last.revision.next().0 + REMEMBER_EVERY;
            }
        }
        Ok(())
    }

    async fn erase_at(
        &self,
        ledger: &LedgerId,
        subject: &Subject,
        revision: Revision,
    ) -> Result<(), VaultError> {
        let mut transaction = self.pool.begin().await?;
        let erasure = self.erase_in(&mut transaction, ledger, subject).await?;
        self.remember(&mut transaction, ledger, revision).await?;
        transaction.commit().await?;
        tracing::info!(%ledger, %subject, %revision, items = erasure.items, "personal data was erased");
        Ok(())
    }

    async fn remember(
        &self,
        connection: &mut sqlx::PgConnection,
        ledger: &LedgerId,
        revision: Revision,
    ) -> Result<(), VaultError> {
        let revision = i64::try_from(revision.0).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT INTO vault.erasures_done (ledger, revision) VALUES ($1, $2)
             ON CONFLICT (ledger) DO UPDATE SET revision = excluded.revision",
        )
        .bind(ledger.as_str())
        .bind(revision)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn keeps_something(&self, ledger: &LedgerId) -> Result<bool, VaultError> {
        let sql = "SELECT EXISTS (SELECT FROM vault.subject_key WHERE ledger = $1)";
        Ok(sqlx::query_scalar(sql).bind(ledger.as_str()).fetch_one(&self.pool).await?)
    }
}
