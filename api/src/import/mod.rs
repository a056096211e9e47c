//! `cauri import opening FILE.csv`: balances of other books brought into a ledger, through the
//! server's public door.
//!
//! ```text
//! account,currency,amount,reference,owner
//! wallet:6f0c…:available,XOF,12500,old/ama,user:ama-7
//! clearing:fedapay,XOF,480000,old/fedapay,
//! ```
//! An amount counts on the account's normal side (what a wallet has, what a provider holds); below
//! zero it counts on the other one. The column `owner` may be left out; with it, a wallet that is
//! not there yet is opened. What the lines lack to balance goes to `equity:opening`, whose balance
//! is shown at the end: it is what the old books' own total must be, the other way round.
//!
//! A run judges the whole file first, as a dry run does, and brings nothing where a line is wrong.
//! Then it sends chunks of lines, each all or nothing. It may be cut off and started again, also with
//! the file corrected: ids are made of the file's hash and the line, and of each line's reference,
//! so what is in the ledger already is so already.
//!
//! | to find | look in |
//! | --- | --- |
//! | how a file is read, and what can be wrong with it | `lines.rs` |
//! | the ids and inputs of chunks | `chunks.rs` |
//! | what is asked of the server | `door.rs` |

mod chunks;
mod door;
mod lines;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use secrecy::SecretString;
use url::Url;

use cauri_domain::Currency;
use cauri_domain::money::decimal;

use chunks::Import;
use door::{Door, Sent};
use lines::{Bad, Line};

/// How many lines that are wrong are shown.
const SHOWN: usize = 100;

/// Brings data from elsewhere into a ledger.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Balances of other books, from a CSV file: account,currency,amount,reference and, for wallets
    /// that are to be opened, owner.
    Opening(OpeningArgs),
}

/// Brings balances of other books into a ledger.
#[derive(Debug, clap::Args)]
struct OpeningArgs {
    /// The file, in UTF-8, with a header.
    file: PathBuf,

    /// Address of the server.
    #[arg(long, env = "CAURI_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,

    /// A token of a superadmin or service, which names the ledger. Better given by the environment
    /// than on the command line, which others may see.
    #[arg(long, env = "CAURI_TOKEN", hide_env_values = true)]
    token: SecretString,

    /// The day that the balances are of, up to today; the day they are recorded when not given.
    #[arg(long)]
    effective_date: Option<NaiveDate>,

    /// Only say what would be brought, and what is wrong with which line.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be read, lines of it are wrong, or the server refuses or fails.
pub async fn run(args: ImportArgs) -> anyhow::Result<()> {
    let What::Opening(args) = args.what;
    opening(args).await
}

async fn opening(args: OpeningArgs) -> anyhow::Result<()> {
    let name = args.file.display().to_string();
    let bytes = tokio::fs::read(&args.file).await.with_context(|| format!("{name}: unreadable"))?;
    let (lines, mut bad) = lines::read(&bytes)?;
    let door = Door::try_new(&args.url, args.token)?;
    let import = Import::new(&bytes, args.effective_date);
    bad.extend(judged(&door, &import, &lines).await?);
    bad.sort_by_key(|bad| bad.line);
    println!("{name}: {} lines to bring", lines.len());
    for (currency, total) in totals(&lines) {
        println!("  {currency}: {} on equity:opening", plain(-total, currency));
    }
    if !bad.is_empty() {
        for Bad { line, why } in bad.iter().take(SHOWN) {
            println!("line {line}: {why}");
        }
        bail!("{} lines are wrong: nothing was brought", bad.len());
    }
    if args.dry_run {
        println!("nothing was brought: this was a dry run");
        return Ok(());
    }
    let (mut brought, mut before) = (0, 0);
    for chunk in lines.chunks(chunks::LINES) {
        // Nothing to bring of balances of zero.
        let Some(batch) = import.batch(chunk) else { continue };
        match door.send(&batch).await.with_context(|| later(brought + before))? {
            Sent::Applied { replayed: false } => brought += chunk.len(),
            Sent::Applied { replayed: true } => before += chunk.len(),
            Sent::Refused { place, why } => {
                let line = place.and_then(|place| import.line_of(chunk, place));
                let line = line.map_or_else(String::new, |line| format!("line {line}: "));
                bail!("{line}{why}\n{}", later(brought + before));
            }
        }
    }
    println!("{brought} lines brought, {before} were there before");
    println!("equity:opening is now, of all that was ever brought:");
    for (currency, balance) in door.opening().await? {
        println!("  {currency}: {balance}");
    }
    Ok(())
}

/// Lines that the ledger would not take now.
async fn judged(door: &Door, import: &Import, lines: &[Line]) -> anyhow::Result<Vec<Bad>> {
    let mut bad = door.missing(lines).await?;
    let named: HashSet<u64> = bad.iter().map(|bad| bad.line).collect();
    // One reason for a line is enough.
    let refused = door.refused(import, lines).await?.into_iter();
    bad.extend(refused.filter(|refused| !named.contains(&refused.line)));
    Ok(bad)
}

fn later(done: usize) -> String {
    format!("{done} lines are in the ledger; run it again, and they are not brought twice")
}

/// Credits less debits of the lines, in minor units by currency.
fn totals(lines: &[Line]) -> BTreeMap<Currency, i128> {
    let mut totals = BTreeMap::<_, i128>::new();
    for posting in lines.iter().filter_map(|line| line.posting) {
        let minor = i128::from(posting.money.minor());
        let credit = posting.side == cauri_domain::Side::Credit;
        *totals.entry(posting.money.currency()).or_default() += if credit { minor } else { -minor };
    }
    totals
}

/// Minor units as a decimal; as they are beyond what a decimal holds.
fn plain(minor: i128, currency: Currency) -> String {
    decimal(minor, currency).map_or_else(|| minor.to_string(), |it| it.to_string())
}
