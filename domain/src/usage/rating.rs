//! What usage costs: exact, until a line is rounded.

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::commission::Tiering;
use crate::currency::Currency;
use crate::money::Money;
use crate::plan::{Meter, Tier};

/// What so many units cost, in major units, not rounded; `None` beyond what a decimal can hold.
#[must_use]
pub fn cost(meter: &Meter, units: u64) -> Option<Decimal> {
    let billed = units.saturating_sub(meter.included);
    let of = |tier: &Tier, units: u64| tier.price.get().checked_mul(Decimal::from(units));
    match meter.tiering {
        Tiering::Whole => {
            let tier = meter.tiers.iter().find(|tier| tier.up_to.is_none_or(|end| billed <= end));
            tier.map_or(Some(Decimal::ZERO), |tier| of(tier, billed))
        }
        Tiering::Marginal => {
            let (mut below, mut sum) = (0, Decimal::ZERO);
            for tier in &meter.tiers {
                let end = tier.up_to.unwrap_or(billed).min(billed);
                sum = sum.checked_add(of(tier, end.saturating_sub(below))?)?;
                below = below.max(end);
            }
            Some(sum)
        }
    }
}

/// A cost in minor units, rounded half to even; `None` beyond what a ledger can hold.
#[must_use]
pub fn rounded(cost: Decimal, currency: Currency) -> Option<u64> {
    let scale = Decimal::from(10_u64.pow(currency.exponent().into()));
    let minor = cost.checked_mul(scale)?;
    minor.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_u64()
}

/// A cost as an amount; nothing where it comes to nothing.
pub(super) fn money(cost: Decimal, currency: Currency) -> Option<Option<Money>> {
    rounded(cost, currency).map(|minor| Money::from_minor(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(tiering: Tiering, tiers: &[(Option<u64>, &str)]) -> Meter {
        let tier = |(up_to, price): &(Option<u64>, &str)| Tier {
            up_to: *up_to,
            price: price.parse().unwrap(),
        };
        let tiers = tiers.iter().map(tier).collect();
        Meter { code: "calls".parse().unwrap(), included: 100, tiering, tiers, quota: None }
    }

    fn text(meter: &Meter, units: u64) -> String {
        cost(meter, units).unwrap().normalize().to_string()
    }

    #[test]
    fn each_tier_has_its_own_price_or_one_has_all() {
        let tiers = [(Some(1_000), "0.005"), (Some(5_000), "0.004"), (None, "0.001")];
        let marginal = meter(Tiering::Marginal, &tiers);
        assert_eq!(text(&marginal, 100), "0");
        assert_eq!(text(&marginal, 101), "0.005");
        assert_eq!(text(&marginal, 1_100), "5");
        assert_eq!(text(&marginal, 2_100), "9");
        assert_eq!(text(&marginal, 6_100), "22");
        let whole = meter(Tiering::Whole, &tiers);
        assert_eq!(text(&whole, 1_100), "5");
        assert_eq!(text(&whole, 1_101), "4.004");
        assert_eq!(text(&meter(Tiering::Whole, &[]), 9_999), "0");
    }

    #[test]
    fn a_half_goes_to_the_even_neighbour() {
        let usd = "USD".parse().unwrap();
        let minor = |text: &str| rounded(text.parse().unwrap(), usd).unwrap();
        assert_eq!(["0.005", "0.015", "0.025", "0.0251"].map(minor), [0, 2, 2, 3]);
        assert_eq!(rounded(Decimal::MAX, usd), None);
    }
}
