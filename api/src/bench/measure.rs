//! Callers that ask as fast as they are answered, and what that came to.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::door::Door;
use super::setting::Setting;

/// What the callers saw.
pub(super) struct Measured {
    /// Transfers acknowledged while the clock ran.
    pub counted: u64,
    /// Transfers acknowledged in all, the warm-up among them.
    pub acknowledged: u64,
    elapsed: Duration,
    latencies: Histogram<u64>,
}

impl Measured {
    pub(super) fn per_second(&self) -> u64 {
        let micros = self.elapsed.as_micros().max(1);
        u64::try_from(u128::from(self.counted) * 1_000_000 / micros).unwrap_or(u64::MAX)
    }

    pub(super) fn latency_us(&self, percentile: f64) -> u64 {
        self.latencies.value_at_percentile(percentile)
    }
}

/// What one caller saw.
struct Caller {
    counted: u64,
    acknowledged: u64,
    latencies: Histogram<u64>,
}

/// Lets `callers` ask for `batch` transfers at a time, for a fifth of `time` unmeasured and then
/// for `time`.
pub(super) async fn drive(
    setting: &Setting,
    door: impl Door,
    callers: usize,
    batch: usize,
    time: Duration,
) -> anyhow::Result<Measured> {
    let (counting, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let door = Arc::new(door);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (door, mut work) = (Arc::clone(&door), setting.work(caller));
            let (counting, stop) = (Arc::clone(&counting), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut seen =
                    Caller { counted: 0, acknowledged: 0, latencies: Histogram::new(3)? };
                while !stop.load(Ordering::Relaxed) {
                    let transfers = work.next(batch);
                    let (measured, asked) = (counting.load(Ordering::Relaxed), Instant::now());
                    door.ask(caller, transfers).await?;
                    seen.acknowledged += batch as u64;
                    if measured && !stop.load(Ordering::Relaxed) {
                        seen.counted += batch as u64;
                        let micros = u64::try_from(asked.elapsed().as_micros())?;
                        seen.latencies.record(micros.max(1))?;
                    }
                }
                anyhow::Ok(seen)
            })
        })
        .collect();
    tokio::time::sleep(time / 5).await;
    counting.store(true, Ordering::Relaxed);
    let began = Instant::now();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let elapsed = began.elapsed();
    let mut all = Measured { counted: 0, acknowledged: 0, elapsed, latencies: Histogram::new(3)? };
    for task in tasks {
        let seen = task.await??;
        all.counted += seen.counted;
        all.acknowledged += seen.acknowledged;
        all.latencies.add(seen.latencies)?;
    }
    Ok(all)
}

/// What a small durable write costs here, in microseconds: to compare machines by.
pub(super) fn disk(dir: &Path) -> anyhow::Result<u128> {
    let path = dir.join("disk");
    let file = File::options().create(true).truncate(true).write(true).open(&path)?;
    let block = [1_u8; 4096];
    file.write_all_at(&[0; 1 << 21], 0)?;
    file.sync_all()?;
    let mut times = Vec::new();
    for number in 0..500 {
        let began = Instant::now();
        file.write_all_at(&block, number * 4096)?;
        file.sync_data()?;
        times.push(began.elapsed().as_micros());
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
