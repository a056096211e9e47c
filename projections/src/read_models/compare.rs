//! A rebuild that first compares what it has built with what is served.
//!
//! The new tables are never ahead of the live ones. When they are near, the live ones are held for a
//! moment, the new ones go just as far, and one look is opened that sees both there. Then all go on:
//! the look still sees what it saw, so digests take their time and nobody waits for them.

use std::future::Future;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, Postgres, Row as _, Transaction};
use tokio::sync::watch;
use tokio::time::Instant;

use super::rebuild::LOOK;
use super::{Compared, Comparison, LedgerComparison, ReadModels, ReadModelsError, TableComparison};
use crate::digest::{self, covered, first_difference, of_tables, rows_of_others};
use crate::generation::Generation;
use crate::runner::{Limits, is_passing};
use cauri_ledger::store::Head;

/// With so many events to go at most, the live tables are held until the new ones are as far.
const NEAR: u64 = 10_000;

/// How long the live tables are held at most: at first, and after several times in vain.
const HELD: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// How often it is tried to bring both to one revision.
const TRIES: u32 = 20;

impl ReadModels {
    /// Builds all read models anew from the log, beside those that are served, and compares both at
    /// one revision. The new ones are served when every table is equal; else the live ones stay.
    /// Begins when it is called, in a runtime, and goes on also when nobody waits for it any more.
    ///
    /// # Errors
    /// When the database fails, an event cannot be applied, or what is served is of another version:
    /// the old ones stay.
    pub fn rebuild_compared(
        &self,
    ) -> impl Future<Output = Result<Comparison, ReadModelsError>> + Send + use<> {
        let read_models = self.clone();
        self.shared.compared.send_replace(Some(Compared::Underway));
        let task = tokio::spawn(async move {
            let compared = read_models.build_and_compare().await;
            let told = match &compared {
                Ok(comparison) => Compared::Done(comparison.clone()),
                Err(error) => Compared::Failed(crate::runner::chain(error)),
            };
            read_models.shared.compared.send_replace(Some(told));
            compared
        });
        async move {
            match task.await {
                Ok(compared) => compared,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
    }

    /// How the comparison stands that was asked for last, if one was since the start.
    #[must_use]
    pub fn compared(&self) -> Option<Compared> {
        self.shared.compared.borrow().clone()
    }

    async fn build_and_compare(&self) -> Result<Comparison, ReadModelsError> {
        // Said at once: tables of another version may be being replaced for as long as a ledger is not
        // attached. And again, as others may have been served meanwhile.
        self.refuse_other_version()?;
        let _one_at_a_time = self.shared.rebuilding.lock().await;
        self.refuse_other_version()?;
        let built = self.begin(Some(Limits::new())).await?;
        let compared = self.compare_and_take_over(built).await;
        let is_live = compared.as_ref().is_ok_and(Comparison::is_equal);
        self.end(built, is_live).await;
        compared
    }

    fn refuse_other_version(&self) -> Result<(), ReadModelsError> {
        if self.state().is_outdated { Err(ReadModelsError::OtherVersion) } else { Ok(()) }
    }

    async fn compare_and_take_over(
        &self,
        built: Generation,
    ) -> Result<Comparison, ReadModelsError> {
        let live = self.served();
        let mut look = self.level(live, built).await?;
        // From here on the new tables follow the log, so that they are near when all is compared.
        self.state().limit(built).send_replace(None);
        let comparison = compare(&mut look, live, built).await?;
        look.rollback().await?;
        if comparison.is_equal() {
            self.catch_up_and_take_over(built).await?;
        }
        Ok(comparison)
    }

    /// A look at both generations at a moment when they cover the same events.
    async fn level(
        &self,
        live: Generation,
        built: Generation,
    ) -> Result<Transaction<'static, Postgres>, ReadModelsError> {
        let mut patience = HELD.0;
        for _ in 0..TRIES {
            self.come_near(live, built).await?;
            match self.hold_level(live, built, patience).await {
                Ok(Some(look)) => return Ok(look),
                Ok(None) => {}
                Err(ReadModelsError::Database(error))
                    if is_passing(&error) && !self.shared.pool.is_closed() =>
                {
                    tracing::warn!(%error, "the read models could not be held; trying again");
                    tokio::time::sleep(LOOK).await;
                }
                Err(error) => return Err(error),
            }
            patience = (patience * 2).min(HELD.1);
        }
        Err(ReadModelsError::NeverLevel)
    }

    /// Lets the new tables follow the live ones until few events lie between.
    async fn come_near(&self, live: Generation, built: Generation) -> Result<(), ReadModelsError> {
        loop {
            let limits = self.all_applied(live);
            self.state().limit(built).send_replace(Some(limits.clone()));
            let between = |(ledger, head): (_, &Head)| {
                let progress = self.progress(built, ledger)?;
                let applied = progress.borrow().applied.next().0;
                Some(head.next().0.saturating_sub(applied))
            };
            let is_near = limits.iter().all(|it| between(it).is_none_or(|it| it <= NEAR));
            self.check_running(built)?;
            if self.shared.pool.is_closed() {
                return Err(sqlx::Error::PoolClosed.into());
            }
            if is_near {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Holds the live tables until the new ones are as far; `None` when that takes too long.
    async fn hold_level(
        &self,
        live: Generation,
        built: Generation,
        patience: Duration,
    ) -> Result<Option<Transaction<'static, Postgres>>, ReadModelsError> {
        let deadline = Instant::now() + patience;
        // Our own runners wait here, and so hold no connection; other processes' at the rows.
        let _held = Held::new(self, live);
        let mut hold = self.shared.pool.begin().await?;
        hold.execute("SET LOCAL lock_timeout TO '5s'").await?;
        let rows = "SELECT ledger FROM cauri.checkpoint WHERE generation = $1 FOR UPDATE";
        sqlx::query(rows).bind(live.0).fetch_all(&mut *hold).await?;
        let engines = self.state().engines.clone();
        let covers = covered(&mut hold, live).await?;
        let limits: Limits = covers
            .into_iter()
            .filter(|(ledger, ..)| engines.contains_key(ledger))
            .map(|(ledger, head, _)| (ledger, head))
            .collect();
        self.state().limit(built).send_replace(Some(limits.clone()));
        for (ledger, head) in &limits {
            loop {
                self.check_running(built)?;
                let progress = self.progress(built, ledger);
                if progress.is_some_and(|it| it.borrow().applied >= *head) {
                    break;
                }
                if Instant::now() >= deadline {
                    return Ok(None);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let mut look = self.shared.pool.begin().await?;
        look.execute(digest::LOOK).await?;
        // The first question fixes what it sees. Nobody may swap tables until it has ended.
        let row = sqlx::query("SELECT id FROM cauri.generation WHERE status = 'live'");
        let is_live = look.fetch_one(row).await?.get::<i64, _>(0) == live.0;
        let levels = [covered(&mut look, live).await?, covered(&mut look, built).await?];
        let known = |it: &Vec<(_, Head, String)>| {
            let known = it.iter().filter(|(ledger, ..)| limits.contains_key(ledger));
            known.cloned().collect::<Vec<_>>()
        };
        hold.rollback().await?;
        Ok((is_live && known(&levels[0]) == known(&levels[1])).then_some(look))
    }

    /// What the runners of a generation have applied.
    fn all_applied(&self, generation: Generation) -> Limits {
        let state = self.state();
        let running = state.runners.iter().filter(|((of, _), _)| *of == generation);
        running.map(|((_, ledger), it)| (ledger.clone(), it.progress.borrow().applied)).collect()
    }

    fn check_running(&self, built: Generation) -> Result<(), ReadModelsError> {
        let state = self.state();
        for ((of, ledger), running) in &state.runners {
            if *of == built
                && let Some(failure) = running.progress.borrow().failure.clone()
            {
                return Err(ReadModelsError::Failed { ledger: ledger.clone(), failure });
            }
        }
        Ok(())
    }
}

/// The live tables stand still while this is there.
struct Held(watch::Sender<crate::runner::Limit>);

impl Held {
    fn new(read_models: &ReadModels, live: Generation) -> Self {
        let limit = read_models.state().limit(live).clone();
        limit.send_replace(Some(Limits::new()));
        Self(limit)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

async fn compare(
    look: &mut PgConnection,
    live: Generation,
    built: Generation,
) -> Result<Comparison, sqlx::Error> {
    let mut ledgers = Vec::new();
    let mut names = Vec::new();
    for (ledger, covers, hash) in covered(look, built).await? {
        let of_live = of_tables(look, live, Some(&ledger)).await?;
        let of_built = of_tables(look, built, Some(&ledger)).await?;
        let mut tables = Vec::with_capacity(of_built.len());
        for (was, is) in of_live.into_iter().zip(of_built) {
            let difference = match was == is {
                true => None,
                false => first_difference(look, live, built, is.table, &ledger).await?,
            };
            tables.push(TableComparison {
                table: is.table,
                rows: is.rows,
                live: was.sha256,
                built: is.sha256,
                difference,
            });
        }
        names.push(ledger.to_string());
        ledgers.push(LedgerComparison { ledger, covers, hash, tables });
    }
    let foreign = rows_of_others(look, live, &names).await?;
    Ok(Comparison { live, built, ledgers, foreign })
}
