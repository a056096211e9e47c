//! The one way a fee is rounded.

/// `value` x `numerator` / `denominator`, rounded to the nearest; a half goes to the even neighbour.
///
/// `numerator` is at most 64 bits wide and at most `denominator`, so that the result fits.
pub(crate) fn half_even(value: u64, numerator: u64, denominator: u64) -> u64 {
    exact_half_even(u128::from(value) * u128::from(numerator), denominator)
}

/// `scaled` / `denominator`, rounded half-even; the largest number where it does not fit.
pub(crate) fn exact_half_even(scaled: u128, denominator: u64) -> u64 {
    let denominator = u128::from(denominator.max(1));
    let (floor, rest) = (scaled / denominator, scaled % denominator);
    let rounded = match (rest * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Equal => floor + floor % 2,
        std::cmp::Ordering::Greater => floor + 1,
    };
    u64::try_from(rounded).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_goes_to_the_even_neighbour() {
        assert_eq!([1, 3, 5, 7].map(|halves| half_even(halves, 1, 2)), [0, 2, 2, 4]);
        assert_eq!(half_even(3_333, 500, 10_000), 167);
        assert_eq!(half_even(u64::MAX, u64::MAX, u64::MAX), u64::MAX);
    }
}
