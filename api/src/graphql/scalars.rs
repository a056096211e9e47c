//! Scalars of our own. They keep the text that came in: whether it is an amount or a currency is
//! judged by the domain, whose refusal is an answer and names the field.

use async_graphql::{Description, InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// The longest text that a scalar takes.
const LONGEST: usize = 64;

/// A decimal number in plain notation, as a string: `"10.00"`. Exact, never a float. In input an
/// integer is taken too.
#[derive(Debug, Clone, PartialEq, Eq, Description)]
pub struct DecimalText(pub String);

#[expect(clippy::wildcard_enum_match_arm, reason = "every other kind of value is refused alike")]
#[Scalar(name = "Decimal", use_type_description)]
impl ScalarType for DecimalText {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.len() <= LONGEST => Ok(Self(text)),
            Value::Number(number) if number.is_i64() || number.is_u64() => {
                Ok(Self(number.to_string()))
            }
            Value::Number(_) => Err(InputValueError::custom(
                "a Decimal with a fraction must be a string, such as \"10.50\": floats are not exact",
            )),
            Value::String(_) => Err(InputValueError::custom("the text is too long for a Decimal")),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl DecimalText {
    /// An amount at the full scale of its currency: a database drops the decimals of a zero.
    pub(super) fn of(mut amount: rust_decimal::Decimal, currency: &str) -> Self {
        if let Ok(currency) = currency.parse::<cauri_domain::Currency>() {
            amount.rescale(u32::from(currency.exponent()));
        }
        Self(amount.to_string())
    }
}

/// An ISO 4217 code in upper case: `"XOF"`.
#[derive(Debug, Clone, PartialEq, Eq, Description)]
pub struct CurrencyText(pub String);

#[expect(clippy::wildcard_enum_match_arm, reason = "every other kind of value is refused alike")]
#[Scalar(name = "Currency", use_type_description)]
impl ScalarType for CurrencyText {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.len() <= LONGEST => Ok(Self(text)),
            Value::String(_) => Err(InputValueError::custom("the text is too long for a Currency")),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// The place of an event in its ledger, gapless from 0: an integer below 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Description)]
pub struct RevisionNumber(pub u64);

#[expect(clippy::wildcard_enum_match_arm, reason = "every other kind of value is refused alike")]
#[Scalar(name = "Revision", use_type_description)]
impl ScalarType for RevisionNumber {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_u64().filter(|number| *number < 1 << 53),
            _ => return Err(InputValueError::expected_type(value)),
        };
        number.map(Self).ok_or_else(|| InputValueError::custom("a Revision is 0 to 2^53 - 1"))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

impl From<cauri_domain::Revision> for RevisionNumber {
    fn from(revision: cauri_domain::Revision) -> Self {
        Self(revision.0)
    }
}

/// A revision as Postgres keeps it. Never negative in a row.
impl From<i64> for RevisionNumber {
    fn from(revision: i64) -> Self {
        Self(revision.unsigned_abs())
    }
}
