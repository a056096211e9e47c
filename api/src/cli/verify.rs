//! `cauri verify`: a ledger's log, from its first byte to its last, checked without a server.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cauri_domain::LedgerId;
use cauri_ledger::store::StoreFault;
use cauri_ledger::store::embedded::{SegmentsVerified, verify_segments};
use cauri_ledger::verify::{VerifyOptions, verify};

use crate::store::StorePlace;

/// Checks the ledgers' logs, and the audit trail: checksums, revisions without a gap, the hash chain, that every event is understood,
/// that units are whole and commands applied once, that debits equal credits at every revision, and that
/// today's rules can apply every event. Changes nothing, and may run beside the server, or on a
/// copy of its folder.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    place: StorePlace,

    /// Only this ledger, or `audit-trail`; all of them when not given.
    #[arg(long)]
    ledger: Option<LedgerId>,

    /// Do not apply the events: less memory, and quicker.
    #[arg(long)]
    no_replay: bool,

    /// Do not refuse an unfinished batch at the very end, such as a crash leaves until the next start,
    /// or a copy that was made while the server wrote.
    #[arg(long)]
    allow_unfinished: bool,
}

/// How long a writer may take for one batch before what is unfinished is no longer taken for it.
const BATCH_TAKES: Duration = Duration::from_millis(500);

/// The files, read again when a batch is on its way: beside a server it is whole a moment later.
async fn files(folder: &Path, ledger: &LedgerId) -> Result<SegmentsVerified, StoreFault> {
    let seen = verify_segments(folder, ledger)?;
    if seen.unfinished.is_none() {
        return Ok(seen);
    }
    tokio::time::sleep(BATCH_TAKES).await;
    let again = verify_segments(folder, ledger)?;
    let same = again.unfinished == seen.unfinished;
    // Another one is on its way by now, which says that there is a writer.
    Ok(if same { again } else { SegmentsVerified { unfinished: None, ..again } })
}

/// Verifies, and says what it has seen; fails at the first thing that is wrong, naming where.
pub(super) async fn run(args: VerifyArgs) -> anyhow::Result<()> {
    let store = args.place.open().await?;
    let ledgers = match args.ledger {
        Some(ledger) => vec![ledger],
        None => store.ledgers().await.context("the ledgers cannot be listed")?,
    };
    let folder = args.place.folder();
    let shown = folder
        .as_ref()
        .map_or_else(|| args.place.store.to_string(), |folder| folder.display().to_string());
    ensure!(!ledgers.is_empty(), "{shown} holds no ledger");
    for ledger in ledgers {
        let began = Instant::now();
        let segments = match &folder {
            Some(folder) => Some(
                files(folder, &ledger)
                    .await
                    .with_context(|| format!("ledger {ledger}: the files are damaged"))?,
            ),
            None => None,
        };
        let options = VerifyOptions { replay: !args.no_replay, ..VerifyOptions::default() };
        let named = ledger.clone();
        let progress = move |events| eprintln!("ledger {named}: {events} events");
        let seen = verify(&*store, &ledger, options, progress)
            .await
            .with_context(|| format!("ledger {ledger}"))?;
        if ledger.is_trail() {
            println!("audit trail");
        } else {
            println!("ledger {ledger}");
        }
        if let Some(segments) = &segments {
            println!("  files     {} ({} bytes)", segments.segments, segments.bytes);
            if let Some(unfinished) = &segments.unfinished {
                ensure!(
                    args.allow_unfinished,
                    "ledger {ledger}: {unfinished}. What comes before it holds. A crash leaves this, \
                     which the next start cuts, and so does a change of what nothing confirms yet: \
                     --allow-unfinished takes it for the first"
                );
                println!("  at the end, {unfinished}");
            }
        }
        println!("  events    {} to revision {}", seen.events, seen.head);
        if !ledger.is_trail() {
            println!("  commands  {}", seen.commands);
        }
        if let Some(segments) = segments.filter(|segments| segments.head > seen.head) {
            // Nothing after it says yet that it is durable.
            println!("  on its way to revision {}", segments.head);
        }
        println!("  hash      {}", seen.hash);
        for (currency, debits) in &seen.sums {
            let decimal = cauri_domain::money::decimal(*debits, *currency)
                .map_or_else(|| debits.to_string(), |it| it.to_string());
            println!("  {currency}       {decimal} on each side");
        }
        println!("  took      {} ms", began.elapsed().as_millis());
    }
    println!("verified");
    Ok(())
}
