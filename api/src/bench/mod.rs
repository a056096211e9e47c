//! `cauri bench`: durable two-posting transfers on this machine.
//!
//! Every figure counts only what was acknowledged, and every row is recounted from the log after
//! it ran: as many entries as answers, the sum exact, the hash chain whole. Callers, engine and
//! (for the door `graphql`) the HTTP server share this process and its processors.

mod copy;
mod door;
mod ingest;
mod matrix;
mod measure;
mod proofs;
mod recount;
mod setting;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

pub use copy::CopyBenchArgs;
pub use ingest::IngestArgs;
pub use proofs::ProofsArgs;
pub use verify::VerifyArgs;

/// Measures durable transfers on this machine.
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    /// Another measurement instead.
    #[command(subcommand)]
    pub other: Option<Other>,

    /// Only the row of this name.
    #[arg(long, env = "CAURI_BENCH_ONLY")]
    pub only: Option<String>,

    /// An array of rows in JSON instead of a table.
    #[arg(long, env = "CAURI_BENCH_JSON")]
    pub json: bool,

    /// How long each row runs, in seconds.
    #[arg(long, env = "CAURI_BENCH_SECONDS", default_value_t = 3)]
    pub seconds: u64,

    /// Folder for the logs, which are removed afterwards; it should be on a real disk.
    #[arg(long, env = "CAURI_BENCH_DIR", default_value = ".cauri/bench")]
    pub dir: PathBuf,

    /// Print the names of the rows and do nothing.
    #[arg(long, env = "CAURI_BENCH_LIST")]
    pub list: bool,
}

/// Other measurements.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Other {
    /// Measure how signed webhooks are taken in at a fixed rate, by a server of its own.
    Ingest(IngestArgs),
    /// Measure how fast a ledger is copied to another store.
    Copy(CopyBenchArgs),
    /// Measure how fast a log is verified.
    Verify(VerifyArgs),
    /// Measure how long proofs take out of a large tree.
    Proofs(ProofsArgs),
}

/// What one row came to.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was done.
    pub name: String,
    /// Where events are kept.
    pub store: &'static str,
    /// Through which door: `process` or `graphql`.
    pub door: &'static str,
    /// How many ask at once.
    pub callers: usize,
    /// How many transfers each asks for at once.
    pub batch: usize,
    /// Durable, acknowledged transfers a second.
    pub per_second: u64,
    /// Half of the requests took no longer, in microseconds.
    pub p50_us: u64,
    /// 99 of 100 requests took no longer, in microseconds.
    pub p99_us: u64,
    /// The longest request, in microseconds.
    pub max_us: u64,
}

/// Runs the rows, one after the other.
///
/// # Errors
/// When a row fails, or its recount does not agree.
pub async fn run(args: BenchArgs) -> anyhow::Result<()> {
    match args.other {
        Some(Other::Ingest(args)) => return ingest::run(args).await,
        Some(Other::Copy(args)) => return copy::run(args).await,
        Some(Other::Verify(args)) => return verify::run(args).await,
        Some(Other::Proofs(args)) => return proofs::run(&args),
        None => {}
    }
    let cells: Vec<_> = matrix::cells()
        .into_iter()
        .filter(|cell| args.only.as_ref().is_none_or(|only| *only == cell.name))
        .collect();
    if args.list {
        cells.iter().for_each(|cell| println!("{}", cell.name));
        return Ok(());
    }
    ensure!(!cells.is_empty(), "no row has that name: cauri bench --list shows them");
    std::fs::create_dir_all(&args.dir)?;
    let disk = measure::disk(&args.dir)?;
    eprintln!("this disk: a 4 KiB write and its fdatasync take {} us (median of 500)", disk);
    let mut rows = Vec::new();
    for (number, cell) in cells.iter().enumerate() {
        eprint!("[{}/{}] {} ... ", number + 1, cells.len(), cell.name);
        let row = cell.run(&args.dir, Duration::from_secs(args.seconds)).await?;
        eprintln!("{} a second, recounted from the log", row.per_second);
        rows.push(row);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        println!("{}", table(&rows));
    }
    Ok(())
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_header(vec![
        "name",
        "store",
        "door",
        "callers",
        "batch",
        "per second",
        "p50 us",
        "p99 us",
        "max us",
    ]);
    for row in rows {
        table.add_row([
            row.name.clone(),
            row.store.to_owned(),
            row.door.to_owned(),
            row.callers.to_string(),
            row.batch.to_string(),
            row.per_second.to_string(),
            row.p50_us.to_string(),
            row.p99_us.to_string(),
            row.max_us.to_string(),
        ]);
    }
    for column in 3..9 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
