//! Amounts as providers write them, exactly or not at all.

use cauri_domain::Money;
use iso_currency::Currency;

use super::WebhookError;
use super::json::Node;

/// A positive amount as a provider wrote it, in ISO 4217 minor units whatever the wire's scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireAmount {
    minor: u64,
    currency: String,
}

impl WireAmount {
    /// The amount in ISO 4217 minor units. Never zero.
    #[must_use]
    pub const fn minor(&self) -> u64 {
        self.minor
    }

    /// The ISO 4217 code, in upper case.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The amount in a currency that a ledger takes, if it is one.
    pub(crate) fn money(&self) -> Option<Money> {
        Money::from_minor(self.minor, self.currency.parse().ok()?)
    }

    /// Adds `more`, which stands at `node`, to what there is so far.
    pub(crate) fn add(
        so_far: Option<Self>,
        more: Self,
        node: &Node<'_>,
    ) -> Result<Self, WebhookError> {
        let Some(Self { minor, currency }) = so_far else { return Ok(more) };
        let sum = minor.checked_add(more.minor).filter(|_| currency == more.currency);
        sum.map(|minor| Self { minor, currency }).ok_or_else(|| node.refuse("does not add up"))
    }

    /// What is left without the other; `None` in two currencies, or when nothing is left.
    pub(crate) fn minus(&self, other: &Self) -> Option<Self> {
        let minor = self.minor.checked_sub(other.minor).filter(|minor| *minor > 0)?;
        (self.currency == other.currency).then(|| Self { minor, currency: self.currency.clone() })
    }

    /// A whole number of units of 10^-`wire_exponent`.
    pub(crate) fn from_integer(
        amount: &Node<'_>,
        wire_exponent: u32,
        currency: IsoCurrency,
    ) -> Result<Self, WebhookError> {
        let number = amount.integer()?;
        let power = |digits: u32| 10_u64.checked_pow(digits);
        let scaled = if wire_exponent > currency.exponent {
            let divisor = power(wire_exponent - currency.exponent)
                .ok_or_else(|| amount.refuse("has a scale nobody uses"))?;
            if !number.is_multiple_of(divisor) {
                return Err(amount.refuse("is finer than its currency"));
            }
            Some(number / divisor)
        } else {
            power(currency.exponent - wire_exponent).and_then(|factor| number.checked_mul(factor))
        };
        Self::try_new(amount, scaled, currency)
    }

    /// A decimal such as `10.00`: digits and at most one point, nothing else.
    pub(crate) fn from_decimal(
        amount: &Node<'_>,
        currency: IsoCurrency,
    ) -> Result<Self, WebhookError> {
        let text = amount.text()?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if text.len() > 40 || !is_digits(whole) || !is_digits(fraction) {
            return Err(amount.refuse("is not a decimal such as 10.00"));
        }
        let exponent = currency.exponent as usize;
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > exponent {
            return Err(amount.refuse("is finer than its currency"));
        }
        let minor = format!("{whole}{fraction:0<exponent$}").parse().ok();
        Self::try_new(amount, minor, currency)
    }

    fn try_new(
        amount: &Node<'_>,
        minor: Option<u64>,
        currency: IsoCurrency,
    ) -> Result<Self, WebhookError> {
        match minor {
            None => Err(amount.refuse("is too large")),
            Some(0) => Err(amount.refuse("is zero")),
            Some(minor) => Ok(Self { minor, currency: currency.code }),
        }
    }
}

/// A currency of ISO 4217 that has minor units.
pub(crate) struct IsoCurrency {
    pub(crate) code: String,
    pub(crate) exponent: u32,
}

impl IsoCurrency {
    /// Reads a code, in either case: Stripe writes them small.
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, WebhookError> {
        let code = node.text()?.to_ascii_uppercase();
        let exponent = Currency::from_code(&code)
            .and_then(Currency::exponent)
            .ok_or_else(|| node.refuse("is no ISO 4217 currency"))?;
        Ok(Self { code, exponent: u32::from(exponent) })
    }
}
