//! The lines of an explanation: words, a number, and the arithmetic that leads to it.

use std::fmt;

use crate::commission::{Tiering, rounding};
use crate::currency::Currency;
use crate::money::decimal;

/// One line. Others refer to it by its place, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it says, for people.
    pub words: String,
    /// How its amount comes about.
    pub work: Work,
    /// The amount, if the line has one.
    pub amount: Option<Amount>,
}

/// An amount that may be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// In minor units.
    pub minor: u64,
    /// Of which currency.
    pub currency: Currency,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = decimal(self.minor.into(), self.currency).expect("64 bits fit into 96");
        write!(f, "{amount} {}", self.currency)
    }
}

/// How an amount comes about. A [`Place`] is that of an earlier line; plain numbers are minor units.
///
/// Its text is a formula: `#1` is the amount of line 1, and `half_even(x / y)` a quotient rounded to
/// the nearest whole, a half to the even neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// No amount.
    Words,
    /// An input, or a number of the rule.
    Given,
    /// `half_even(#1 * 500 / 10000)`
    Share {
        /// Of which line.
        of: Place,
        /// Times.
        numerator: u64,
        /// By.
        denominator: u64,
    },
    /// `half_even(#2 * #5 / #1)`; nothing of nothing is nothing.
    Portion {
        /// Of which line.
        of: Place,
        /// Times which line.
        times: Place,
        /// By which line.
        by: Place,
    },
    /// `marginal(#1; 10000:500, *:200)` or `whole(..)`: up to which base which rate in basis points.
    Tiers {
        /// Of which line.
        of: Place,
        /// What a rate is taken of.
        tiering: Tiering,
        /// Each tier's end and rate.
        tiers: Vec<(Option<u64>, u64)>,
    },
    /// `max(#4, 100)`
    AtLeast(Place, u64),
    /// `min(#4, 5000)`
    AtMost(Place, u64),
    /// `min(#4, #5)`
    NoMoreThan(Place, Place),
    /// `#1 - #4 - #6`, not below zero.
    Less(Place, Vec<Place>),
    /// `#1 + #4`
    Sum(Vec<Place>),
}

/// The place of a line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(pub usize);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |places: &[Place], sign: &str| {
            places.iter().map(ToString::to_string).collect::<Vec<_>>().join(sign)
        };
        match self {
            Self::Words => Ok(()),
            Self::Given => f.write_str("given"),
            Self::Share { of, numerator, denominator } => {
                write!(f, "half_even({of} * {numerator} / {denominator})")
            }
            Self::Portion { of, times, by } => write!(f, "half_even({of} * {times} / {by})"),
            Self::Tiers { of, tiering, tiers } => {
                let tier = |(end, rate): &(Option<u64>, u64)| match end {
                    Some(end) => format!("{end}:{rate}"),
                    None => format!("*:{rate}"),
                };
                let tiers = tiers.iter().map(tier).collect::<Vec<_>>().join(", ");
                write!(f, "{}({of}; {tiers})", tiering.as_str())
            }
            Self::AtLeast(of, floor) => write!(f, "max({of}, {floor})"),
            Self::AtMost(of, cap) => write!(f, "min({of}, {cap})"),
            Self::NoMoreThan(of, most) => write!(f, "min({of}, {most})"),
            Self::Less(of, less) if less.is_empty() => of.fmt(f),
            Self::Less(of, less) => write!(f, "{of} - {}", joined(less, " - ")),
            Self::Sum(of) if of.is_empty() => f.write_str("0"),
            Self::Sum(of) => f.write_str(&joined(of, " + ")),
        }
    }
}

impl Work {
    /// What it comes to, given the lines before; `None` where it refers to none.
    pub(super) fn result(&self, before: &[Line]) -> Option<u64> {
        let at =
            |place: &Place| before.get(place.0.checked_sub(1)?)?.amount.map(|amount| amount.minor);
        Some(match self {
            Self::Words | Self::Given => return None,
            Self::Share { of, numerator, denominator } => {
                rounding::half_even(at(of)?, *numerator, *denominator)
            }
            Self::Portion { of, times, by } => rounding::half_even(at(of)?, at(times)?, at(by)?),
            Self::Tiers { of, tiering, tiers } => tiered(at(of)?, *tiering, tiers),
            Self::AtLeast(of, floor) => at(of)?.max(*floor),
            Self::AtMost(of, cap) => at(of)?.min(*cap),
            Self::NoMoreThan(of, most) => at(of)?.min(at(most)?),
            Self::Less(of, less) => less.iter().try_fold(at(of)?, |rest, place| {
                at(place).map(|minor| rest.saturating_sub(minor))
            })?,
            Self::Sum(of) => of
                .iter()
                .try_fold(0_u64, |sum, place| at(place).map(|minor| sum.saturating_add(minor)))?,
        })
    }
}

fn tiered(base: u64, tiering: Tiering, tiers: &[(Option<u64>, u64)]) -> u64 {
    match tiering {
        Tiering::Whole => {
            let tier = tiers.iter().find(|(end, _)| end.is_none_or(|end| base <= end));
            rounding::half_even(base, tier.map_or(0, |(_, rate)| *rate), 10_000)
        }
        Tiering::Marginal => {
            let (mut below, mut scaled) = (0_u64, 0_u128);
            for (end, rate) in tiers {
                let end = end.unwrap_or(base).min(base).max(below);
                scaled += u128::from(end - below) * u128::from(*rate);
                below = end;
            }
            rounding::exact_half_even(scaled, 10_000)
        }
    }
}
