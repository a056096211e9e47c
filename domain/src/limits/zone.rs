//! Where days begin at midnight.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time zone of the IANA database, by its name: `Africa/Lome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The day that it is there.
    #[must_use]
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        // Most ledgers' clocks are those of UTC: no table has to be asked.
        if self.0 == Tz::UTC { at.date_naive() } else { at.with_timezone(&self.0).date_naive() }
    }

    /// When a day begins there.
    #[must_use]
    pub fn begins(self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        // Where clocks jump over midnight, the day begins when they have jumped.
        let first = [0, 1].into_iter().find_map(|hours| {
            self.0.from_local_datetime(&(midnight + TimeDelta::hours(hours))).earliest()
        });
        first.map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc))
    }

    /// When the day after begins there.
    #[must_use]
    pub fn next_day(self, day: NaiveDate) -> DateTime<Utc> {
        self.begins(day.succ_opt().unwrap_or(day))
    }

    /// When the month after begins there.
    #[must_use]
    pub fn next_month(self, day: NaiveDate) -> DateTime<Utc> {
        let (year, month) =
            if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
        self.begins(NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(day))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

/// A text names no time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time zone of the IANA database, such as Africa/Lome")]
pub struct UnknownZone;

impl std::str::FromStr for Zone {
    type Err = UnknownZone;
    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        text.parse().map(Self).map_err(|_| UnknownZone)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_there() {
        let paris: Zone = "Europe/Paris".parse().expect("a zone");
        let evening: DateTime<Utc> = "2026-11-20T23:30:00Z".parse().expect("an instant");
        let day = paris.day(evening);
        assert_eq!(day.to_string(), "2026-11-21");
        assert_eq!(paris.begins(day).to_rfc3339(), "2026-11-20T23:00:00+00:00");
        assert_eq!(paris.next_month(day).to_rfc3339(), "2026-11-30T23:00:00+00:00");
        assert_eq!(Zone::default().day(evening).to_string(), "2026-11-20");
        // Clocks jump from midnight to one o'clock.
        let beirut: Zone = "Asia/Beirut".parse().expect("a zone");
        let jump = NaiveDate::from_ymd_opt(2025, 3, 30).expect("a day");
        assert_eq!(beirut.begins(jump).to_rfc3339(), "2025-03-29T22:00:00+00:00");
        assert_eq!("Mars/Base".parse::<Zone>(), Err(UnknownZone));
    }
}
