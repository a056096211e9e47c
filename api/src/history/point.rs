//! A place in a ledger's log, as it is given on the command line: a revision or an instant.

use std::fmt;
use std::str::FromStr;

use cauri_domain::Revision;
use cauri_ledger::Recorded;
use chrono::{DateTime, Utc};

/// A place in the log. Time never goes back in it, so an instant names one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A revision.
    Revision(Revision),
    /// An instant of the time that events were recorded.
    Instant(DateTime<Utc>),
}

/// A text names no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in the log is a revision, `1042`, or an instant, `2026-11-20T00:00:00Z`")]
pub struct NoSuchPoint;

impl Point {
    /// Whether an event comes before it.
    #[must_use]
    pub fn is_after(self, event: &Recorded) -> bool {
        match self {
            Self::Revision(revision) => event.revision < revision,
            Self::Instant(instant) => event.recorded_at < instant,
        }
    }

    /// Whether an event comes after it.
    #[must_use]
    pub fn is_before(self, event: &Recorded) -> bool {
        match self {
            Self::Revision(revision) => event.revision > revision,
            Self::Instant(instant) => event.recorded_at > instant,
        }
    }
}

impl FromStr for Point {
    type Err = NoSuchPoint;

    fn from_str(text: &str) -> Result<Self, NoSuchPoint> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(|it| Self::Revision(Revision(it))).map_err(|_| NoSuchPoint);
        }
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| NoSuchPoint)?;
        Ok(Self::Instant(instant.to_utc()))
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(revision) => revision.fmt(f),
            Self::Instant(instant) => f.write_str(&instant_text(*instant)),
        }
    }
}

/// An instant as the log has it: UTC, microseconds.
#[must_use]
pub fn instant_text(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_revision_or_an_instant() {
        let shown = |text: &str| text.parse::<Point>().map(|it| it.to_string()).ok();
        assert_eq!(shown("0").as_deref(), Some("0"));
        assert_eq!(shown("1042").as_deref(), Some("1042"));
        let instant = shown("2026-11-20T01:00:00+01:00");
        assert_eq!(instant.as_deref(), Some("2026-11-20T00:00:00.000000Z"));
        for other in ["", "-1", "2026-11-20", "now", "99999999999999999999", "2026-11-20T00:00:00"]
        {
            assert_eq!(shown(other), None, "{other}");
        }
    }
}
