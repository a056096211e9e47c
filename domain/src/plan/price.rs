//! What one unit costs: exact, and often less than a minor unit.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::money::parse_decimal;

/// A price of one unit in major units of a currency: 0 to 1,000,000 with at most 9 decimals.
///
/// It is never rounded: what many units cost together is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(Decimal);

/// A text is no price of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a unit's price is 0 to 1000000 with at most 9 decimals")]
pub struct BadPrice;

impl UnitPrice {
    /// The price.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

impl FromStr for UnitPrice {
    type Err = BadPrice;
    fn from_str(text: &str) -> Result<Self, BadPrice> {
        let price = parse_decimal(text).map_err(|_| BadPrice)?.normalize();
        let fits =
            (Decimal::ZERO..=Decimal::from(1_000_000)).contains(&price) && price.scale() <= 9;
        if fits { Ok(Self(price)) } else { Err(BadPrice) }
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for UnitPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UnitPrice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_exact_and_has_one_form() {
        for (text, form) in [("0.0020", "0.002"), ("5", "5"), ("0", "0"), ("1000000.00", "1000000")]
        {
            assert_eq!(text.parse::<UnitPrice>().map(|it| it.to_string()), Ok(form.to_owned()));
        }
        for text in ["-1", "0.0000000001", "1000000.1", "1e3", ""] {
            assert_eq!(text.parse::<UnitPrice>(), Err(BadPrice), "{text}");
        }
    }
}
