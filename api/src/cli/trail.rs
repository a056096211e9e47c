//! `cauri audit trail`: the audit trail of people, from a data folder. May run beside the server.

use std::io::{self, BufWriter, Write as _};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;

use cauri_domain::{LedgerId, Revision, Subject};
use cauri_ledger::log::Checker;
use cauri_ledger::store::Head;
use cauri_ledger::trail::{Filter, Kind, Word, codec};

use crate::store::StorePlace;

/// Which entries; all, when nothing is said.
#[derive(Debug, clap::Args)]
pub(super) struct TrailArgs {
    #[command(flatten)]
    place: StorePlace,

    /// Only of this ledger, and those of none.
    #[arg(long)]
    ledger: Option<LedgerId>,

    /// Only acts of this person or program.
    #[arg(long)]
    subject: Option<Subject>,

    /// Only acts of this kind: refused, denied, approved, administered, read, token_used, dropped.
    #[arg(long)]
    kind: Option<Kind>,

    /// Only acts about the object, or the command, with this id.
    #[arg(long)]
    object: Option<Word>,

    /// Only those put on record then or later: 2026-11-21T00:00:00Z.
    #[arg(long)]
    since: Option<DateTime<Utc>>,

    /// Only those put on record before then.
    #[arg(long)]
    until: Option<DateTime<Utc>>,
}

/// Prints the entries, and fails where the chain does not hold.
pub(super) async fn run(args: TrailArgs) -> anyhow::Result<()> {
    let store = args.place.open().await?;
    let filter = Filter {
        ledger: args.ledger,
        subject: args.subject,
        kind: args.kind,
        object: args.object.map(String::from),
        since: args.since,
        until: args.until,
    };
    let trail = LedgerId::trail();
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut checker = Checker::new(trail.clone(), Head::Empty, None);
    let mut chunks = store.read(&trail, Revision::FIRST);
    while let Some(chunk) = chunks.try_next().await.context("the audit trail cannot be read")? {
        for raw in &chunk {
            checker.check(raw)?;
            if filter.takes(&codec::decode(raw)?) {
                out.write_all(&raw.body)?;
                out.write_all(b"\n")?;
            }
        }
    }
    Ok(out.flush()?)
}
