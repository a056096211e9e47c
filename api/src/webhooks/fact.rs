//! What a delivery says, in words that no provider owns.
//!
//! Invariant: nothing personal and no free text. Ids are opaque, reasons are short codes, amounts
//! are whole ISO 4217 minor units of a known currency.

use iso_currency::Currency;
use uuid::Uuid;

use super::WebhookError;
use super::json::Node;

/// A delivery whose sender is proved and whose body is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The provider's name, as in its webhook address.
    pub provider: &'static str,
    /// The provider's id of the event. Not every provider has one, and none may be trusted to be
    /// the only guard against booking twice: the fact is.
    pub delivery_id: Option<String>,
    /// SHA-256 of the raw body.
    pub body_sha256: [u8; 32],
    /// The provider's word for what happened: an opaque token, for logs.
    pub kind: String,
    /// What it means for money. `None`: authentic, and without effect here.
    pub fact: Option<Fact>,
}

/// What a provider says happened to money.
///
/// A fact may come late, twice, and in any order. `reference` is our own id as the provider hands
/// it back; money without one came in all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Money came in.
    PayinSucceeded {
        /// Our pay-in, if the provider names one.
        reference: Option<Uuid>,
        /// The provider's id of the payment.
        object: String,
        /// What was received.
        amount: WireAmount,
    },
    /// A payment did not work. It may still, later, on the same object.
    PayinDeclined {
        /// Our pay-in, if the provider names one.
        reference: Option<Uuid>,
        /// The provider's id of the payment.
        object: String,
        /// A short code.
        reason: String,
    },
    /// Money was paid out.
    PayoutPaid {
        /// Our withdrawal.
        reference: Uuid,
        /// The provider's id of the payout.
        object: String,
        /// What was paid.
        amount: WireAmount,
    },
    /// A payout did not work, perhaps after it was said to be paid.
    PayoutFailed {
        /// Our withdrawal.
        reference: Uuid,
        /// The provider's id of the payout.
        object: String,
        /// A short code.
        reason: String,
    },
}

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

    /// A whole number of units of 10^-`wire_exponent`.
    pub(super) fn from_integer(
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
    pub(super) fn from_decimal(
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
pub(super) struct IsoCurrency {
    pub(super) code: String,
    pub(super) exponent: u32,
}

impl IsoCurrency {
    /// Reads a code, in either case: Stripe writes them small.
    pub(super) fn read(node: &Node<'_>) -> Result<Self, WebhookError> {
        let code = node.text()?.to_ascii_uppercase();
        let exponent = Currency::from_code(&code)
            .and_then(Currency::exponent)
            .ok_or_else(|| node.refuse("is no ISO 4217 currency"))?;
        Ok(Self { code, exponent: u32::from(exponent) })
    }
}

/// Our own id, if one of these values is a UUID in its canonical form.
pub(super) fn reference<'a>(
    candidates: impl IntoIterator<Item = Option<Node<'a>>>,
) -> Option<Uuid> {
    candidates
        .into_iter()
        .flatten()
        .filter_map(|node| node.as_text())
        .filter(|text| text.len() == 36)
        .find_map(|text| Uuid::parse_str(text).ok())
}

/// A reason as a short code, or `otherwise`.
///
/// Providers put sentences, names and telephone numbers into their reasons, and events are for
/// ever: only what is surely a code passes.
pub(super) fn reason(given: Option<Node<'_>>, otherwise: &'static str) -> String {
    let Some(text) = given.and_then(|node| node.as_text()) else { return otherwise.to_owned() };
    let code = text.to_ascii_lowercase();
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
    let longest_number =
        code.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    let is_code = (1..=64).contains(&code.len())
        && code.bytes().all(is_plain)
        && code.bytes().any(|b| b.is_ascii_lowercase())
        && longest_number < 6;
    if is_code { code } else { otherwise.to_owned() }
}
