//! Waiting until a revision is covered.

use std::time::Duration;

use tokio::time::Instant;

use super::ReadModels;
use crate::runner::Progress;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::Head;

/// Why a revision is not covered yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// No read models of this ledger.
    #[error("there are no read models of this ledger")]
    Unknown,
    /// Not in time.
    #[error("the read models cover revision {applied} so far")]
    TimedOut {
        /// What they cover.
        applied: Head,
    },
    /// Never: they have stopped.
    #[error("the read models have stopped at revision {applied}: {failure}")]
    Stopped {
        /// What they cover.
        applied: Head,
        /// Why.
        failure: String,
    },
}

impl ReadModels {
    /// Waits until the read models cover `revision`, also across the change to other ones.
    ///
    /// # Errors
    /// [`WaitError`]: not in time, or never.
    pub async fn wait_for(
        &self,
        ledger: &LedgerId,
        revision: Revision,
        timeout: Duration,
    ) -> Result<(), WaitError> {
        let deadline = Instant::now() + timeout;
        if self.shared.is_kept_elsewhere {
            return self.wait_elsewhere(ledger, revision, deadline).await;
        }
        let mut served = self.shared.served.subscribe();
        let mut applied = Head::Empty;
        loop {
            let generation = *served.borrow_and_update();
            if !self.state().engines.contains_key(ledger) {
                return Err(WaitError::Unknown);
            }
            let mut progress = self.progress(generation, ledger);
            let settled = |progress: &Progress| {
                progress.applied >= Head::At(revision) || progress.failure.is_some()
            };
            let looked = async {
                if let Some(progress) = &mut progress
                    && let Ok(now) = progress.wait_for(settled).await
                {
                    return now.clone();
                }
                // Nobody tells any more: only another generation can.
                std::future::pending().await
            };
            let now = tokio::select! {
                biased;
                now = looked => now,
                _ = served.changed() => continue,
                () = tokio::time::sleep_until(deadline) => {
                    if let Some(progress) = &progress {
                        applied = progress.borrow().applied;
                    }
                    return Err(WaitError::TimedOut { applied });
                }
            };
            applied = now.applied;
            return match now.failure {
                _ if applied >= Head::At(revision) => Ok(()),
                Some(failure) => Err(WaitError::Stopped { applied, failure }),
                None => continue,
            };
        }
    }
}
