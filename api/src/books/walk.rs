//! From a ledger's events to the parts of a book: what went before, entries, and what they come to.
//!
//! Memory grows with the number of accounts, not with that of events.

use std::collections::{BTreeMap, BTreeSet};

use cauri_domain::limits::Zone;
use cauri_domain::{Account, Currency, Dated, Event, JournalEntry, Posting, Revision, Side};
use cauri_ledger::{Hash, Recorded};
use chrono::NaiveDate;

use crate::history::Point;

/// An account in one currency.
pub type Book = (Account, Currency);

/// Debits less credits in minor units: the sign that the tools know, whatever the account's class.
pub type Sums = BTreeMap<Book, i128>;

/// The days of entries, as events come one after the other.
#[derive(Debug, Default)]
pub struct Calendar {
    zone: Zone,
    today: Option<NaiveDate>,
}

/// The days of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// When it was recorded, where the ledger is: never before the entry before it, also where the
    /// ledger has moved west.
    pub recorded: NaiveDate,
    /// The day it is about, and the day it counts for in the accounts.
    pub dated: Dated,
}

impl Calendar {
    /// The days of the next event.
    pub fn next(&mut self, recorded: &Recorded) -> Days {
        if let Event::TimeZoneSet(event) = &recorded.event {
            self.zone = event.zone;
        }
        let day = self.zone.day(recorded.recorded_at);
        let own = Dated { effective: day, posting: day };
        let today = self.today.map_or(day, |before| before.max(day));
        self.today = Some(today);
        Days { recorded: today, dated: recorded.event.dated().unwrap_or(own) }
    }
}

/// One posting of a book, with the sign that the tools know.
#[must_use]
pub fn signed(posting: &Posting) -> i128 {
    let minor = i128::from(posting.money.minor());
    match posting.side {
        Side::Debit => minor,
        Side::Credit => -minor,
    }
}

/// A journal entry, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The event that it is part of.
    pub recorded: &'a Recorded,
    /// Its days.
    pub days: Days,
    /// Its postings.
    pub entry: &'a JournalEntry,
}

/// A part of a book.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// What all accounts came to before the range. Sums to zero in each currency, so it is an entry.
    Opening {
        /// The day of the last event before the range.
        day: NaiveDate,
        /// Its revision.
        revision: Revision,
        /// Every account that was not at zero.
        sums: &'a Sums,
    },
    /// An entry of the range.
    Entry(Entry<'a>),
    /// What accounts have come to: to be asserted.
    Check {
        /// At the end of this day.
        day: NaiveDate,
        /// After the entry of this revision.
        revision: Revision,
        /// The accounts that the day's entries touched; at the end of the range all that are in it.
        sums: &'a Sums,
    },
}

/// Where a book ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The last revision of the range.
    pub revision: Revision,
    /// Its hash.
    pub hash: Hash,
}

/// Takes all events of a ledger from its first one on, and gives the parts of a book of a range.
#[derive(Debug)]
pub struct Walk {
    from: Option<Point>,
    calendar: Calendar,
    sums: Sums,
    /// What the entries since the last check touched.
    touched: BTreeSet<Book>,
    /// The last event that has told something: the day, the revision.
    last: Option<(NaiveDate, Revision)>,
    opened: bool,
    end: Option<End>,
}

impl Walk {
    /// Of the range that begins at `from`: with the first event when not given.
    #[must_use]
    pub fn new(from: Option<Point>) -> Self {
        Self {
            from,
            calendar: Calendar::default(),
            sums: Sums::new(),
            touched: BTreeSet::new(),
            last: None,
            opened: false,
            end: None,
        }
    }

    /// The next event, and the parts that it leads to.
    pub fn event(&mut self, recorded: &Recorded, mut give: impl FnMut(Part<'_>)) {
        let days = self.calendar.next(recorded);
        self.end = Some(End { revision: recorded.revision, hash: recorded.hash });
        if self.from.is_some_and(|from| from.is_after(recorded)) {
            if let Some(entry) = recorded.event.entry() {
                self.post(entry);
                entry.postings().iter().for_each(|posting| self.forget_zero(&book(posting)));
            }
            self.last = Some((days.recorded, recorded.revision));
            return;
        }
        self.open(&mut give);
        let Some(entry) = recorded.event.entry() else { return };
        if let Some((day, revision)) = self.last
            && day < days.recorded
            && !self.touched.is_empty()
        {
            let touched = std::mem::take(&mut self.touched);
            let of = |book: Book| (book, self.sums.get(&book).copied().unwrap_or_default());
            let sums = touched.iter().copied().map(of).collect();
            give(Part::Check { day, revision, sums: &sums });
            // What was asserted at zero has no more to say.
            touched.iter().for_each(|book| self.forget_zero(book));
        }
        self.touched.extend(entry.postings().iter().map(book));
        self.post(entry);
        self.last = Some((days.recorded, recorded.revision));
        give(Part::Entry(Entry { recorded, days, entry }));
    }

    /// After the last event of the range. `None` when there was no event at all.
    pub fn end(&mut self, mut give: impl FnMut(Part<'_>)) -> Option<End> {
        self.open(&mut give);
        if let Some((day, revision)) = self.last
            && !self.sums.is_empty()
        {
            give(Part::Check { day, revision, sums: &self.sums });
        }
        self.end
    }

    fn open(&mut self, give: &mut impl FnMut(Part<'_>)) {
        let opened = std::mem::replace(&mut self.opened, true);
        if let (false, Some((day, revision))) = (opened, self.last)
            && !self.sums.is_empty()
        {
            give(Part::Opening { day, revision, sums: &self.sums });
        }
    }

    fn post(&mut self, entry: &JournalEntry) {
        for posting in entry.postings() {
            *self.sums.entry(book(posting)).or_default() += signed(posting);
        }
    }

    fn forget_zero(&mut self, book: &Book) {
        if self.sums.get(book) == Some(&0) {
            self.sums.remove(book);
        }
    }
}

fn book(posting: &Posting) -> Book {
    (posting.account, posting.money.currency())
}
