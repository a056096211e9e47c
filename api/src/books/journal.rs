//! A journal that both hledger and ledger read, and that checks itself.
//!
//! ```text
//! account Assets:Clearing:Sim
//! payee payin.received.v1
//!
//! 2026-11-20 * (12) payin.received.v1
//!     ; revision: 12
//!     ; asked-by: back-end
//!     Assets:Clearing:Sim  100 XOF
//!     Liabilities:Wallet:7F0C...:Available  -100 XOF
//!
//! 2026-11-20 * (12) assertions
//!     Assets:Clearing:Sim  0 XOF = 100 XOF
//! ```
//!
//! - Accounts, payees, currencies and tags are declared, each before its first use: so both tools can be
//!   asked to refuse what is not.
//! - Currencies are declared without a form of their amounts, and nothing stands on the line of an account:
//!   either would be read in two ways.
//! - Dates ascend: they are those of the recording. The day that an entry is about, where it is
//!   another, is its second date: `hledger --date2`, `ledger --aux-date`.
//! - After the last entry of each day, the accounts that it touched are asserted, and after the last
//!   of the range all of them: hledger checks in the order of dates, ledger in that of the file, which
//!   are one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cauri_domain::{Account, Currency, LedgerId};

use super::Writer;
use super::names::{Amount, Name};
use super::tags::{TAGS, tags};
use super::walk::{Book, End, Part, signed};
use crate::history::Point;

/// Writes a journal.
#[derive(Debug, Default)]
pub struct Journal {
    accounts: BTreeSet<Account>,
    currencies: BTreeSet<Currency>,
    payees: BTreeSet<String>,
}

impl Journal {
    fn declare(&mut self, out: &mut String, payee: &str, books: impl Iterator<Item = Book>) {
        let length = out.len();
        for (account, currency) in books {
            if self.accounts.insert(account) {
                let _ = writeln!(out, "account {}", Name(account));
            }
            if self.currencies.insert(currency) {
                let _ = writeln!(out, "commodity {currency}");
            }
        }
        if !self.payees.contains(payee) {
            self.payees.insert(payee.to_owned());
            let _ = writeln!(out, "payee {payee}");
        }
        if out.len() > length {
            out.push('\n');
        }
    }
}

impl Writer for Journal {
    fn begin(&mut self, out: &mut String, ledger: &LedgerId, from: Option<Point>) {
        let from = from.map_or_else(|| "the first event".to_owned(), |from| from.to_string());
        let _ = writeln!(out, "; ledger {ledger}, from {from} on, for hledger and ledger");
        let _ = writeln!(out, "; debits are positive, credits negative\n");
        for tag in TAGS {
            let _ = writeln!(out, "tag {tag}");
        }
        out.push('\n');
    }

    fn part(&mut self, out: &mut String, part: &Part<'_>) {
        match part {
            Part::Opening { day, revision, sums } => {
                self.declare(out, "opening", sums.keys().copied());
                let _ = writeln!(out, "{day} * ({revision}) opening");
                for ((account, currency), sum) in *sums {
                    let (name, amount) = (Name(*account), Amount(*sum, *currency));
                    let _ = writeln!(out, "    {name}  {amount} {currency}");
                }
            }
            Part::Entry(entry) => {
                let payee = entry.recorded.event.wire_name();
                let postings = entry.entry.postings();
                let books = postings.iter().map(|it| (it.account, it.money.currency()));
                self.declare(out, payee, books);
                let (day, effective) = (entry.days.recorded, entry.days.dated.effective);
                let _ = write!(out, "{day}");
                if effective != day {
                    let _ = write!(out, "={effective}");
                }
                let _ = writeln!(out, " * ({}) {payee}", entry.recorded.revision);
                for (tag, value) in tags(entry) {
                    let _ = writeln!(out, "    ; {tag}: {value}");
                }
                for posting in postings {
                    let (name, currency) = (Name(posting.account), posting.money.currency());
                    let amount = Amount(signed(posting), currency);
                    let _ = writeln!(out, "    {name}  {amount} {currency}");
                }
            }
            Part::Check { day, revision, sums } => {
                self.declare(out, "assertions", sums.keys().copied());
                let _ = writeln!(out, "{day} * ({revision}) assertions");
                for ((account, currency), sum) in *sums {
                    let (name, sum) = (Name(*account), Amount(*sum, *currency));
                    let zero = Amount(0, *currency);
                    let _ = writeln!(out, "    {name}  {zero} {currency} = {sum} {currency}");
                }
            }
        }
        out.push('\n');
    }

    fn end(&mut self, out: &mut String, end: &End) {
        let _ = writeln!(out, "; to revision {}, whose hash is {}", end.revision, end.hash);
    }
}
