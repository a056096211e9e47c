//! A ledger's log, written to files of lines.

use std::time::{Duration, Instant};

use futures::StreamExt as _;

use cauri_domain::LedgerId;
use cauri_ledger::Hash;
use cauri_ledger::copy::{CopyOptions, units};
use cauri_ledger::store::{Head, RawEvent};

use super::files::{Folder, Writing};
use super::log_in::LogIn;
use super::manifest::{BackedUpLedger, LogFile};
use crate::store::Source;

/// A file is ended after so many bytes.
const FILE_BYTES: u64 = 256 << 20;

/// What a server has written last is seen by others a second later.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits until the store shows what endpoints were told already.
pub(super) async fn reach(source: &Source, told: &[(String, i64)]) {
    let deadline = Instant::now() + PATIENCE;
    for (ledger, revision) in told {
        let Ok(ledger) = ledger.parse::<LedgerId>() else { continue };
        while let Ok(head) = source.store.head(&ledger).await
            && i64::try_from(head.next().0).is_ok_and(|next| next <= *revision)
            && Instant::now() < deadline
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Writes what a ledger has beyond the backup before, checking its chain.
pub(super) async fn write(
    source: &Source,
    folder: &Folder,
    ledger: &LedgerId,
    before: Option<&BackedUpLedger>,
    say: &mut impl FnMut(String),
) -> anyhow::Result<BackedUpLedger> {
    folder.make(&format!("log/{ledger}"))?;
    let mut files = before.map(|it| it.files.clone()).unwrap_or_default();
    let (mut head, mut hash) = match before {
        Some(before) => {
            // Refused where the folder holds another history than the store.
            let there = LogIn::of_one(folder, before);
            let options = CopyOptions::default();
            let begun = cauri_ledger::copy::begin(
                &*source.store,
                &there,
                ledger,
                before.head(),
                options.until,
            );
            (before.head(), begun.await?)
        }
        None => (Head::Empty, Hash::ZERO),
    };
    let all = source.store.head(ledger).await?.next().0;
    let options = CopyOptions::default();
    let store = std::sync::Arc::clone(&source.store);
    let mut batches = units(store, ledger.clone(), head, hash, options);
    let mut open: Option<(u64, Writing)> = None;
    let mut told = Instant::now();
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let Some(last) = batch.last() else { continue };
        let (first, file) = match &mut open {
            Some(open) => open,
            none => {
                let first = head.next().0;
                let file = folder.write(format!("log/{ledger}/{first:020}.jsonl"))?;
                none.insert((first, file))
            }
        };
        for raw in &batch {
            line(file, raw)?;
        }
        (head, hash) = (Head::At(last.revision), last.hash);
        if file.bytes() >= FILE_BYTES {
            let first = *first;
            files.extend(open.take().map(|(_, file)| end(first, head, file)).transpose()?);
        }
        if told.elapsed() > Duration::from_secs(1) {
            told = Instant::now();
            say(format!("ledger {ledger}: {} of {all} events", head.next()));
        }
    }
    files.extend(open.map(|(first, file)| end(first, head, file)).transpose()?);
    Ok(BackedUpLedger { ledger: ledger.clone(), events: head.next().0, hash, files })
}

/// An event as the embedded store writes it too.
fn line(file: &mut Writing, raw: &RawEvent) -> anyhow::Result<()> {
    file.write(b"{\"h\":\"")?;
    file.write(&raw.hash.to_ascii())?;
    file.write(b"\",\"e\":")?;
    file.write(&raw.body)?;
    file.write(b"}\n")
}

fn end(first: u64, head: Head, file: Writing) -> anyhow::Result<LogFile> {
    Ok(LogFile { first, events: head.next().0 - first, file: file.finish()? })
}
