//! How old money is at providers and in suspense, as metrics: what nobody looks into grows old.
//!
//! Amounts are no metrics: those are floats. The query `clearingAges` says them exactly.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use metrics::{Unit, describe_gauge, gauge};
use tokio::task::JoinHandle;

use cauri_domain::LedgerId;
use cauri_ledger::crowd;
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::Head;
use cauri_projections::ReadModels;
use cauri_projections::query::{Aging, OpenOf, Snapshot, Walk};

const CLEARING: [&str; 2] = ["cauri_clearing_oldest_seconds", "cauri_clearing_parts"];
const SUSPENSE: [&str; 2] = ["cauri_suspense_oldest_seconds", "cauri_suspense_parts"];

const CONTRADICTED: &str = "cauri_payments_contradicted";

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(15);

/// Looking takes longer the more there is: it rests so many times as long as a step of it took, and
/// keeps a small part of one processor busy.
const REST: u32 = 10;

/// How many movements are looked at in a step: some milliseconds.
const STEP: i64 = 500;

/// Looks from time to time, until it is dropped.
#[derive(Debug)]
pub struct AgeGauges(JoinHandle<()>);

impl AgeGauges {
    /// Begins to look at every ledger that is open.
    #[must_use]
    pub fn start(ledgers: Ledgers, read_models: ReadModels) -> Self {
        let oldest = "Age of the oldest part of what";
        describe_gauge!(CLEARING[0], Unit::Seconds, format!("{oldest} a provider holds for us"));
        describe_gauge!(CLEARING[1], "Parts of what a provider holds for us");
        describe_gauge!(SUSPENSE[0], Unit::Seconds, format!("{oldest} is in suspense"));
        describe_gauge!(SUSPENSE[1], "Parts of what is in suspense");
        describe_gauge!(CONTRADICTED, "Payments told of in another currency than before, ever");
        Self(tokio::spawn(async move {
            loop {
                for engine in ledgers.engines() {
                    let ledger = engine.ledger();
                    if let Err(error) = look(&read_models, ledger).await {
                        tracing::warn!(%ledger, %error, "how old accounts are was not measured");
                    }
                }
                tokio::time::sleep(EVERY).await;
            }
        }))
    }
}

impl Drop for AgeGauges {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn look(read_models: &ReadModels, ledger: &LedgerId) -> Result<(), sqlx::Error> {
    let began = Instant::now();
    let mut snapshot = Snapshot::open(read_models.pool(), ledger).await?;
    let Head::At(last) = snapshot.covers() else { return Ok(()) };
    let revision = i64::try_from(last.0).unwrap_or(i64::MAX);
    let recorded = snapshot.recorded_at(revision).await?.unwrap_or_default();
    // A ledger in development may be ahead of the world's time.
    let at = Utc::now().max(recorded);
    for row in snapshot.ages(OpenOf::Suspense, Aging { revision, at }).await? {
        let aged = Aged { oldest_at: row.oldest_at, parts: row.parts };
        tell(SUSPENSE, ledger, [row.provider, row.currency], &aged, at);
    }
    for (provider, count) in snapshot.contradictions_of().await? {
        let labels = [("ledger", ledger.to_string()), ("provider", provider)];
        count_contradicted(&labels, count);
    }
    let walks = snapshot.walks(revision).await?;
    drop(snapshot);
    rest(began).await;
    for walk in walks {
        let (walk, oldest_at) = walk_back(read_models, ledger, walk).await?;
        let aged = Aged { oldest_at, parts: walk.parts };
        tell(CLEARING, ledger, [walk.provider, walk.currency], &aged, at);
    }
    Ok(())
}

/// What is held is mostly of today; where nothing was ever paid out, it is all that came. Each step is a
/// look of its own, so that no rebuild waits for it; what is as of a revision is the same in all.
async fn walk_back(
    read_models: &ReadModels,
    ledger: &LedgerId,
    mut walk: Walk,
) -> Result<(Walk, Option<DateTime<Utc>>), sqlx::Error> {
    loop {
        let began = Instant::now();
        let mut snapshot = Snapshot::open(read_models.pool(), ledger).await?;
        let goes_on = snapshot.step(&mut walk, STEP).await?;
        if !goes_on {
            let oldest_at = match walk.oldest {
                Some(oldest) => snapshot.recorded_at(oldest).await?,
                None => None,
            };
            return Ok((walk, oldest_at));
        }
        drop(snapshot);
        rest(began).await;
    }
}

async fn rest(began: Instant) {
    tokio::time::sleep(began.elapsed().saturating_mul(REST)).await;
    crowd::give_way().await;
}

struct Aged {
    oldest_at: Option<DateTime<Utc>>,
    parts: i64,
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
fn count_contradicted(labels: &[(&'static str, String); 2], count: i64) {
    gauge!(CONTRADICTED, labels).set(count as f64);
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
fn tell(
    [oldest, parts]: [&'static str; 2],
    ledger: &LedgerId,
    [provider, currency]: [String; 2],
    aged: &Aged,
    at: DateTime<Utc>,
) {
    let labels = [("ledger", ledger.to_string()), ("provider", provider), ("currency", currency)];
    let age = aged.oldest_at.map_or(0, |oldest| (at - oldest).num_seconds().max(0));
    gauge!(oldest, &labels).set(age as f64);
    gauge!(parts, &labels).set(aged.parts as f64);
}
