//! Books in plain text: a ledger's entries, or those of a range, as files that accounting tools add up
//! again (`docs/books.md`).
//!
//! | to find | look in |
//! | --- | --- |
//! | which accounts are called how, how amounts are written | [`names`] |
//! | from events to the parts of a book | [`walk`] |
//! | a file that hledger and ledger read | [`journal`] |
//! | a file that beancount reads | [`beancount`] |
//! | a table | [`table`] |
//! | reading the log, and writing it all out | [`export`] |
//!
//! Those that write take a part of a book and append text: they read nothing, and know no clock.

pub mod beancount;
mod export;
pub mod journal;
pub mod names;
pub mod table;
mod tags;
pub mod walk;

use cauri_domain::LedgerId;

pub use export::{ExportError, Exported, Range, export};
use walk::{End, Part};

use crate::history::Point;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum BookFormat {
    /// A journal for hledger.
    Hledger,
    /// The same journal: ledger reads it too.
    Ledger,
    /// A ledger for beancount.
    Beancount,
    /// A table, a posting a line.
    Csv,
    /// The events as they are stored, each with its hash, one a line.
    Jsonl,
}

/// Writes the parts of a book in one form.
pub trait Writer {
    /// Before everything.
    fn begin(&mut self, out: &mut String, ledger: &LedgerId, from: Option<Point>);

    /// The next part.
    fn part(&mut self, out: &mut String, part: &Part<'_>);

    /// After everything.
    fn end(&mut self, out: &mut String, end: &End);
}
