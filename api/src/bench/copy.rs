//! `cauri bench copy`: a ledger copied between two embedded stores, and read back.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::copy::{CopyOptions, Progress, copy};
use cauri_ledger::store::embedded::EmbeddedStore;
use cauri_ledger::store::{EventStore as _, Head, RawEvent};
use cauri_ledger::{Hash, chain};

/// So many events are appended at once to the log that is copied.
const AT_ONCE: u64 = 10_000;

/// As long as a transfer's payload.
const PAYLOAD: usize = 330;

/// Measures how fast a ledger is copied between two embedded stores on this machine, and read back.
#[derive(Debug, Clone, clap::Args)]
pub struct CopyBenchArgs {
    /// How many events, each as long as a transfer.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,

    /// Folder for the logs, which are removed afterwards; it should be on a real disk.
    #[arg(long, env = "CAURI_BENCH_DIR", default_value = ".cauri/bench")]
    dir: PathBuf,
}

/// Makes a log, copies it, and says how long that took.
///
/// # Errors
/// When it cannot be made or copied.
pub(super) async fn run(args: CopyBenchArgs) -> anyhow::Result<()> {
    let folder = args.dir.join(format!("copy-{}", std::process::id()));
    let measured = measure(&args, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(args: &CopyBenchArgs, folder: &std::path::Path) -> anyhow::Result<()> {
    let (main, began) = (LedgerId::main(), Instant::now());
    let from = EmbeddedStore::open(folder.join("from"), Default::default())?;
    let bytes = fill(&from, &main, args.events).await?;
    eprintln!("{} events, {bytes} bytes, made in {:?}", args.events, began.elapsed());
    let to = EmbeddedStore::open(folder.join("to"), Default::default())?;
    let (began, mut copied) = (Instant::now(), Duration::ZERO);
    let done = copy(Arc::new(from), &to, &main, CopyOptions::default(), |progress| {
        if let Progress::Copied(_) = progress {
            copied = began.elapsed();
        }
    });
    let done = done.await?;
    let all = began.elapsed();
    ensure!(done.head.next().0 == args.events, "not all was copied");
    println!("copied     {} events a second, durable", rate(args.events, copied));
    println!("read back  {} events a second", rate(args.events, all - copied));
    println!("both       {} events a second", rate(args.events, all));
    Ok(())
}

async fn fill(store: &EmbeddedStore, ledger: &LedgerId, events: u64) -> anyhow::Result<usize> {
    let payload = "x".repeat(PAYLOAD);
    let (id, digest) = (uuid::Uuid::new_v4(), Hash::ZERO);
    let (mut previous, mut bytes) = (Hash::ZERO, 0);
    for first in (0..events).step_by(usize::try_from(AT_ONCE)?) {
        let mut batch = Vec::new();
        for revision in first..events.min(first + AT_ONCE) {
            let body = format!(
                r#"{{"l":"main","r":{revision},"u":[{revision},1],"t":"transfer.completed.v1","at":"2026-11-21T10:00:00.000000Z","c":"{id}","d":"{digest}","by":["bench","service"],"p":"{payload}"}}"#
            );
            previous = chain::link(previous, body.as_bytes());
            bytes += body.len();
            let revision = Revision(revision);
            batch.push(RawEvent { revision, hash: previous, body: body.into() });
        }
        store.append(ledger, Head::before(Revision(first)), &batch).await?;
    }
    Ok(bytes)
}

fn rate(events: u64, took: Duration) -> u128 {
    u128::from(events) * 1_000_000_000 / took.as_nanos().max(1)
}
