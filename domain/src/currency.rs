//! Currencies of ISO 4217 and their exponents.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A currency of ISO 4217 that has a minor unit, with its exponent: XOF 0, USD 2, KWD 3.
///
/// The table is that of the crate `iso_currency`. Codes without a minor unit of their own (gold,
/// the testing code) are no currencies here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// A text is no currency: not an upper-case ISO 4217 code with a minor unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?} is not an ISO 4217 currency code")]
pub struct UnknownCurrency {
    /// What was given, at most its first characters.
    pub code: String,
}

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("parsed from ASCII letters")
    }

    /// How many decimals its amounts have.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.exponent
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let unknown = || UnknownCurrency { code: text.chars().take(8).collect() };
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        if !code.iter().all(u8::is_ascii_uppercase) {
            return Err(unknown());
        }
        let exponent = iso_currency::Currency::from_code(text)
            .and_then(iso_currency::Currency::exponent)
            .and_then(|exponent| u8::try_from(exponent).ok())
            .ok_or_else(unknown)?;
        Ok(Self { code, exponent })
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;
    fn try_from(text: String) -> Result<Self, UnknownCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_those_of_iso_4217() {
        for (code, exponent) in
            [("XOF", 0), ("XAF", 0), ("JPY", 0), ("UGX", 0), ("ISK", 0), ("USD", 2), ("EUR", 2)]
                .into_iter()
                .chain([("MGA", 2), ("MRU", 2), ("KWD", 3), ("TND", 3), ("CLF", 4), ("UYW", 4)])
        {
            assert_eq!(code.parse::<Currency>().map(Currency::exponent), Ok(exponent), "{code}");
        }
    }

    #[test]
    fn what_is_no_currency_is_refused() {
        for text in ["", "US", "USDX", "usd", "XAU", "XXX", "ZZZ", "U\u{e9}"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }
}
