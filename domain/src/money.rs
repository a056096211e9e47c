//! Amounts of money: exact, strictly positive, in one currency.

use std::fmt;
use std::num::NonZeroU64;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::currency::{Currency, UnknownCurrency};

/// A strictly positive amount in minor units of one currency (XOF 1 = 1 franc, KWD 1 = 1 fils).
///
/// Zero and negative amounts do not exist: the side of a posting carries the sign. On the wire it
/// is a pair of the decimal at full currency scale and the code: `["10.00","USD"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: NonZeroU64,
    currency: Currency,
}

/// Why an amount is no money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// No decimal number in plain notation.
    #[error("the amount is not a decimal number")]
    NotADecimal,
    /// Zero or less.
    #[error("the amount must be more than zero")]
    NotPositive,
    /// More decimals than the currency has.
    #[error("{currency} has {} decimals, the amount has more", .currency.exponent())]
    ScaleTooFine {
        /// The currency whose scale was exceeded.
        currency: Currency,
    },
    /// More than 18,446,744,073,709,551,615 minor units.
    #[error("the amount is larger than a ledger can hold")]
    TooLarge,
    /// No currency of ISO 4217.
    #[error(transparent)]
    UnknownCurrency(#[from] UnknownCurrency),
}

impl Money {
    /// From minor units; `None` for zero.
    #[must_use]
    pub fn from_minor(minor: u64, currency: Currency) -> Option<Self> {
        NonZeroU64::new(minor).map(|minor| Self { minor, currency })
    }

    /// From a decimal in major units: `25000` or `25000.00` XOF, but not `25000.50` XOF.
    ///
    /// # Errors
    /// [`MoneyError`]: zero, negative, finer than the currency's scale, or too large.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount.is_zero() || amount.is_sign_negative() {
            return Err(MoneyError::NotPositive);
        }
        let exact = amount.normalize();
        let exponent = u32::from(currency.exponent());
        let Some(missing) = exponent.checked_sub(exact.scale()) else {
            return Err(MoneyError::ScaleTooFine { currency });
        };
        let minor = exact
            .mantissa()
            .checked_mul(10_i128.pow(missing))
            .and_then(|minor| u64::try_from(minor).ok())
            .ok_or(MoneyError::TooLarge)?;
        Self::from_minor(minor, currency).ok_or(MoneyError::NotPositive)
    }

    /// From a decimal as text: digits with at most one point, no exponent, no separators.
    ///
    /// # Errors
    /// [`MoneyError`], as [`Money::from_decimal`], or no decimal at all.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        Self::from_decimal(parse_decimal(amount)?, currency)
    }

    /// The amount in minor units.
    #[must_use]
    pub const fn minor(self) -> u64 {
        self.minor.get()
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in major units, at full currency scale.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        decimal(i128::from(self.minor()), self.currency).expect("64 bits fit into a decimal's 96")
    }
}

/// Minor units as a decimal in major units at full currency scale; `None` beyond 96 bits.
#[must_use]
pub fn decimal(minor: i128, currency: Currency) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(minor, u32::from(currency.exponent())).ok()
}

/// A decimal in plain notation: `rust_decimal` alone would also take `1_000` and `.5`.
///
/// # Errors
/// [`MoneyError::NotADecimal`], or [`MoneyError::TooLarge`] beyond 28 digits.
pub fn parse_decimal(text: &str) -> Result<Decimal, MoneyError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(MoneyError::NotADecimal);
    }
    Decimal::from_str_exact(text).map_err(|_| MoneyError::TooLarge)
}

/// Digits on the stack: the amount is on the hot path of every event written.
struct MinorText {
    bytes: [u8; 24],
    start: usize,
}

impl MinorText {
    fn new(mut minor: u64, exponent: u8) -> Self {
        let mut bytes = [0_u8; 24];
        let mut start = bytes.len();
        let mut written = 0;
        while minor > 0 || written <= exponent {
            if written == exponent && exponent > 0 {
                start -= 1;
                bytes[start] = b'.';
            }
            start -= 1;
            bytes[start] = b'0' + u8::try_from(minor % 10).expect("a digit");
            minor /= 10;
            written += 1;
        }
        Self { bytes, start }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[self.start..]).expect("digits and a point")
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = MinorText::new(self.minor(), self.currency.exponent());
        write!(f, "{} {}", amount.as_str(), self.currency)
    }
}

/// Calls `with` with the amount alone, at full currency scale.
pub(crate) fn with_amount<T>(money: Money, with: impl FnOnce(&str) -> T) -> T {
    with(MinorText::new(money.minor(), money.currency.exponent()).as_str())
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        with_amount(*self, |amount| (amount, self.currency.code()).serialize(serializer))
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (amount, currency) = <(String, Currency)>::deserialize(deserializer)?;
        Self::parse(&amount, currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn an_amount_is_taken_only_when_it_is_exact() {
        let xof = currency("XOF");
        assert_eq!(Money::parse("25000.00", xof).unwrap().minor(), 25_000);
        assert_eq!(Money::parse("25000.50", xof), Err(MoneyError::ScaleTooFine { currency: xof }));
        assert_eq!(Money::parse("0.001", currency("KWD")).unwrap().minor(), 1);
        for text in ["0", "-1", "0.00", "-0"] {
            assert_eq!(Money::parse(text, xof), Err(MoneyError::NotPositive), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1e3", "1_000", "1,5", "+1", " 1", "NaN", "0x10"] {
            assert_eq!(Money::parse(text, xof), Err(MoneyError::NotADecimal), "{text}");
        }
        for text in ["18446744073709551616", "99999999999999999999999999999999999"] {
            assert_eq!(Money::parse(text, xof), Err(MoneyError::TooLarge), "{text}");
        }
    }

    #[test]
    fn the_wire_form_is_a_decimal_at_full_scale_and_a_code() {
        for (minor, code, wire) in [
            (1, "XOF", r#"["1","XOF"]"#),
            (5, "USD", r#"["0.05","USD"]"#),
            (1_000, "USD", r#"["10.00","USD"]"#),
            (1, "KWD", r#"["0.001","KWD"]"#),
            (u64::MAX, "CLF", r#"["1844674407370955.1615","CLF"]"#),
        ] {
            let money = Money::from_minor(minor, currency(code)).unwrap();
            assert_eq!(serde_json::to_string(&money).unwrap(), wire);
        }
    }

    proptest! {
        #[test]
        fn print_and_parse_agree(minor in 1_u64.., code in "XOF|USD|KWD|CLF") {
            let money = Money::from_minor(minor, currency(&code)).unwrap();
            let wire = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&wire).unwrap(), money);
            prop_assert_eq!(Money::from_decimal(money.to_decimal(), money.currency()), Ok(money));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = Money::parse(&text, currency("USD"));
        }
    }
}
