//! Payment methods: ways to pay and to be paid, kept as references into a provider's vault. No card
//! number, no phone number has a way in.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Active: AddPaymentMethod
//!     Active --> Active: SetDefaultPaymentMethod
//!     Active --> Disabled: DisablePaymentMethod
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `AddPaymentMethod` | `payment_method.added.v1` | none |
//! | `SetDefaultPaymentMethod` | `payment_method.made_default.v1` | none |
//! | `DisablePaymentMethod` | `payment_method.disabled.v1` | none |
//!
//! A wallet has one default at most. Its owner, members who manage it, and staff look after them. A
//! method that is disabled stays so, and is the default no more.

use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{PaymentMethodId, WalletId};
use crate::text::{Code, Provider, Reference, TextError};

mod rules;
pub(crate) use rules::*;

/// The longest hint, in characters.
const LONGEST: usize = 16;
/// The most digits of a hint.
const DIGITS_MOST: usize = 4;

/// What a person knows a payment method by: `*1234`, `visa-*1234`.
///
/// At most four digits, so that it can be no card or phone number, nor a large part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hint(Arc<str>);

impl Hint {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hint {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"*-".contains(&b);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_short = !text.is_empty() && text.len() <= LONGEST;
        if is_short && digits <= DIGITS_MOST && text.bytes().all(fits) {
            return Ok(Self(text.into()));
        }
        let allowed = "a-z * - and no more than 4 digits";
        Err(TextError::NotAllowed { longest: LONGEST, allowed })
    }
}

impl TryFrom<String> for Hint {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<Hint> for String {
    fn from(hint: Hint) -> Self {
        hint.0.as_ref().to_owned()
    }
}

/// Adds a way to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Add {
    /// Its id, chosen by the caller.
    pub method: PaymentMethodId,
    /// Whose wallet's.
    pub wallet: WalletId,
    /// The provider in whose vault it is.
    pub provider: Provider,
    /// What it is: `card`, `mobile-money`, `bank`, a word of the marketplace's own vocabulary.
    pub kind: Code,
    /// What the vault knows it by.
    pub token: Reference,
    /// What a person knows it by.
    pub hint: Option<Hint>,
}

/// Makes it the wallet's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeDefault {
    /// Which.
    pub method: PaymentMethodId,
}

/// Forbids it, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disable {
    /// Which.
    pub method: PaymentMethodId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Option<Code>,
}

/// A way to pay was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its id.
    pub method: PaymentMethodId,
    /// Whose wallet's.
    pub wallet: WalletId,
    /// The provider in whose vault it is.
    pub provider: Provider,
    /// What it is.
    pub kind: Code,
    /// What the vault knows it by.
    pub token: Reference,
    /// What a person knows it by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<Hint>,
}

/// It is the wallet's default now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeDefault {
    /// Which.
    pub method: PaymentMethodId,
    /// Of which wallet.
    pub wallet: WalletId,
    /// Which one was it before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<PaymentMethodId>,
}

/// It is forbidden, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Which.
    pub method: PaymentMethodId,
    /// Of which wallet.
    pub wallet: WalletId,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Code>,
}

/// A payment method as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethod {
    /// Whose wallet's.
    pub wallet: WalletId,
    /// The provider in whose vault it is.
    pub provider: Provider,
    /// What it is.
    pub kind: Code,
    /// What the vault knows it by.
    pub token: Reference,
    /// What a person knows it by.
    pub hint: Option<Hint>,
    /// Whether it is forbidden.
    pub is_disabled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_no_number() {
        for text in ["*1234", "visa-*1234", "momo-*89", "****"] {
            assert!(text.parse::<Hint>().is_ok(), "{text}");
        }
        for text in ["", "12345", "*1-2-3-4-5", "+22890", "4242424242424242", "Visa", "a b"] {
            assert!(text.parse::<Hint>().is_err(), "{text}");
        }
    }
}
