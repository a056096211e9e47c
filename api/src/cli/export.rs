//! `cauri export`: a ledger's books as plain text, without a server.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cauri_domain::LedgerId;

use super::patience::wait_for;
use crate::books::{BookFormat, Exported, Range, export};
use crate::history::Point;
use crate::store::StorePlace;

/// Writes a ledger's entries as a file that accounting tools add up again: each with its revision, its
/// command and who asked. What is there and how it is checked is in docs/books.md. Changes nothing,
/// and may run beside the server, or on a copy of its folder.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    #[command(flatten)]
    place: StorePlace,

    /// Which ledger.
    #[arg(long, default_value = "main")]
    ledger: LedgerId,

    /// In which form.
    #[arg(long, value_enum)]
    format: BookFormat,

    /// From this revision or instant on, with what all accounts came to before it as the first entry;
    /// from the first event when not given.
    #[arg(long, value_name = "REVISION|INSTANT")]
    from: Option<Point>,

    /// Up to this revision or instant; to the last durable event when not given.
    #[arg(long, value_name = "REVISION|INSTANT")]
    to: Option<Point>,

    /// Where to: a file, which appears when it is whole; standard output when not given.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Writes the file, and says on the standard error what it holds.
pub(super) async fn run(args: ExportArgs) -> anyhow::Result<()> {
    let store = args.place.open().await?;
    let (ledger, range) = (&args.ledger, Range { from: args.from, to: args.to });
    wait_for(&*store, ledger, [args.from, args.to]).await?;
    let done = match &args.out {
        None => {
            let mut out = BufWriter::with_capacity(1 << 20, io::stdout());
            export(store, ledger, range, args.format, &mut out).await?
        }
        Some(path) => {
            let beside = beside(path);
            let file = File::create(&beside);
            let file = file.with_context(|| format!("{} cannot be made", beside.display()))?;
            let mut out = BufWriter::with_capacity(1 << 20, file);
            let done = export(store, ledger, range, args.format, &mut out).await;
            let done = done.map_err(anyhow::Error::from).and_then(|done| {
                std::fs::rename(&beside, path)
                    .with_context(|| format!("{} cannot be made", path.display()))?;
                Ok(done)
            });
            if done.is_err() {
                // It is no book; that it may stay behind is no reason to hide why.
                let _ = std::fs::remove_file(&beside);
            }
            done?
        }
    };
    let Exported { entries, end } = done;
    let what = if args.format == BookFormat::Jsonl { "events" } else { "entries" };
    writeln!(
        io::stderr(),
        "ledger {ledger}: {entries} {what}, to revision {}, whose hash is {}",
        end.revision,
        end.hash
    )?;
    Ok(())
}

/// The file that is written first.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
