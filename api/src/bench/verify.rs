//! `cauri bench verify`: how fast a log on this disk is verified, as `cauri verify` does it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::ensure;
use serde::Serialize;

use cauri_domain::LedgerId;
use cauri_ledger::store::embedded::{EmbeddedStore, verify_segments};
use cauri_ledger::verify::{VerifyOptions, verify};

use super::door::{Door as _, Process};
use super::setting::Setting;

/// What is promised, in events a second.
const PROMISED: u64 = 300_000;

/// How many transfers are asked for at once while the log is made.
const BATCH: usize = 4_096;

/// Measures how fast a log is verified.
#[derive(Debug, Clone, clap::Args)]
pub struct VerifyArgs {
    /// How many transfers the log has.
    #[arg(long, default_value_t = 1_000_000)]
    pub transfers: usize,

    /// How many wallets they are between.
    #[arg(long, default_value_t = 10_000)]
    pub wallets: u64,

    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    pub turns: usize,

    /// Folder for the log, which is removed afterwards; it should be on a real disk.
    #[arg(long, env = "CAURI_BENCH_DIR", default_value = ".cauri/bench")]
    pub dir: PathBuf,

    /// JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// What one way came to.
#[derive(Debug, Clone, Serialize)]
pub struct Verified {
    /// What was checked: `files`, `no-replay` or `all`.
    pub checked: &'static str,
    /// How many events.
    pub events: u64,
    /// How long the median turn took, in milliseconds.
    pub took_ms: u64,
    /// Events a second, in the median turn.
    pub per_second: u64,
    /// The rate in hundredths of what is promised.
    pub percent_of_promised: u64,
}

/// Makes a log and verifies it: its files alone, all but the replay, and all of it.
///
/// # Errors
/// When the log cannot be made, or does not hold.
pub async fn run(args: VerifyArgs) -> anyhow::Result<()> {
    ensure!(args.transfers > 0 && args.turns > 0, "nothing would be measured");
    ensure!(args.wallets > 1, "a transfer needs two wallets");
    std::fs::create_dir_all(&args.dir)?;
    eprintln!("a log of {} transfers is made", args.transfers);
    let folder = make(&args).await?;
    let measured = measure(&args, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    let measured = measured?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&measured)?);
        return Ok(());
    }
    for it in &measured {
        println!(
            "{:<10} {} events in {} ms: {} a second, {} % of the {PROMISED} promised",
            it.checked, it.events, it.took_ms, it.per_second, it.percent_of_promised
        );
    }
    Ok(())
}

async fn make(args: &VerifyArgs) -> anyhow::Result<PathBuf> {
    let setting = Setting::open(&args.dir, "verify", args.wallets).await?;
    let (door, mut work) = (Process::new(&setting), setting.work(0));
    let mut left = args.transfers;
    while left > 0 {
        let batch = left.min(BATCH);
        door.ask(0, work.next(batch)).await?;
        left -= batch;
    }
    drop(door);
    Ok(setting.close().await)
}

async fn measure(args: &VerifyArgs, folder: &Path) -> anyhow::Result<Vec<Verified>> {
    let store = EmbeddedStore::open_read_only(folder)?;
    let main = LedgerId::main();
    let mut measured = Vec::new();
    for checked in ["files", "no-replay", "all"] {
        let mut turns = Vec::new();
        for _ in 0..args.turns {
            let began = Instant::now();
            let events = if checked == "files" {
                verify_segments(folder, &main)?.head.next().0
            } else {
                let replay = checked == "all";
                let options = VerifyOptions { replay, ..VerifyOptions::default() };
                verify(&store, &main, options, |_| {}).await?.events
            };
            turns.push((began.elapsed(), events));
        }
        turns.sort_unstable();
        let (took, events) = turns[turns.len() / 2];
        ensure!(events > args.transfers as u64, "only {events} events were seen");
        let per_second = u64::try_from(u128::from(events) * 1_000_000 / took.as_micros().max(1))?;
        measured.push(Verified {
            checked,
            events,
            took_ms: u64::try_from(took.as_millis())?,
            per_second,
            percent_of_promised: per_second * 100 / PROMISED,
        });
    }
    Ok(measured)
}
