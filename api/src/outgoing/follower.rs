//! One ledger: reads its log for events about endpoints, and keeps a courier for each of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use cauri_domain::{EndpointId, Event, LedgerId, Reference, Revision};
use cauri_ledger::Recorded;
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use super::Parts;
use super::courier::Courier;
use super::standing::{self, Standing};
use super::store::concerns;

/// How long it rests after something did not work.
const REST: Duration = Duration::from_secs(1);
/// After how many events without news of endpoints it is kept that they have been looked through.
const KEEP_EVERY: u64 = 10_000;
/// How often it is measured how far behind endpoints are.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// How often old rows and old secrets are looked for.
const CLEAN_EVERY: Duration = Duration::from_secs(600);

pub(super) struct Follower {
    engine: Engine,
    parts: Arc<Parts>,
    couriers: BTreeMap<EndpointId, Running>,
    /// How far the log was looked through, for those who wait to see what they changed.
    seen: watch::Sender<Option<Revision>>,
    standing: watch::Sender<Standing>,
    /// Whether all was heeded that the log said about endpoints when this began. Before that nothing
    /// is sent: where to, or whether at all, may be out of date.
    is_current: bool,
}

struct Running {
    changed: watch::Sender<()>,
    is_stuck: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Follower {
    pub(super) const fn new(
        engine: Engine,
        parts: Arc<Parts>,
        seen: watch::Sender<Option<Revision>>,
        standing: watch::Sender<Standing>,
    ) -> Self {
        let couriers = BTreeMap::new();
        Self { engine, parts, couriers, seen, standing, is_current: false }
    }

    pub(super) async fn run(mut self) {
        loop {
            let Err(why) = self.work().await else { return };
            tracing::warn!(ledger = %self.engine.ledger(), why, "endpoints are not told of changes");
            self.standing.send_modify(|standing| standing.is_stuck = true);
            tokio::time::sleep(REST).await;
        }
    }

    async fn work(&mut self) -> Result<(), String> {
        let ledger = self.engine.ledger().clone();
        let store = self.parts.store.clone();
        let said = |error: sqlx::Error| error.to_string();
        let scanned = store.scanned(&ledger).await.map_err(said)?;
        let current = self.engine.head();
        self.catch_up(scanned, current).await?;
        self.measure().await?;
        let mut events = self.engine.follow(scanned);
        let mut unkept = 0;
        let mut clean = tokio::time::interval_at(Instant::now() + CLEAN_EVERY, CLEAN_EVERY);
        clean.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut measure = tokio::time::interval_at(Instant::now() + MEASURE_EVERY, MEASURE_EVERY);
        measure.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let batch = tokio::select! {
                batch = events.next() => batch,
                _ = clean.tick() => {
                    self.clean(&ledger).await;
                    continue;
                }
                _ = measure.tick() => {
                    self.measure().await?;
                    continue;
                }
            };
            let Some(batch) = batch else { return Ok(()) };
            let batch = batch.map_err(|error| error.to_string())?;
            for recorded in &batch {
                if let Some(endpoint) = concerns(&recorded.event) {
                    self.fold(recorded, endpoint).await?;
                    unkept = 0;
                } else {
                    unkept += 1;
                }
            }
            let Some(last) = batch.last() else { continue };
            if unkept >= KEEP_EVERY {
                store.set_scanned(&ledger, last.revision).await.map_err(said)?;
                unkept = 0;
            }
            self.catch_up(Head::At(last.revision), current).await?;
            self.seen.send_replace(Some(last.revision));
        }
    }

    /// Begins to send when all was heeded that the log said when this began.
    async fn catch_up(&mut self, scanned: Head, current: Head) -> Result<(), String> {
        if self.is_current || scanned.next() < current.next() {
            return Ok(());
        }
        let rows = self.parts.store.endpoints(self.engine.ledger()).await;
        for row in rows.map_err(|error| error.to_string())? {
            self.wake(row.endpoint);
        }
        self.is_current = true;
        Ok(())
    }

    async fn measure(&self) -> Result<(), String> {
        let ledger = self.engine.ledger();
        let rows = self.parts.store.standing(ledger).await.map_err(|error| error.to_string())?;
        let (next, now) = (self.engine.head().next(), self.parts.clock.now());
        let is_stuck = |running: &&Running| running.is_stuck.load(Ordering::Relaxed);
        let stuck = self.couriers.values().filter(is_stuck).count() as u64;
        self.standing.send_replace(Standing::measured(ledger, next, now, &rows, stuck));
        Ok(())
    }

    async fn fold(&mut self, recorded: &Recorded, endpoint: EndpointId) -> Result<(), String> {
        let ledger = recorded.ledger.clone();
        if matches!(recorded.event, Event::EndpointRemoved(_)) {
            self.couriers.remove(&endpoint);
            let erased = self.parts.secrets.erase_all(ledger, endpoint).await;
            erased.map_err(|error| error.to_string())?;
        }
        let folded = self.parts.store.fold(recorded, self.parts.clock.now()).await;
        let displaced = folded.map_err(|error| error.to_string())?;
        if matches!(recorded.event, Event::EndpointRemoved(_)) {
            standing::forget(&recorded.ledger, endpoint);
        } else if self.is_current {
            self.wake(endpoint);
        }
        if let Some(place) = displaced {
            self.erase(&recorded.ledger, place).await;
        }
        Ok(())
    }

    /// Has an endpoint's courier look at it anew; it gets one where it has none.
    fn wake(&mut self, endpoint: EndpointId) {
        if let Some(running) = self.couriers.get(&endpoint)
            && !running.task.is_finished()
        {
            running.changed.send_replace(());
            return;
        }
        let (sender, changed) = watch::channel(());
        let is_stuck = Arc::<AtomicBool>::default();
        let courier = Courier {
            engine: self.engine.clone(),
            endpoint,
            parts: Arc::clone(&self.parts),
            changed,
            is_stuck: Arc::clone(&is_stuck),
        };
        let running = Running { changed: sender, is_stuck, task: tokio::spawn(courier.run()) };
        self.couriers.insert(endpoint, running);
    }

    /// Erases a secret that signs no more. Where it cannot now, it is erased with its endpoint.
    async fn erase(&self, ledger: &LedgerId, place: Reference) {
        if let Err(error) = self.parts.secrets.erase(ledger.clone(), place).await {
            tracing::warn!(%ledger, %error, "a former secret was not erased");
        }
    }

    /// Removes what is old. What does not work now is tried again the next time.
    async fn clean(&self, ledger: &LedgerId) {
        let now = self.parts.clock.now();
        if let Err(error) = self.parts.store.prune(ledger, now).await {
            tracing::warn!(%ledger, %error, "old deliveries were not removed");
        }
        match self.parts.store.forget_former(ledger, now).await {
            Ok(over) => {
                for place in over {
                    self.erase(ledger, place).await;
                }
            }
            Err(error) => tracing::warn!(%ledger, %error, "former secrets were not looked for"),
        }
    }
}
