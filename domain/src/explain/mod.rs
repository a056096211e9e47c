//! Any entry in words and numbers: why each posting is what it is, down to the rounding.
//!
//! An explanation stands alone: every number in it is an input, or is worked out from lines before
//! it by a formula that it shows. [`check`] works it out again.

use std::collections::BTreeMap;

use crate::commission::Breakdown;
use crate::currency::Currency;
use crate::event::Event;
use crate::journal::Side;

mod line;
mod posting;
mod sheet;

pub use line::{Amount, Line, Place, Work};
use sheet::{Sheet, Worked};

/// What an event did to the books, and why so much.
#[must_use]
pub fn explain(event: &Event) -> Vec<Line> {
    let mut sheet = Sheet::default();
    let Some(entry) = event.entry() else {
        sheet.say(format!("{}: no money moved", event.wire_name()));
        return sheet.lines;
    };
    sheet.say(format!("{}: {} postings", event.wire_name(), entry.postings().len()));
    let mut worked: Vec<Worked> =
        event.breakdowns().into_iter().map(|it| sheet.breakdown(it)).collect();
    let mut postings: BTreeMap<Currency, [Vec<Place>; 2]> = BTreeMap::new();
    for posting in entry.postings() {
        let place = sheet.posting(posting, &mut worked);
        let [debits, credits] = postings.entry(posting.money.currency()).or_default();
        match posting.side {
            Side::Debit => debits.push(place),
            Side::Credit => credits.push(place),
        }
    }
    for (currency, [debits, credits]) in postings {
        sheet.balance(debits, credits, currency);
    }
    sheet.lines
}

/// How an amount was shared, or given back, alone: without the postings that it led to.
#[must_use]
pub fn explain_breakdown(breakdown: &Breakdown) -> Vec<Line> {
    let mut sheet = Sheet::default();
    sheet.breakdown(breakdown);
    sheet.lines
}

/// A line says another number than its own arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} does not come to what it says")]
pub struct Wrong(pub usize);

/// Works every line out again, from the lines alone.
///
/// # Errors
/// The first line that says another number than its formula comes to, or that refers to none.
pub fn check(lines: &[Line]) -> Result<(), Wrong> {
    for (place, line) in lines.iter().enumerate() {
        let (before, _) = lines.split_at(place);
        let right = match (&line.work, line.amount) {
            (Work::Words, amount) => amount.is_none(),
            (Work::Given, amount) => amount.is_some(),
            (work, Some(amount)) => work.result(before) == Some(amount.minor),
            (_, None) => false,
        };
        if !right {
            return Err(Wrong(place + 1));
        }
    }
    Ok(())
}
