//! The platform's share of a sale.

use serde::{Deserialize, Serialize};

use crate::money::Money;

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
    let scaled = u128::from(total.minor()) * u128::from(rate.get());
    let (floor, rest) = (scaled / 10_000, scaled % 10_000);
    let fee = match rest.cmp(&5_000) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Equal => floor + floor % 2,
        std::cmp::Ordering::Greater => floor + 1,
    };
    let fee = u64::try_from(fee).expect("a share is at most the whole").min(total.minor());
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
