//! Short texts that come from outside, each checked once.
//!
//! Events are for ever, so none of these can hold free text: a name, a phone number or a card
//! number has no way in. Anything personal stays outside and is named by an opaque reference. Only
//! a provider's own ids ([`ObjectId`]) may look like a card number: some are long numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Empty, too long, or with a character that this kind of text cannot have.
    #[error("must be 1 to {longest} of {allowed}")]
    NotAllowed {
        /// The longest length in characters.
        longest: usize,
        /// The characters allowed, for people.
        allowed: &'static str,
    },
    /// Looks like a payment card number (13 to 19 digits that pass the Luhn check).
    #[error(
        "looks like a card number, which must never reach a ledger: name a card by its provider's \
         token, and put a word before any other number, such as `order-`"
    )]
    CardNumber,
    /// A payout destination that looks like a payment card number.
    #[error(
        "looks like a card number, which is kept nowhere: write a mobile number with + and its \
         country's code, any other account as its provider takes it, with a word and a colon before \
         the number, and name a card by its provider's token"
    )]
    CardDestination,
    /// Only digits, as a number of a phone or of an account has: those never reach a ledger.
    #[error(
        "is a bare number, as phones and accounts have, which must never reach a ledger: store it \
         with `storeDestination`, and name the `vlt_` reference that it answers"
    )]
    BareNumber,
    /// More labels than an event may carry.
    #[error("at most {most} dimensions")]
    TooMany {
        /// The most there may be.
        most: usize,
    },
}

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $longest:literal, $allowed:literal, $fits:expr, $refuse_cards:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                let fits: fn(u8) -> bool = $fits;
                if text.is_empty() || text.len() > $longest || !text.bytes().all(fits) {
                    return Err(TextError::NotAllowed { longest: $longest, allowed: $allowed });
                }
                if $refuse_cards && is_card_number(text) {
                    return Err(TextError::CardNumber);
                }
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

short_text!(
    /// Who acts or owns, as the marketplace's own system names them: an opaque id.
    Subject, 64, "A-Z a-z 0-9 . _ : -",
    |b| b.is_ascii_alphanumeric() || b"._:-".contains(&b), true
);
short_text!(
    /// A reference into another system: an order, a payout destination, a mission.
    Reference, 64, "A-Z a-z 0-9 . _ : / -",
    |b| b.is_ascii_alphanumeric() || b"._:/-".contains(&b), true
);
short_text!(
    /// An object at a payment provider: a payment, a payout.
    ///
    /// Only a provider makes these up, and some count in long numbers: refusing those that happen
    /// to look like a card number would refuse money that the provider really has.
    ObjectId, 128, "A-Z a-z 0-9 . _ : -",
    |b| b.is_ascii_alphanumeric() || b"._:-".contains(&b), false
);
short_text!(
    /// What a key or a secret is called that proved a message: never the secret itself.
    KeyId, 128, "A-Z a-z 0-9 . _ : / + = -",
    |b| b.is_ascii_alphanumeric() || b"._:/+=-".contains(&b), true
);
short_text!(
    /// A word of a closed vocabulary: a reason, a category, the name of a dimension.
    Code, 64, "a-z 0-9 . _ -",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b), true
);

/// 13 to 19 digits, perhaps grouped, that pass the Luhn check.
pub(crate) fn is_card_number(text: &str) -> bool {
    let grouped = text.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'.' || b == b'_');
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if !grouped || !(13..=19).contains(&digits.len()) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a text is a number alone, perhaps grouped, as long as one of a phone or an account: 7 digits
/// or more.
///
/// No text of the ledger is refused for it, since events have some from before; whoever takes a
/// destination in from outside asks.
#[must_use]
pub fn is_bare_number(text: &str) -> bool {
    let grouped = text.bytes().all(|b| b.is_ascii_digit() || b"._:/-".contains(&b));
    grouped && text.bytes().filter(u8::is_ascii_digit).count() >= 7
}

macro_rules! short_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                let end = self.0.iter().position(|b| *b == 0).unwrap_or(self.0.len());
                std::str::from_utf8(&self.0[..end]).expect("parsed from ASCII")
            }
        }

        impl FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                let mut name = [0; 16];
                let fits = (1..=16).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if !fits {
                    return Err(TextError::NotAllowed { longest: 16, allowed: "a-z 0-9 -" });
                }
                name[..text.len()].copy_from_slice(text.as_bytes());
                Ok(Self(name))
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

short_name!(
    /// A payment provider's short name: `stripe`, `fedapay`, `sim`.
    ///
    /// Kept in place (at most 16 characters), because it is part of account names.
    Provider
);
short_name!(
    /// A tax's short name: `vat`, `vat-ci`. Kept in place, as a provider's is.
    TaxCode
);

/// A few short dimensions of an event: store, service, channel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Code, Reference>", into = "BTreeMap<Code, Reference>")]
pub struct Dimensions(BTreeMap<Code, Reference>);

impl Dimensions {
    /// The most an event may carry.
    pub const MOST: usize = 8;

    /// The names and their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Code, &Reference)> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<Code, Reference>> for Dimensions {
    type Error = TextError;
    fn try_from(pairs: BTreeMap<Code, Reference>) -> Result<Self, TextError> {
        if pairs.len() > Self::MOST {
            return Err(TextError::TooMany { most: Self::MOST });
        }
        Ok(Self(pairs))
    }
}

impl From<Dimensions> for BTreeMap<Code, Reference> {
    fn from(dimensions: Dimensions) -> Self {
        dimensions.0
    }
}

/// What a command says about itself for reports: they cannot fill it in later.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Labels {
    /// What the money is for: `transport`, `shopping`.
    pub category: Option<Code>,
    /// The object in the marketplace's own system.
    pub reference: Option<Reference>,
    /// Store, service, channel.
    pub dimensions: Dimensions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_has_no_way_in() {
        for text in ["4242424242424242", "4242-4242-4242-4242", "5555.5555.5555.4444"] {
            assert_eq!(text.parse::<Reference>(), Err(TextError::CardNumber), "{text}");
        }
        assert!("4242424242424241".parse::<Reference>().is_ok());
        assert!("order-4242424242424242".parse::<Reference>().is_ok());
    }

    #[test]
    fn a_provider_may_count_as_it_likes() {
        assert!("4242424242424242".parse::<ObjectId>().is_ok());
        assert!("a b".parse::<ObjectId>().is_err());
    }

    #[test]
    fn a_number_of_a_phone_is_told_from_a_reference() {
        for text in ["22890112233", "228-90-11-22-33", "228.90.11.22.33", "9011223", "00/90112233"]
        {
            assert!(is_bare_number(text), "{text}");
            // Events from before have such.
            assert!(text.parse::<Reference>().is_ok(), "{text}");
        }
        for text in ["", "901122", "momo-1", "tok_22890112233", "vlt_0", "acct:22890112233"] {
            assert!(!is_bare_number(text), "{text}");
        }
    }

    #[test]
    fn free_text_has_no_way_in() {
        for text in ["", "a b", "J\u{e9}r\u{f4}me", "+22890000000", "x@y.z", "a\nb"] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
            assert!(text.parse::<Reference>().is_err(), "{text}");
            assert!(text.parse::<Code>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_provider_is_a_short_lower_case_name() {
        assert_eq!("fedapay".parse::<Provider>().map(|p| p.to_string()), Ok("fedapay".into()));
        for text in ["", "Stripe", "a-name-of-17-chars", "a b"] {
            assert!(text.parse::<Provider>().is_err(), "{text}");
        }
    }
}
