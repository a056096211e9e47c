//! The open loop: each webhook is sent when it is due, whatever became of those before it.
//!
//! Whichever connection is free takes the next one. Were each webhook tied to a connection, one that
//! waits would hold up those due after it while others idle, which no provider does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hdrhistogram::Histogram;

use super::client::Connection;
use super::target::Target;
use super::webhooks::body;
use crate::webhooks::{Key, STRIPE_SCHEME};

/// How far back a webhook was sent that is sent again, at most, in webhooks.
const FAR_BACK: u64 = 10_000;

/// What is sent, in order: the number of its pay-in.
pub(super) struct Plan {
    pub jobs: Vec<u64>,
    /// How many of them come before those that are timed.
    pub warm_up: usize,
    /// How many pay-ins there are.
    pub payins: u64,
}

impl Plan {
    /// `rate` a second for `warm_up` and then `seconds`, of which `duplicates` of 100 came before.
    pub(super) fn new(rate: u64, warm_up: u64, seconds: u64, duplicates: u64) -> Self {
        let mut payins = 0_u64;
        let jobs = (0..rate * (warm_up + seconds))
            .map(|_| {
                let draw: u64 = rand::random();
                if payins > 0 && draw % 100 < duplicates {
                    let back = 1 + (draw >> 8) % FAR_BACK.min(payins);
                    return payins - back;
                }
                payins += 1;
                payins - 1
            })
            .collect();
        Self { jobs, payins, warm_up: usize::try_from(rate * warm_up).unwrap_or(usize::MAX) }
    }
}

/// What came of it.
pub(super) struct Sent {
    /// Of the 2xx after the warming up.
    pub latencies: Histogram<u64>,
    pub accepted: u64,
    pub applied: u64,
    pub already: u64,
    pub stored: u64,
    pub waiting: u64,
    pub failed: u64,
    /// Of every timed 2xx: when it was due after the start, and how long it took, in microseconds.
    pub each: Vec<(u32, u32)>,
    /// When the last webhook was due.
    pub ended: Instant,
}

/// Sends all of it over `connections`.
pub(super) async fn drive(
    target: &Target,
    plan: &Plan,
    rate: u64,
    connections: usize,
) -> anyhow::Result<Sent> {
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(&target.authority).await?);
    }
    let each = Duration::from_secs(1) / u32::try_from(rate)?;
    let jobs: Arc<[u64]> = plan.jobs.clone().into();
    let start = Instant::now() + Duration::from_millis(100);
    let next = Arc::new(AtomicUsize::new(0));
    let lanes: Vec<_> = opened
        .into_iter()
        .map(|connection| {
            let (jobs, next) = (Arc::clone(&jobs), Arc::clone(&next));
            let due = Due { jobs, next, warm_up: plan.warm_up, start, each };
            tokio::spawn(send(connection, due, target.key.clone()))
        })
        .collect();
    let ended = start + each * u32::try_from(plan.jobs.len())?;
    let mut all = Sent::new(ended)?;
    for lane in lanes {
        let sent = lane.await??;
        all.latencies.add(&sent.latencies)?;
        all.accepted += sent.accepted;
        all.applied += sent.applied;
        all.already += sent.already;
        all.stored += sent.stored;
        all.waiting += sent.waiting;
        all.failed += sent.failed;
        all.each.extend(sent.each);
    }
    all.each.sort_unstable();
    Ok(all)
}

impl Sent {
    fn new(ended: Instant) -> anyhow::Result<Self> {
        let latencies = Histogram::new(3)?;
        let each = Vec::new();
        Ok(Self {
            latencies,
            accepted: 0,
            applied: 0,
            already: 0,
            stored: 0,
            waiting: 0,
            failed: 0,
            each,
            ended,
        })
    }
}

/// What is still to be sent, which all connections share, and when.
struct Due {
    jobs: Arc<[u64]>,
    next: Arc<AtomicUsize>,
    warm_up: usize,
    start: Instant,
    each: Duration,
}

impl Due {
    /// The next webhook's pay-in, when it is due, and whether it is timed; `None` after the last.
    fn take(&self) -> anyhow::Result<Option<(u64, Instant, bool)>> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(&job) = self.jobs.get(at) else { return Ok(None) };
        let due = self.start + self.each * u32::try_from(at)?;
        Ok(Some((job, due, at >= self.warm_up)))
    }
}

async fn send(mut connection: Connection, waiting: Due, key: Key) -> anyhow::Result<Sent> {
    let mut sent = Sent::new(waiting.start)?;
    while let Some((job, due, is_timed)) = waiting.take()? {
        tokio::time::sleep_until(due.into()).await;
        let body = body(job);
        let now = chrono::Utc::now().timestamp();
        let signed = STRIPE_SCHEME.sign(std::slice::from_ref(&key), "", now, &body);
        let header = signed.first().map(|(name, value)| (*name, value.as_str()));
        let header = header.unwrap_or_default();
        match connection.post("/webhooks/stripe", header, Bytes::from(body)).await {
            Ok((status, answer)) if status.is_success() => {
                let micros = u64::try_from(due.elapsed().as_micros())?;
                sent.accepted += 1;
                if is_timed {
                    sent.latencies.record(micros.max(1))?;
                    let since = due.saturating_duration_since(waiting.start).as_micros();
                    sent.each.push((u32::try_from(since)?, u32::try_from(micros)?));
                }
                let says = |word: &[u8]| answer.windows(word.len()).any(|part| part == word);
                sent.applied += u64::from(says(b"\"applied\""));
                sent.already += u64::from(says(b"\"already\""));
                sent.stored += u64::from(says(b"\"stored\""));
                sent.waiting += u64::from(says(b"\"waiting\""));
            }
            Ok(_) | Err(_) => sent.failed += 1,
        }
    }
    Ok(sent)
}
