//! Periods of whole days: a day, week, month or year, times some number.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// What periods are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Days.
    Day,
    /// Seven days.
    Week,
    /// Months of the calendar.
    Month,
    /// Years of the calendar.
    Year,
}

impl Unit {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    const fn most(self) -> u16 {
        match self {
            Self::Day => 3_660,
            Self::Week => 520,
            Self::Month => 120,
            Self::Year => 10,
        }
    }
}

/// How long a period is: at most ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Every {
    /// Counted in what.
    pub unit: Unit,
    /// How many, from 1.
    pub count: u16,
}

/// Some days in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first.
    pub start: NaiveDate,
    /// The first that is not in it any more.
    pub end: NaiveDate,
}

impl Span {
    /// How many days it has.
    #[must_use]
    pub fn days(self) -> u32 {
        u32::try_from((self.end - self.start).num_days()).unwrap_or(0)
    }

    /// How many of its days are over when `today` begins.
    #[must_use]
    pub fn past(self, today: NaiveDate) -> u32 {
        let past = (today - self.start).num_days().clamp(0, i64::from(self.days()));
        u32::try_from(past).unwrap_or(0)
    }
}

impl Every {
    /// Whether it is as long as a period may be.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        self.count >= 1 && self.count <= self.unit.most()
    }

    /// The first day of the nth period from `anchor`, which is that of number 0.
    ///
    /// Each is counted from the anchor, so that a month too short for its day changes no other.
    #[must_use]
    pub fn nth(self, anchor: NaiveDate, n: u32) -> NaiveDate {
        let times = u64::from(self.count) * u64::from(n);
        let months = |each: u64| {
            let months = u32::try_from(times.saturating_mul(each)).unwrap_or(u32::MAX);
            anchor.checked_add_months(Months::new(months))
        };
        let day = match self.unit {
            Unit::Day => anchor.checked_add_days(Days::new(times)),
            Unit::Week => anchor.checked_add_days(Days::new(times.saturating_mul(7))),
            Unit::Month => months(1),
            Unit::Year => months(12),
        };
        day.unwrap_or(NaiveDate::MAX)
    }

    /// The nth period from `anchor`.
    #[must_use]
    pub fn span(self, anchor: NaiveDate, n: u32) -> Span {
        Span { start: self.nth(anchor, n), end: self.nth(anchor, n.saturating_add(1)) }
    }
}

/// The first day of the month after that of `day`.
pub(crate) fn next_month(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn starts(every: Every, anchor: &str, count: u32) -> Vec<String> {
        (0..count).map(|n| every.nth(day(anchor), n).to_string()).collect()
    }

    #[test]
    fn the_day_is_kept_over_short_months() {
        let month = Every { unit: Unit::Month, count: 1 };
        assert_eq!(
            starts(month, "2026-01-31", 5),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
        );
        assert_eq!(starts(month, "2028-01-31", 3), ["2028-01-31", "2028-02-29", "2028-03-31"]);
        let year = Every { unit: Unit::Year, count: 1 };
        assert_eq!(
            starts(year, "2028-02-29", 5),
            ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
        );
        let quarter = Every { unit: Unit::Month, count: 3 };
        assert_eq!(starts(quarter, "2026-11-30", 3), ["2026-11-30", "2027-02-28", "2027-05-30"]);
    }

    proptest! {
        /// Whatever the anchor: periods follow each other without a gap, and none is empty.
        #[test]
        fn periods_follow_each_other(
            ce in 719_163..760_000_i32,
            unit in prop::sample::select(vec![Unit::Day, Unit::Week, Unit::Month, Unit::Year]),
            count in 1_u16..=10,
            n in 0_u32..200,
        ) {
            let anchor = NaiveDate::from_num_days_from_ce_opt(ce).unwrap();
            let every = Every { unit, count };
            let (this, next) = (every.span(anchor, n), every.span(anchor, n + 1));
            prop_assert_eq!(this.end, next.start);
            prop_assert!(this.days() > 0);
            prop_assert_eq!(this.past(this.start), 0);
            prop_assert_eq!(this.past(this.end), this.days());
            // The day of the month is the anchor's, or the last of a shorter month.
            if matches!(unit, Unit::Month | Unit::Year) {
                let last = next_month(this.start) - Days::new(1);
                prop_assert_eq!(this.start.day(), anchor.day().min(last.day()));
            }
        }
    }
}
