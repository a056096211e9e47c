//! A ledger that beancount reads, and that checks itself.
//!
//! ```text
//! 2026-11-20 commodity XOF
//! 2026-11-20 open Assets:Clearing:Sim
//!
//! 2026-11-20 * "payin.received.v1"
//!   revision: 12
//!   asked-by: "back-end"
//!   Assets:Clearing:Sim  100 XOF
//!   Liabilities:Wallet:7F0C...:Available  -100 XOF
//!
//! 2026-11-21 balance Assets:Clearing:Sim  100 ~ 0 XOF
//! ```
//!
//! - Accounts are opened, and currencies declared, on the day of their first use.
//! - An assertion is about the beginning of its day: what a day came to is asserted on the next, without
//!   the tolerance that is usual.
//! - An entry may be off by half of its last decimal and is taken. All amounts have all decimals of
//!   their currency here, so the least that one can be off is twice that.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cauri_domain::{Account, Currency, LedgerId};
use chrono::{Days, NaiveDate};

use super::Writer;
use super::names::{Amount, Name};
use super::tags::tags;
use super::walk::{Book, End, Part, signed};
use crate::history::Point;

/// Writes a ledger for beancount.
#[derive(Debug, Default)]
pub struct Beancount {
    accounts: BTreeSet<Account>,
    currencies: BTreeSet<Currency>,
}

impl Beancount {
    fn open(&mut self, out: &mut String, day: NaiveDate, books: impl Iterator<Item = Book>) {
        let length = out.len();
        for (account, currency) in books {
            if self.currencies.insert(currency) {
                let _ = writeln!(out, "{day} commodity {currency}");
            }
            if self.accounts.insert(account) {
                let _ = writeln!(out, "{day} open {}", Name(account));
            }
        }
        if out.len() > length {
            out.push('\n');
        }
    }
}

/// Numbers and days are what they are; all else is text.
fn metadata(out: &mut String, tag: &str, value: &str) {
    let is_plain = matches!(tag, "revision" | "causation" | "effective" | "posting");
    let quote = if is_plain { "" } else { "\"" };
    let _ = writeln!(out, "  {tag}: {quote}{value}{quote}");
}

impl Writer for Beancount {
    fn begin(&mut self, out: &mut String, ledger: &LedgerId, from: Option<Point>) {
        let from = from.map_or_else(|| "the first event".to_owned(), |from| from.to_string());
        let _ = writeln!(out, "; from {from} on; debits are positive, credits negative");
        let _ = writeln!(out, "option \"title\" \"ledger {ledger}\"\n");
    }

    fn part(&mut self, out: &mut String, part: &Part<'_>) {
        match part {
            Part::Opening { day, revision, sums } => {
                self.open(out, *day, sums.keys().copied());
                let _ = writeln!(out, "{day} * \"opening\"");
                metadata(out, "revision", &revision.to_string());
                for ((account, currency), sum) in *sums {
                    let (name, amount) = (Name(*account), Amount(*sum, *currency));
                    let _ = writeln!(out, "  {name}  {amount} {currency}");
                }
            }
            Part::Entry(entry) => {
                let (day, postings) = (entry.days.recorded, entry.entry.postings());
                let books = postings.iter().map(|it| (it.account, it.money.currency()));
                self.open(out, day, books);
                let _ = writeln!(out, "{day} * \"{}\"", entry.recorded.event.wire_name());
                for (tag, value) in tags(entry) {
                    metadata(out, tag, &value);
                }
                for posting in postings {
                    let (name, currency) = (Name(posting.account), posting.money.currency());
                    let amount = Amount(signed(posting), currency);
                    let _ = writeln!(out, "  {name}  {amount} {currency}");
                }
            }
            Part::Check { day, sums, .. } => {
                let next = *day + Days::new(1);
                for ((account, currency), sum) in *sums {
                    let (name, amount) = (Name(*account), Amount(*sum, *currency));
                    let _ = writeln!(out, "{next} balance {name}  {amount} ~ 0 {currency}");
                }
            }
        }
        out.push('\n');
    }

    fn end(&mut self, out: &mut String, end: &End) {
        let _ = writeln!(out, "; to revision {}, whose hash is {}", end.revision, end.hash);
    }
}
