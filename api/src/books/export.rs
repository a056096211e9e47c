//! Reads a log, and writes a book of it.

use std::io::{self, Write};
use std::sync::Arc;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::log::{self, Checker, LogError};
use cauri_ledger::store::{EventStore, RawEvent};
use cauri_ledger::transparency::texts;
use cauri_ledger::{Head, Recorded, codec};
use futures::TryStreamExt as _;

use super::beancount::Beancount;
use super::journal::Journal;
use super::table::Table;
use super::walk::{End, Walk};
use super::{BookFormat, Writer};
use crate::history::Point;

/// Which events: both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The first; the ledger's first event when not given.
    pub from: Option<Point>,
    /// The last; the ledger's last durable event when not given.
    pub to: Option<Point>,
}

/// Why there is no book.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log cannot be read, or is not what it was.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It could not be written.
    #[error("the export could not be written")]
    Write(#[from] io::Error),
    /// There is no such revision.
    #[error("ledger {ledger} has no revision {asked}: it ends at {head}")]
    Beyond {
        /// Which ledger.
        ledger: LedgerId,
        /// What was asked for.
        asked: Revision,
        /// Where it ends.
        head: Head,
    },
    /// The range ends before it begins.
    #[error("the range ends before it begins")]
    Reversed,
    /// There is nothing to write.
    #[error("ledger {0} has no event there")]
    Nothing(LedgerId),
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// How many journal entries; of [`BookFormat::Jsonl`], how many events.
    pub entries: u64,
    /// Where it ended.
    pub end: End,
}

/// Writes the entries of a range of a ledger's log in one form. The log is read from its first byte on,
/// and its hash chain is checked up to the end of the range, whatever the range is.
///
/// # Errors
/// [`ExportError`]; what was written by then is no book.
pub async fn export(
    store: Arc<dyn EventStore>,
    ledger: &LedgerId,
    range: Range,
    format: BookFormat,
    out: &mut (impl Write + Send),
) -> Result<Exported, ExportError> {
    let head = store.head(ledger).await.map_err(LogError::from)?;
    for point in [range.from, range.to].into_iter().flatten() {
        if let Point::Revision(asked) = point
            && head < Head::At(asked)
        {
            return Err(ExportError::Beyond { ledger: ledger.clone(), asked, head });
        }
    }
    let reversed = match (range.from, range.to) {
        (Some(Point::Revision(from)), Some(Point::Revision(to))) => to < from,
        (Some(Point::Instant(from)), Some(Point::Instant(to))) => to < from,
        _ => false,
    };
    if reversed {
        return Err(ExportError::Reversed);
    }
    let book: Box<dyn Writer + Send> = match format {
        BookFormat::Hledger | BookFormat::Ledger => Box::<Journal>::default(),
        BookFormat::Beancount => Box::<Beancount>::default(),
        BookFormat::Csv => Box::<Table>::default(),
        BookFormat::Jsonl => return events(&*store, ledger, range, out).await,
    };
    entries(store, ledger, range, book, out).await
}

async fn entries(
    store: Arc<dyn EventStore>,
    ledger: &LedgerId,
    range: Range,
    mut book: Box<dyn Writer + Send>,
    out: &mut (impl Write + Send),
) -> Result<Exported, ExportError> {
    let (mut walk, mut text, mut entries) = (Walk::new(range.from), String::new(), 0);
    book.begin(&mut text, ledger, range.from);
    let mut chunks = log::read(store, ledger.clone(), Head::Empty);
    'log: while let Some(chunk) = chunks.try_next().await? {
        for recorded in &chunk {
            if range.to.is_some_and(|to| to.is_before(recorded)) {
                break 'log;
            }
            walk.event(recorded, |part| {
                entries += u64::from(matches!(part, super::walk::Part::Entry(_)));
                book.part(&mut text, &part);
            });
        }
        out.write_all(text.as_bytes())?;
        text.clear();
    }
    let end = walk.end(|part| book.part(&mut text, &part));
    let end = end.ok_or_else(|| ExportError::Nothing(ledger.clone()))?;
    book.end(&mut text, &end);
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exported { entries, end })
}

async fn events(
    store: &dyn EventStore,
    ledger: &LedgerId,
    range: Range,
    out: &mut (impl Write + Send),
) -> Result<Exported, ExportError> {
    let mut checker = Checker::new(ledger.clone(), Head::Empty, None);
    let (mut line, mut entries, mut end) = (Vec::new(), 0, None);
    let mut chunks = store.read(ledger, Revision::FIRST);
    'log: while let Some(chunk) = chunks.try_next().await.map_err(LogError::from)? {
        for raw in &chunk {
            let recorded = checked(&mut checker, raw)?;
            if range.to.is_some_and(|to| to.is_before(&recorded)) {
                break 'log;
            }
            end = Some(End { revision: raw.revision, hash: raw.hash });
            if range.from.is_some_and(|from| from.is_after(&recorded)) {
                continue;
            }
            line.clear();
            texts::leaf_line(&mut line, raw);
            out.write_all(&line)?;
            entries += 1;
        }
    }
    out.flush()?;
    let end = end.ok_or_else(|| ExportError::Nothing(ledger.clone()))?;
    Ok(Exported { entries, end })
}

fn checked(checker: &mut Checker, raw: &RawEvent) -> Result<Recorded, LogError> {
    checker.check(raw)?;
    Ok(codec::decode(raw)?)
}
