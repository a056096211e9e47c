//! What a ledger was at any place of its log, from the log alone.
//!
//! | to find | look in |
//! | --- | --- |
//! | how a place is named | [`Point`] |
//! | folding the log up to there | [`mod@replay`] |
//! | what is answered: balances, counts | [`answer`] |
//! | every posting of a wallet, with its cause | [`wallet`] |
//! | what changed between two places | [`mod@diff`] |
//! | the things of a state, whatever they are | [`things`] |
//!
//! An answer depends on the events up to its place and on nothing else: no clock, no database, no
//! events after it. So the same question has the same answer, byte for byte, for ever: what is
//! backdated later is recorded later.

pub mod answer;
pub mod diff;
mod point;
pub mod replay;
pub mod things;
pub mod wallet;

pub use answer::Answer;
pub use diff::{Diff, diff};
pub use point::{NoSuchPoint, Point, instant_text};
pub use replay::{By, ReplayError, Replayed, replay};
pub use wallet::{Cause, Line, Statement, statement};

use comfy_table::{CellAlignment, Table, presets};

/// A table for people, the same on every terminal. Columns from `right` on are numbers.
pub(crate) fn table(header: &[&str], right: std::ops::Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header.to_vec());
    for column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The lines of a table without the blanks at their ends, each behind an indent.
pub(crate) fn lines(table: &Table) -> String {
    table.to_string().lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}
