//! `cauri verify`: a ledger's log, from its first byte to its last, checked without a server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use cauri_domain::{Currency, LedgerId, Revision, Side};
use cauri_ledger::Recorded;
use cauri_ledger::log::Checker;
use cauri_ledger::store::embedded::{EmbeddedStore, verify_segments};
use cauri_ledger::store::{EventStore as _, Head};
use futures::TryStreamExt as _;

/// After so many events it says how far it is.
const PROGRESS_EVERY: u64 = 1_000_000;

/// Checks logs: checksums, revisions without a gap, the hash chain, that every event is understood,
/// that units are whole, and that debits equal credits at every revision. Changes nothing, and may
/// run beside the server, or on a copy of its folder.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The data folder of a server, or a copy of it.
    #[arg(long, env = "CAURI_DATA_DIR", default_value = ".cauri/data")]
    data_dir: PathBuf,

    /// Only this ledger; all of them when not given.
    #[arg(long)]
    ledger: Option<LedgerId>,
}

/// Verifies, and says what it has seen; fails at the first thing that is wrong, naming where.
pub(super) async fn run(args: VerifyArgs) -> anyhow::Result<()> {
    let folder = args.data_dir.join("log");
    let store = EmbeddedStore::open_read_only(&folder).context("the log cannot be opened")?;
    let ledgers = match args.ledger {
        Some(ledger) => vec![ledger],
        None => store.ledgers().await.context("the ledgers cannot be listed")?,
    };
    ensure!(!ledgers.is_empty(), "{} holds no ledger", folder.display());
    for ledger in ledgers {
        let segments = verify_segments(&folder, &ledger)
            .with_context(|| format!("ledger {ledger}: the files are damaged"))?;
        let seen = verify(&store, &ledger).await?;
        println!("ledger {ledger}");
        println!("  files     {} ({} bytes)", segments.segments, segments.bytes);
        println!("  events    {} to revision {}", seen.events, seen.head);
        if segments.head > seen.head {
            // Nothing after it says yet that it is durable.
            println!("  on its way to revision {}", segments.head);
        }
        println!("  hash      {}", seen.hash);
        for (currency, (debits, _)) in &seen.sums {
            let decimal = cauri_domain::money::decimal(*debits, *currency)
                .map_or_else(|| debits.to_string(), |it| it.to_string());
            println!("  {currency}       {decimal} on each side");
        }
    }
    println!("verified");
    Ok(())
}

/// What was seen of a ledger.
struct Seen {
    events: u64,
    head: Head,
    hash: String,
    /// Debits and credits in minor units, by currency.
    sums: BTreeMap<Currency, (i128, i128)>,
}

async fn verify(store: &EmbeddedStore, ledger: &LedgerId) -> anyhow::Result<Seen> {
    let mut checker = Checker::new(ledger.clone(), Head::Empty, None);
    let mut seen =
        Seen { events: 0, head: Head::Empty, hash: String::new(), sums: BTreeMap::new() };
    let (mut unit, mut last) = (None, None);
    let mut chunks = store.read(ledger, Revision::FIRST);
    while let Some(chunk) = chunks.try_next().await? {
        for raw in chunk {
            let recorded = checker.decode(&raw)?;
            unit = Some(whole(&recorded, unit)?);
            balanced(&recorded, &mut seen.sums)?;
            ensure!(
                last.is_none_or(|last| last <= recorded.recorded_at),
                "ledger {ledger}: revision {} is recorded before the one before it",
                raw.revision
            );
            last = Some(recorded.recorded_at);
            seen.events += 1;
            seen.head = Head::At(raw.revision);
            seen.hash = raw.hash.to_string();
            if seen.events.is_multiple_of(PROGRESS_EVERY) {
                eprintln!("ledger {ledger}: revision {}", raw.revision);
            }
        }
    }
    if let Some((first, count)) = unit
        && seen.head != Head::At(Revision(first.0 + u64::from(count) - 1))
    {
        bail!("ledger {ledger}: the unit that begins at revision {first} is not whole");
    }
    Ok(seen)
}

/// The unit that an event is in, which must go on where the one before it ended.
fn whole(recorded: &Recorded, before: Option<(Revision, u32)>) -> anyhow::Result<(Revision, u32)> {
    let unit = (recorded.unit.first, recorded.unit.count);
    let end = |(first, count): (Revision, u32)| first.0 + u64::from(count);
    let follows = match before {
        Some(known) if known == unit => recorded.revision.0 < end(known),
        Some(known) => recorded.revision.0 == end(known) && unit.0 == recorded.revision,
        None => unit.0 == recorded.revision,
    };
    let at = recorded.revision;
    ensure!(follows, "ledger {}: revision {at} is in no unit that goes on there", recorded.ledger);
    Ok(unit)
}

/// Adds an entry to the sums, whose sides must be equal.
fn balanced(
    recorded: &Recorded,
    sums: &mut BTreeMap<Currency, (i128, i128)>,
) -> anyhow::Result<()> {
    let Some(entry) = recorded.event.entry() else { return Ok(()) };
    for posting in entry.postings() {
        let (debits, credits) = sums.entry(posting.money.currency()).or_default();
        let side = match posting.side {
            Side::Debit => debits,
            Side::Credit => credits,
        };
        *side += i128::from(posting.money.minor());
    }
    let at = recorded.revision;
    for (currency, (debits, credits)) in sums {
        ensure!(
            debits == credits,
            "ledger {}: at revision {at} debits and credits differ in {currency}",
            recorded.ledger
        );
    }
    Ok(())
}
