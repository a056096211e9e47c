//! `cauri store`: ledgers moved to another store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use cauri_domain::LedgerId;
use cauri_ledger::copy::{CopyOptions, Progress, copy};
use cauri_ledger::store::EventStore;
use cauri_ledger::store::embedded::is_in_use;

use crate::store::{StoreAddress, StorePlace};

/// What is done to stores.
#[derive(Debug, clap::Subcommand)]
pub(super) enum StoreCommand {
    /// Copy ledgers from one store to another, byte for byte, and read them back. May be cut off and
    /// started again: it goes on where it ended.
    Copy(CopyArgs),
}

/// From where to where. A store is `embedded:FOLDER` or a folder with ledgers in it, as `log` in a
/// data folder; `embedded` is that of the data folder; others have the addresses that a server takes.
#[derive(Debug, clap::Args)]
pub(super) struct CopyArgs {
    /// The store that is copied. It may be in use; what comes meanwhile needs another copy.
    #[arg(value_parser = address)]
    from: StoreAddress,

    /// The store that is copied to: it must hold nothing of these ledgers, or the beginning of them,
    /// and no server may use it.
    #[arg(value_parser = address)]
    to: StoreAddress,

    /// Only this ledger; all of them when not given.
    #[arg(long)]
    ledger: Option<LedgerId>,

    /// The data folder that `embedded` without a folder means.
    #[arg(long, env = "CAURI_DATA_DIR", default_value = ".cauri/data")]
    data_dir: std::path::PathBuf,
}

/// A store's address, or a folder.
fn address(text: &str) -> Result<StoreAddress, String> {
    match text.parse() {
        Ok(address) => Ok(address),
        Err(_) if text.contains('/') && !text.contains("://") => {
            Ok(StoreAddress::Embedded(Some(text.into())))
        }
        Err(error) => Err(format!("{error}, or a folder with a / in its path")),
    }
}

pub(super) async fn run(command: StoreCommand) -> anyhow::Result<()> {
    let StoreCommand::Copy(args) = command;
    let data_dir = &args.data_dir;
    ensure!(!args.from.is_same(&args.to, data_dir), "{} is copied to itself", args.from);
    let place = StorePlace { data_dir: data_dir.clone(), store: args.from.clone() };
    let source = place.open_whole().await.context("the source")?;
    let from = &source.store;
    let ledgers = match &args.ledger {
        Some(ledger) => vec![ledger.clone()],
        None => from.ledgers().await.context("the ledgers cannot be listed")?,
    };
    ensure!(!ledgers.is_empty(), "{} holds no ledger", args.from);
    if let Some(folder) = args.to.folder(data_dir).filter(|folder| folder.is_dir()) {
        ensure!(!is_in_use(&folder)?, "a server uses {}: stop it first", folder.display());
    }
    let to = args.to.open(data_dir).await.context("the target")?;
    for ledger in &ledgers {
        one(from, &*to, ledger).await.with_context(|| format!("ledger {ledger}"))?;
    }
    if source.is_in_use {
        println!(
            "{} is in use: stop its server and copy once more before the copy takes its place",
            args.from
        );
    }
    Ok(())
}

async fn one(
    from: &Arc<dyn EventStore>,
    to: &dyn EventStore,
    ledger: &LedgerId,
) -> anyhow::Result<()> {
    let all = from.head(ledger).await.context("the source could not be read")?.next().0;
    if all == 0 {
        bail!("the source holds no such ledger");
    }
    let (began, mut told) = (Instant::now(), Instant::now());
    let progress = |progress: Progress| {
        if told.elapsed() < Duration::from_secs(1) {
            return;
        }
        told = Instant::now();
        match progress {
            Progress::Copied(count) => eprintln!("ledger {ledger}: {count} of {all} copied"),
            Progress::Verified(count) => eprintln!("ledger {ledger}: {count} of {all} read back"),
        }
    };
    let copied = copy(Arc::clone(from), to, ledger, CopyOptions::default(), progress).await?;
    println!("ledger {ledger}");
    println!("  copied    {} events", copied.head.next().0 - copied.from.next().0);
    println!("  events    {} to revision {}", copied.head.next().0, copied.head);
    println!("  hash      {}, worked out from what was read back", copied.hash);
    println!("  took      {} ms", began.elapsed().as_millis());
    Ok(())
}
