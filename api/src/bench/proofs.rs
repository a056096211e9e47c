//! `cauri bench proofs`: how long a proof takes out of a large tree on this disk.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::ensure;
use hdrhistogram::Histogram;
use serde::Serialize;

use cauri_ledger::transparency::levels::Levels;
use cauri_ledger::transparency::merkle::{self, Nodes as _};

/// What is promised of each proof, in microseconds.
const PROMISED_US: u64 = 10_000;

/// How many leaves are in memory before they are written.
const FLUSH_EVERY: u64 = 4_096;

/// Measures how long proofs take.
#[derive(Debug, Clone, clap::Args)]
pub struct ProofsArgs {
    /// How many events the tree has.
    #[arg(long, default_value_t = 10_000_000)]
    pub events: u64,

    /// How many proofs of each kind are asked for.
    #[arg(long, default_value_t = 5_000)]
    pub proofs: u64,

    /// Folder for the tree, which is removed afterwards; it should be on a real disk.
    #[arg(long, env = "CAURI_BENCH_DIR", default_value = ".cauri/bench")]
    pub dir: PathBuf,

    /// JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// What one kind of proof came to.
#[derive(Debug, Clone, Serialize)]
pub struct Proved {
    /// `inclusion` or `consistency`.
    pub kind: &'static str,
    /// How many events the tree has.
    pub events: u64,
    /// How many proofs were made, and found good before the clock stopped.
    pub proofs: u64,
    /// The most hashes that one of them has.
    pub hashes_max: usize,
    /// Half of them took no longer, in microseconds.
    pub p50_us: u64,
    /// 99 of 100 took no longer.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
    /// How long the longest took, in hundredths of what is promised.
    pub percent_of_promised: u64,
}

/// Makes a tree, and asks for proofs all over it.
///
/// # Errors
/// When the tree cannot be made, or a proof is not good.
pub fn run(args: &ProofsArgs) -> anyhow::Result<()> {
    ensure!(args.events > 1 && args.proofs > 0, "nothing would be proved");
    let folder = args.dir.join("proofs");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let measured = measure(args, &folder);
    std::fs::remove_dir_all(&folder)?;
    let measured = measured?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&measured)?);
        return Ok(());
    }
    for it in &measured {
        println!(
            "{} proofs of {} in {} events, at most {} hashes: p50 {} us, p99 {} us, max {} us, \
             {} % of the {PROMISED_US} us promised",
            it.proofs,
            it.kind,
            it.events,
            it.hashes_max,
            it.p50_us,
            it.p99_us,
            it.max_us,
            it.percent_of_promised
        );
    }
    Ok(())
}

fn measure(args: &ProofsArgs, folder: &Path) -> anyhow::Result<Vec<Proved>> {
    let count = args.events;
    let began = Instant::now();
    let mut tree = Levels::open(folder, 0, true)?;
    for number in 0..count {
        // What is in a leaf is no matter for the way to it.
        tree.push(merkle::leaf(&number.to_be_bytes()))?;
        if number % FLUSH_EVERY == 0 {
            tree.flush()?;
        }
    }
    tree.sync()?;
    drop(tree);
    eprintln!("a tree of {count} events was made in {} ms", began.elapsed().as_millis());
    let tree = Levels::open(folder, count, false)?;
    let root = merkle::root(&tree, count)?;
    // A multiplicative step visits leaves in an order that no cache foresees.
    let places = (0..args.proofs).map(|turn| turn * 9_973_111 % count);
    let inclusion = timed("inclusion", args, places.clone(), |index| {
        let proof = merkle::inclusion(&tree, index, count)?;
        let good = merkle::includes(tree.full(0, index)?, index, count, &proof, root);
        Ok((good, proof.len()))
    })?;
    let consistency = timed("consistency", args, places, |index| {
        let from = index + 1;
        let proof = merkle::consistency(&tree, from, count)?;
        let good = merkle::extends(from, merkle::root(&tree, from)?, count, root, &proof);
        Ok((good, proof.len()))
    })?;
    Ok(vec![inclusion, consistency])
}

fn timed(
    kind: &'static str,
    args: &ProofsArgs,
    places: impl Iterator<Item = u64>,
    prove: impl Fn(u64) -> anyhow::Result<(bool, usize)>,
) -> anyhow::Result<Proved> {
    let mut took = Histogram::<u64>::new(3)?;
    let mut hashes_max = 0;
    for place in places {
        let began = Instant::now();
        let (good, hashes) = prove(place)?;
        let micros = u64::try_from(began.elapsed().as_micros())?;
        ensure!(good, "the proof of {kind} at {place} is not good");
        took.record(micros.max(1))?;
        hashes_max = hashes_max.max(hashes);
    }
    let max_us = took.max();
    Ok(Proved {
        kind,
        events: args.events,
        proofs: took.len(),
        hashes_max,
        p50_us: took.value_at_percentile(50.0),
        p99_us: took.value_at_percentile(99.0),
        max_us,
        percent_of_promised: max_us * 100 / PROMISED_US,
    })
}
