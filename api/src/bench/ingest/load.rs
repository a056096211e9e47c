//! The open loop: each webhook is sent when it is due, whatever became of those before it.

use std::sync::Arc;
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
    /// How many pay-ins there are.
    pub payins: u64,
}

impl Plan {
    /// `rate` a second for `seconds`, of which `duplicates` of 100 came before.
    pub(super) fn new(rate: u64, seconds: u64, duplicates: u64) -> Self {
        let mut payins = 0_u64;
        let jobs = (0..rate * seconds)
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
        Self { jobs, payins }
    }
}

/// What came of it.
pub(super) struct Sent {
    pub latencies: Histogram<u64>,
    pub applied: u64,
    pub already: u64,
    pub waiting: u64,
    pub failed: u64,
    /// When the last webhook was due.
    pub ended: Instant,
}

/// Sends all of it over `connections`, which take turns.
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
    let lanes: Vec<_> = opened
        .into_iter()
        .enumerate()
        .map(|(lane, connection)| {
            let turn = Turn { first: lane, step: connections, start, each };
            tokio::spawn(send(connection, Arc::clone(&jobs), turn, target.key.clone()))
        })
        .collect();
    let ended = start + each * u32::try_from(plan.jobs.len())?;
    let mut all = Sent::new(ended)?;
    for lane in lanes {
        let sent = lane.await??;
        all.latencies.add(&sent.latencies)?;
        all.applied += sent.applied;
        all.already += sent.already;
        all.waiting += sent.waiting;
        all.failed += sent.failed;
    }
    Ok(all)
}

impl Sent {
    fn new(ended: Instant) -> anyhow::Result<Self> {
        let latencies = Histogram::new(3)?;
        Ok(Self { latencies, applied: 0, already: 0, waiting: 0, failed: 0, ended })
    }
}

/// Which webhooks a connection sends, and when each is due.
struct Turn {
    first: usize,
    step: usize,
    start: Instant,
    each: Duration,
}

async fn send(
    mut connection: Connection,
    jobs: Arc<[u64]>,
    turn: Turn,
    key: Key,
) -> anyhow::Result<Sent> {
    let mut sent = Sent::new(turn.start)?;
    for at in (turn.first..jobs.len()).step_by(turn.step) {
        let due = turn.start + turn.each * u32::try_from(at)?;
        tokio::time::sleep_until(due.into()).await;
        let body = body(jobs[at]);
        let now = chrono::Utc::now().timestamp();
        let signed = STRIPE_SCHEME.sign(std::slice::from_ref(&key), "", now, &body);
        let header = signed.first().map(|(name, value)| (*name, value.as_str()));
        let header = header.unwrap_or_default();
        match connection.post("/webhooks/stripe", header, Bytes::from(body)).await {
            Ok((status, answer)) if status.is_success() => {
                let micros = u64::try_from(due.elapsed().as_micros())?;
                sent.latencies.record(micros.max(1))?;
                let says = |word: &[u8]| answer.windows(word.len()).any(|part| part == word);
                sent.applied += u64::from(says(b"\"applied\""));
                sent.already += u64::from(says(b"\"already\""));
                sent.waiting += u64::from(says(b"\"waiting\""));
            }
            Ok(_) | Err(_) => sent.failed += 1,
        }
    }
    Ok(sent)
}
