//! `cauri replay` and `cauri diff`: what a ledger was at any place of its log, without a server.

use std::io::{self, Write as _};

use anyhow::ensure;
use cauri_domain::{LedgerId, WalletId};
use chrono::NaiveDate;
use serde::Serialize;

use super::patience::wait_for;
use crate::history::{Answer, By, Point, diff, replay, statement};
use crate::store::StorePlace;

/// Builds the ledger as it was from the log alone, and prints its trial balance, what its wallets had, and
/// how many things there were. The same question has the same answer for ever, byte for byte, also after
/// later entries about earlier days. Changes nothing, and may run beside the server, or on a copy of
/// its folder.
#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    #[command(flatten)]
    of: Of,

    /// As of this revision or instant of recording; of the last durable event when not given.
    #[arg(long, value_name = "REVISION|INSTANT")]
    to: Option<Point>,

    /// Only entries about this day or one before, as the revision knew them.
    #[arg(long, value_name = "DAY", conflicts_with = "posting")]
    effective: Option<NaiveDate>,

    /// Only entries that count for this day or one before in the accounts, as the revision knew them.
    #[arg(long, value_name = "DAY")]
    posting: Option<NaiveDate>,

    /// Print this wallet's statement instead: each posting with who asked, by which command, and from
    /// which webhook's delivery.
    #[arg(long)]
    wallet: Option<WalletId>,
}

/// Prints what changed between two places of the log: accounts with their debits and credits, things that
/// changed state, settings. Changes nothing, and may run beside the server, or on a copy of its
/// folder.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    #[command(flatten)]
    of: Of,

    /// What changed after this revision or instant.
    #[arg(long, value_name = "REVISION|INSTANT")]
    from: Point,

    /// Up to and with this revision or instant; the last durable event when not given.
    #[arg(long, value_name = "REVISION|INSTANT")]
    to: Option<Point>,
}

/// Of which ledger, and for whom.
#[derive(Debug, clap::Args)]
struct Of {
    #[command(flatten)]
    place: StorePlace,

    /// Which ledger.
    #[arg(long, default_value = "main")]
    ledger: LedgerId,

    /// For programs: JSON, with all that there is to say.
    #[arg(long)]
    json: bool,
}

impl Of {
    fn print(&self, answer: &(impl Serialize + std::fmt::Display)) -> anyhow::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        if self.json {
            serde_json::to_writer_pretty(&mut out, answer)?;
            writeln!(out)?;
        } else {
            write!(out, "{answer}")?;
        }
        Ok(out.flush()?)
    }
}

/// Prints the ledger as it was, or a wallet's statement.
pub(super) async fn run(args: ReplayArgs) -> anyhow::Result<()> {
    let (store, ledger) = (args.of.place.open().await?, &args.of.ledger);
    wait_for(&*store, ledger, [args.to]).await?;
    let by = args.effective.map(By::Effective).or(args.posting.map(By::Posting));
    if let Some(wallet) = args.wallet {
        let statement = statement(store, ledger, args.to, by, wallet).await?;
        ensure!(statement.exists, "ledger {ledger} had no wallet {wallet} there");
        return args.of.print(&statement);
    }
    let replayed = replay(store, ledger, args.to, by, |_, _| {}).await?;
    args.of.print(&Answer::of(&replayed, by)?)
}

/// Prints what changed.
pub(super) async fn run_diff(args: DiffArgs) -> anyhow::Result<()> {
    let store = args.of.place.open().await?;
    wait_for(&*store, &args.of.ledger, [Some(args.from), args.to]).await?;
    args.of.print(&diff(store, &args.of.ledger, args.from, args.to).await?)
}
