//! Asking again: not at once, not for ever.

use std::time::Duration;

use tokio::time::Instant;

use super::Options;
use super::client::CallError;
use crate::store::StoreFault;

/// The longest pause between two calls.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What is left of the time in which a call may be repeated.
pub(super) struct Patience {
    /// None has no end.
    until: Option<Instant>,
    pause: Duration,
}

impl Patience {
    /// As much as the options allow: somebody waits for an answer.
    pub(super) fn new(options: &Options) -> Self {
        Self { until: Some(Instant::now() + options.patience), pause: options.first_pause }
    }

    /// That of a follower, who has nothing better to do than to wait for the server.
    pub(super) const fn endless(options: &Options) -> Self {
        Self { until: None, pause: options.first_pause }
    }

    /// Waits before the next call; whether there is to be one.
    pub(super) async fn goes_on(&mut self, what: &str, error: &CallError) -> bool {
        if self.until.is_some_and(|until| Instant::now() + self.pause > until) {
            return false;
        }
        tracing::warn!(%error, pause = ?self.pause, "EventStoreDB: {what} is tried again");
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }

    /// A call that changes nothing, until it is answered.
    ///
    /// # Errors
    /// What is no passing trouble, or lasts too long.
    pub(super) async fn ask<T, F>(
        mut self,
        what: &str,
        call: impl Fn() -> F,
    ) -> Result<T, StoreFault>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        loop {
            match call().await {
                Ok(value) => return Ok(value),
                Err(error) => {
                    if !error.is_passing() || !self.goes_on(what, &error).await {
                        return Err(StoreFault::caused(format!("{what} failed"), error));
                    }
                }
            }
        }
    }
}
