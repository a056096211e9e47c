//! Commission: what a sale costs, to whom, and who bears it. Rules are data, in the log.
//!
//! | command | events | entry |
//! | --- | --- | --- |
//! | `SetCommissionRule` | `commission.rules_set.v1` | none |
//!
//! A [`Rule`] is a waterfall: ordered steps, each a share, a fixed amount or tiers, of the gross
//! amount or of what the steps before left, within a floor and a cap, to the platform, a wallet or
//! the state; each fee of the platform with its tax, inside it or on top. It says who bears it
//! (seller, buyer, platform) and what becomes of it on a refund.
//!
//! Setting a rule again counts its version up; each is in force [`Version::from`] an instant that
//! is never past. A sale agrees to the version in force ([`agree`]) and freezes it: [`Agreed`] goes
//! into its terms. Where no rule is named, the one called [`DEFAULT`] is taken, and where there is
//! none, the rate in the ledger's settings, as version 0.
//!
//! An amount is then shared out in one or many steps ([`Agreed::shares`]) and given back
//! ([`Agreed::returns`]): cumulatively, each fee rounded half-even and the seller getting the rest.
//! The [`Breakdown`] that this gives goes into the event, which names it in [`crate::Event::earnings`]
//! so that reports and [`crate::explain`] find it; `share_out` and `give_back` post it. An amount that is simply divided among
//! parties is [`split`] by largest remainder instead.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::money::Money;

mod agreed;
mod breakdown;
pub(crate) mod rounding;
mod rule;
mod rules;
pub mod split;
mod told;

pub use agreed::{Agreed, Bracket, Priced, Term};
pub use breakdown::{Bound, Breakdown, How, Part};
pub use rule::{
    Amounts, Base, Beneficiary, Charge, DEFAULT, Payer, Placed, RefundPolicy, Rule, Step, Tax,
    Tier, Tiering, TwoOfOneCurrency, Version,
};
pub use rules::{Ask, agree};
pub(crate) use rules::{decide_set, evolve_set};
pub use told::Earning;

/// Sets a rule: a new one, or the next version of the one of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// What it says.
    pub rule: Rule,
    /// Since when; at once when not given. Never in the past.
    pub from: Option<DateTime<Utc>>,
}

/// A rule has a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesSet {
    /// What it says.
    pub rule: Rule,
    /// 1 for the first of its name.
    pub version: u32,
    /// Since when it is in force.
    pub from: DateTime<Utc>,
}

/// A percentage, in basis points: 500 is 5 %. At most 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct BasisPoints(u16);

/// A rate above 10,000 basis points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is 0 to 10000 basis points")]
pub struct RateTooHigh;

impl BasisPoints {
    /// The rate as a number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for BasisPoints {
    type Error = RateTooHigh;
    fn try_from(rate: u16) -> Result<Self, RateTooHigh> {
        if rate <= 10_000 { Ok(Self(rate)) } else { Err(RateTooHigh) }
    }
}

impl From<BasisPoints> for u16 {
    fn from(rate: BasisPoints) -> Self {
        rate.0
    }
}

/// How a sale is shared: the fee is rounded half-even, the seller gets the rest. A part that comes
/// to nothing is `None`. Both parts always sum to the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// The platform's.
    pub commission: Option<Money>,
    /// The seller's; never rounded alone.
    pub net: Option<Money>,
}

/// Shares `total` at `rate`.
#[must_use]
pub fn share(total: Money, rate: BasisPoints) -> Shares {
    let fee = rounding::half_even(total.minor(), rate.get().into(), 10_000);
    Shares {
        commission: Money::from_minor(fee, total.currency()),
        net: Money::from_minor(total.minor() - fee, total.currency()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(minor: u64, rate: u16) -> (u64, u64) {
        let total = Money::from_minor(minor, "XOF".parse().unwrap()).unwrap();
        let shares = share(total, rate.try_into().unwrap());
        (shares.commission.map_or(0, Money::minor), shares.net.map_or(0, Money::minor))
    }

    #[test]
    fn the_fee_is_rounded_half_even_and_the_seller_gets_the_rest() {
        assert_eq!(shares(3_333, 500), (167, 3_166)); // 166.65
        assert_eq!(shares(10, 500), (0, 10)); // 0.5, to the even 0
        assert_eq!(shares(30, 500), (2, 28)); // 1.5, to the even 2
        assert_eq!(shares(50, 500), (2, 48)); // 2.5, to the even 2
        assert_eq!(shares(1, 10_000), (1, 0));
        assert_eq!(shares(1, 0), (0, 1));
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_whole(minor in 1_u64.., rate in 0_u16..=10_000) {
            let (fee, net) = shares(minor, rate);
            prop_assert_eq!(u128::from(fee) + u128::from(net), u128::from(minor));
        }
    }
}
