//! Another generation beside the one that is served, and the change to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{ReadModels, ReadModelsError};
use crate::READ_MODEL_VERSION;
use crate::checkpoint::number;
use crate::generation::{Checkpoints, Generation};
use crate::runner::{Ended, Limit, Runner, is_passing};
use cauri_domain::LedgerId;
use cauri_ledger::engine::Engine;

/// How often is looked whether a generation has caught up.
pub(super) const LOOK: Duration = Duration::from_millis(20);

impl ReadModels {
    /// Builds all read models anew from the log, beside those that are served, and then serves
    /// the new. Goes on also when nobody waits for it any more.
    ///
    /// Every ledger that is served and that the store holds must be attached, now or later.
    ///
    /// # Errors
    /// When the database fails, or an event cannot be applied: the old ones stay.
    pub async fn rebuild(&self) -> Result<Generation, ReadModelsError> {
        let read_models = self.clone();
        match tokio::spawn(async move { read_models.build().await }).await {
            Ok(built) => built,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    async fn build(&self) -> Result<Generation, ReadModelsError> {
        let _one_at_a_time = self.shared.rebuilding.lock().await;
        let generation = self.begin(None).await?;
        let built = self.catch_up_and_take_over(generation).await;
        self.end(generation, built.is_ok()).await;
        built.map(|()| generation)
    }

    /// Another generation, filled up to a limit.
    pub(super) async fn begin(&self, limit: Limit) -> Result<Generation, ReadModelsError> {
        if self.shared.is_kept_elsewhere {
            return Err(ReadModelsError::KeptElsewhere);
        }
        let generation = Generation::create(&self.shared.pool).await?;
        let mut state = self.state();
        state.limit(generation).send_replace(limit);
        state.building = Some(generation);
        for engine in state.engines.values().cloned().collect::<Vec<_>>() {
            self.run(&mut state, generation, engine);
        }
        Ok(generation)
    }

    /// After a generation was built: it is followed from now on, or thrown away.
    pub(super) async fn end(&self, generation: Generation, is_live: bool) {
        if is_live {
            self.switch_to(generation);
        } else {
            let mut state = self.state();
            state.building = None;
            state.runners.retain(|(of, _), _| *of != generation);
            state.limits.remove(&generation);
        }
        // What cannot be removed now is at the next start.
        if let Err(error) = Generation::drop_others(&self.shared.pool).await {
            tracing::warn!(%error, "old read models could not be removed");
        }
    }

    pub(super) async fn catch_up_and_take_over(
        &self,
        generation: Generation,
    ) -> Result<(), ReadModelsError> {
        loop {
            let engines = self.state().engines.clone();
            let mut is_near = true;
            for (ledger, engine) in &engines {
                let Some(progress) = self.progress(generation, ledger) else { continue };
                let now = progress.borrow().clone();
                if let Some(failure) = now.failure {
                    return Err(ReadModelsError::Failed { ledger: ledger.clone(), failure });
                }
                is_near &= now.applied >= engine.opened().head;
                is_near &= self.applied(ledger).is_none_or(|served| now.applied >= served);
            }
            if is_near && self.take_over(generation, &engines).await? {
                return Ok(());
            }
            if self.shared.pool.is_closed() {
                return Err(sqlx::Error::PoolClosed.into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn take_over(
        &self,
        generation: Generation,
        engines: &BTreeMap<LedgerId, Engine>,
    ) -> Result<bool, sqlx::Error> {
        let mut held = BTreeSet::new();
        for engine in engines.values() {
            match engine.store().ledgers().await {
                Ok(ledgers) => held.extend(ledgers.into_iter().map(|ledger| ledger.to_string())),
                Err(error) => {
                    tracing::warn!(%error, "the store does not say which ledgers it holds");
                    return Ok(false);
                }
            }
        }
        let enough = |before: &Checkpoints, now: &Checkpoints| {
            let mut is_covered = before.iter().map(|(ledger, &before)| {
                let engine = engines.iter().find(|(of, _)| of.as_str() == ledger);
                match engine {
                    // More than the log has can only have come from another history.
                    Some((_, engine)) => {
                        now.get(ledger).is_some_and(|&now| now >= before.min(number(engine.head())))
                    }
                    None => !engines.is_empty() && !held.contains(ledger),
                }
            });
            is_covered.all(|covered| covered)
        };
        match generation.make_live_if(&self.shared.pool, enough).await {
            Err(error) if is_passing(&error) && !self.shared.pool.is_closed() => {
                tracing::warn!(%error, "the change to new read models failed; trying again");
                Ok(false)
            }
            other => other,
        }
    }

    /// Makes `generation`, which is live in the database, the one that is waited for; its runners
    /// go on or begin, and those of all others end.
    fn switch_to(&self, generation: Generation) {
        let mut state = self.state();
        state.is_outdated = false;
        state.building = None;
        state.failure = None;
        state.runners.retain(|(of, _), _| *of == generation);
        state.limits.retain(|of, _| *of == generation);
        state.limit(generation).send_replace(None);
        for (ledger, engine) in state.engines.clone() {
            if !state.runners.contains_key(&(generation, ledger)) {
                self.run(&mut state, generation, engine);
            }
        }
        self.shared.served.send_replace(generation);
    }

    /// At the start, when what is served is of another version.
    pub(super) async fn replace_outdated(self) {
        while !self.shared.pool.is_closed() {
            match self.build().await {
                Ok(_) => return,
                Err(ReadModelsError::Database(error)) => {
                    tracing::warn!(%error, "no new read models could be built; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(error) => {
                    tracing::error!(%error, "no read models of this version can be built");
                    self.state().failure = Some(error.to_string());
                    return;
                }
            }
        }
    }

    /// What is done when a runner has ended by itself.
    pub(super) async fn after_end(self, ended: Ended, runner: Runner) {
        let is_other_history = match ended {
            Ended::Failed | Ended::Closed => return,
            Ended::OtherHistory => true,
            Ended::Retired => false,
        };
        let _one_at_a_time = self.shared.rebuilding.lock().await;
        while self.served() == runner.generation && !self.shared.pool.is_closed() {
            let replaced = if is_other_history {
                self.start_over(&runner).await
            } else {
                self.follow_live(&runner).await
            };
            match replaced {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "the change failed; trying again"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The tables are of another history than the log: nothing of them may be served any more.
    async fn start_over(&self, runner: &Runner) -> Result<(), sqlx::Error> {
        let ledger = runner.engine.ledger();
        tracing::warn!(%ledger, "the read models are of another history; building them anew");
        let generation = Generation::create(&self.shared.pool).await?;
        generation.make_live(&self.shared.pool).await?;
        self.switch_to(generation);
        Generation::drop_others(&self.shared.pool).await
    }

    /// Somebody else serves other tables: those are followed, if they are of this version.
    async fn follow_live(&self, runner: &Runner) -> Result<(), sqlx::Error> {
        match Generation::live(&self.shared.pool).await? {
            Some((generation, READ_MODEL_VERSION)) => self.switch_to(generation),
            Some((_, version)) => {
                let failure = format!("version {version} of the read models is served now");
                runner.progress.send_modify(|progress| progress.failure = Some(failure));
            }
            None => return Err(sqlx::Error::RowNotFound),
        }
        Ok(())
    }
}
