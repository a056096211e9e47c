//! Dividing an amount among parties: largest remainder.

use crate::money::Money;

/// Divides `money` by `weights`: each party gets its share rounded down, and the units that are
/// left go one each to the largest fractions, the first of equals first. The shares always sum to
/// the whole. `None` where there is no weight at all, or the weights together are beyond 64 bits.
#[must_use]
pub fn split_by_weights(money: Money, weights: &[u64]) -> Option<Vec<Option<Money>>> {
    let sum = weights.iter().try_fold(0_u64, |sum, weight| sum.checked_add(*weight))?;
    if sum == 0 {
        return None;
    }
    let (whole, sum) = (u128::from(money.minor()), u128::from(sum));
    let scaled = |weight: &u64| whole * u128::from(*weight);
    let mut shares: Vec<u64> = weights
        .iter()
        .map(|weight| u64::try_from(scaled(weight) / sum).expect("a share is at most the whole"))
        .collect();
    let left = money.minor() - shares.iter().sum::<u64>();
    let mut by_fraction: Vec<(usize, u128)> =
        weights.iter().map(|weight| scaled(weight) % sum).enumerate().collect();
    by_fraction.sort_by_key(|(place, fraction)| (std::cmp::Reverse(*fraction), *place));
    let left = usize::try_from(left).expect("fewer units are left than there are parties");
    for (place, _) in by_fraction.into_iter().take(left) {
        shares[place] += 1;
    }
    Some(shares.into_iter().map(|minor| Money::from_minor(minor, money.currency())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(minor: u64, weights: &[u64]) -> Vec<u64> {
        let money = Money::from_minor(minor, "XOF".parse().unwrap()).unwrap();
        let shares = split_by_weights(money, weights).unwrap();
        shares.into_iter().map(|share| share.map_or(0, Money::minor)).collect()
    }

    #[test]
    fn what_is_left_goes_to_the_largest_fractions() {
        assert_eq!(split(9_999, &[75, 25]), [7_499, 2_500]);
        assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(split(1, &[1, 1]), [1, 0]);
        assert_eq!(split(5, &[0, 3, 0]), [0, 5, 0]);
        let one = Money::from_minor(1, "XOF".parse().unwrap()).unwrap();
        assert_eq!(split_by_weights(one, &[]), None);
        assert_eq!(split_by_weights(one, &[0, 0]), None);
        assert_eq!(split_by_weights(one, &[u64::MAX, 1]), None);
    }

    proptest! {
        #[test]
        fn the_shares_sum_to_the_whole_and_are_fair(
            minor in 1_u64..,
            weights in prop::collection::vec(0..=u64::from(u32::MAX), 1..12),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let shares = split(minor, &weights);
            let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
            prop_assert_eq!(shares.iter().map(|share| u128::from(*share)).sum::<u128>(), u128::from(minor));
            for (share, weight) in shares.iter().zip(&weights) {
                let down = u128::from(minor) * u128::from(*weight) / sum;
                prop_assert!(u128::from(*share) == down || u128::from(*share) == down + 1);
                prop_assert!(*weight > 0 || *share == 0);
            }
        }
    }
}
