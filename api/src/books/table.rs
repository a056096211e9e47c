//! A table: RFC 4180, UTF-8, a header line, a posting a line.
//!
//! What went before the range are postings of the type `opening`, without a line for each event. There
//! is nothing in a table that could assert.

use cauri_domain::{Account, Currency, LedgerId, Side};
use chrono::NaiveDate;

use super::Writer;
use super::names::Amount;
use super::tags::{TAGS, tags};
use super::walk::{End, Part};
use crate::history::Point;

/// The columns before those of [`TAGS`].
const FIRST: [&str; 7] = ["type", "day", "line", "account", "class", "side", "amount"];

/// Writes a table.
#[derive(Debug, Default)]
pub struct Table;

/// A text as a spreadsheet is to show it: it would run what begins so as a formula.
fn text(value: String) -> String {
    if value.starts_with(['=', '+', '-', '@']) { format!("'{value}") } else { value }
}

fn line(out: &mut String, cells: &[String]) {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    writer.write_record(cells).expect("memory takes it");
    let bytes = writer.into_inner().expect("memory takes it");
    out.push_str(&String::from_utf8(bytes).expect("made of text"));
}

/// What is posted where, and when.
struct Posted<'a> {
    kind: &'a str,
    day: NaiveDate,
    line: usize,
    account: Account,
    side: Side,
    minor: i128,
    currency: Currency,
}

impl Posted<'_> {
    fn cells(&self, of_event: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let mut cells = vec![
            self.kind.to_owned(),
            self.day.to_string(),
            self.line.to_string(),
            self.account.to_string(),
            self.account.class().as_str().to_owned(),
            self.side.as_str().to_owned(),
            Amount(self.minor, self.currency).to_string(),
            self.currency.to_string(),
        ];
        cells.extend(TAGS.map(|tag| text(of_event(tag).unwrap_or_default())));
        cells
    }
}

impl Writer for Table {
    fn begin(&mut self, out: &mut String, _: &LedgerId, _: Option<Point>) {
        let names = FIRST.into_iter().chain(["currency"]).chain(TAGS);
        line(out, &names.map(str::to_owned).collect::<Vec<_>>());
    }

    fn part(&mut self, out: &mut String, part: &Part<'_>) {
        match part {
            Part::Opening { day, revision, sums } => {
                for (number, ((account, currency), sum)) in sums.iter().enumerate() {
                    let side = if *sum < 0 { Side::Credit } else { Side::Debit };
                    let posted = Posted {
                        kind: "opening",
                        day: *day,
                        line: number,
                        account: *account,
                        side,
                        minor: sum.abs(),
                        currency: *currency,
                    };
                    let revision = |tag: &str| (tag == "revision").then(|| revision.to_string());
                    line(out, &posted.cells(revision));
                }
            }
            Part::Entry(entry) => {
                let tags = tags(entry);
                for (number, posting) in entry.entry.postings().iter().enumerate() {
                    let posted = Posted {
                        kind: entry.recorded.event.wire_name(),
                        day: entry.days.recorded,
                        line: number,
                        account: posting.account,
                        side: posting.side,
                        minor: posting.money.minor().into(),
                        currency: posting.money.currency(),
                    };
                    let of = |tag: &str| tags.iter().find(|it| it.0 == tag).map(|it| it.1.clone());
                    line(out, &posted.cells(of));
                }
            }
            Part::Check { .. } => {}
        }
    }

    fn end(&mut self, _: &mut String, _: &End) {}
}
