//! Read models that another process keeps: asked, never written. What they cover is looked up in the
//! database, so a change to other tables by their keeper is followed by itself.

use std::time::Duration;

use sqlx::postgres::PgPool;
use tokio::time::{Instant, timeout_at};

use super::{ReadModels, ReadModelsError, WaitError};
use crate::READ_MODEL_VERSION;
use crate::checkpoint::Checkpoint;
use crate::generation::Generation;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::Head;

/// How often is looked whether a revision is covered.
const LOOK: Duration = Duration::from_millis(20);

impl ReadModels {
    /// Opens read models that another process keeps, to ask them: nothing is migrated, built or
    /// applied by this one.
    ///
    /// # Errors
    /// When the database cannot be reached, or does not serve read models of this version.
    pub async fn open_kept_elsewhere(pool: PgPool) -> Result<Self, ReadModelsError> {
        match Generation::live(&pool).await? {
            Some((served, READ_MODEL_VERSION)) => Ok(Self::over(pool, served, false, true)),
            Some(_) | None => Err(ReadModelsError::OtherVersion),
        }
    }

    /// Whether what is served now can be read by this software.
    pub(super) async fn is_of_this_version(&self) -> bool {
        let live = Generation::live(&self.shared.pool).await;
        matches!(live, Ok(Some((_, READ_MODEL_VERSION))))
    }

    pub(super) async fn wait_elsewhere(
        &self,
        ledger: &LedgerId,
        revision: Revision,
        deadline: Instant,
    ) -> Result<(), WaitError> {
        let mut applied = Head::Empty;
        while let Ok(looked) =
            timeout_at(deadline, Checkpoint::served(&self.shared.pool, ledger)).await
        {
            match looked {
                Ok(Some((covered, _))) if covered >= Head::At(revision) => return Ok(()),
                Ok(Some((applied, Some(failure)))) => {
                    return Err(WaitError::Stopped { applied, failure });
                }
                Ok(Some((covered, None))) => applied = covered,
                // A new ledger, of which its keeper has not heard yet.
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the read models could not be looked at"),
            }
            if Instant::now() + LOOK > deadline {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(WaitError::TimedOut { applied })
    }
}
