//! How long a token lives, as people write it: `90s`, `15m`, `24h`, `30d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How long a token lives: at least a second, at most 366 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl(Duration);

impl Ttl {
    /// The life of a token when nothing else is said: a day.
    pub const DAY: Self = Self(Duration::from_secs(86_400));
    const LONGEST: u64 = 366 * 86_400;

    /// The time itself.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

/// Why a text is no life of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number and one of s, m, h, d: 90s, 15m, 24h, 30d; at most 366d")]
pub struct TtlError;

impl FromStr for Ttl {
    type Err = TtlError;

    fn from_str(text: &str) -> Result<Self, TtlError> {
        let unit = match text.as_bytes().last() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            Some(_) | None => return Err(TtlError),
        };
        let digits = &text[..text.len() - 1];
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TtlError);
        }
        let count: u64 = digits.parse().map_err(|_| TtlError)?;
        let seconds = count.checked_mul(unit).ok_or(TtlError)?;
        if (1..=Self::LONGEST).contains(&seconds) {
            Ok(Self(Duration::from_secs(seconds)))
        } else {
            Err(TtlError)
        }
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("24h", 86_400), ("366d", 31_622_400)] {
            assert_eq!(text.parse::<Ttl>().map(|ttl| ttl.duration().as_secs()), Ok(seconds));
        }
        for text in ["", "s", "0s", "1", "1w", "-1h", "+1h", "1.5h", "367d", "99999999999999999d"] {
            assert_eq!(text.parse::<Ttl>(), Err(TtlError), "{text:?}");
        }
    }
}
