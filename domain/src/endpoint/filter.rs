//! Which events an endpoint wants.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::WalletId;
use crate::refusal::Refusal;
use crate::text::{Code, TextError};

/// The longest pattern, in characters.
const LONGEST: usize = 64;
/// The most patterns, wallets or categories of a filter.
const MOST: usize = 100;

/// A type of event (`escrow.released.v1`), or all that begin alike (`escrow.*`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Arc<str>);

impl Pattern {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an event type is meant.
    #[must_use]
    pub fn matches(&self, wire_name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => wire_name.starts_with(beginning),
            None => wire_name == &*self.0,
        }
    }
}

impl FromStr for Pattern {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_';
        // A star stands for whole parts: `escrow.*`, not `esc*`.
        let plain = text.strip_suffix(".*").unwrap_or(text);
        if plain.is_empty() || text.len() > LONGEST || !plain.bytes().all(fits) {
            let allowed = "a-z 0-9 . _, perhaps with .* at the end";
            return Err(TextError::NotAllowed { longest: LONGEST, allowed });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Pattern {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.as_ref().to_owned()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which events an endpoint wants: those that fit every list that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Of these types; of all when empty.
    pub types: Vec<Pattern>,
    /// Whose payload names one of these wallets, or something that one of them has part in
    /// ([`LedgerState::wallets_with_part_in`](crate::LedgerState::wallets_with_part_in)); any when
    /// empty.
    pub wallets: Vec<WalletId>,
    /// Whose command had one of these categories; any, or none, when empty.
    pub categories: Vec<Code>,
}

impl Filter {
    /// The filter with each of its lists in order and each of their members once, so that two filters
    /// that want the same are the same.
    ///
    /// # Errors
    /// A pattern that no type of event fits, which would wait for ever; too many of anything.
    pub(super) fn checked(&self) -> Result<Self, Refusal> {
        let known = |pattern: &Pattern| Event::WIRE_NAMES.iter().any(|name| pattern.matches(name));
        if !self.types.iter().all(known) {
            let allowed = "types of events that there are: escrow.released.v1, escrow.*";
            return Err(Refusal::InvalidSetting { field: "types", allowed });
        }
        let Self { mut types, mut wallets, mut categories } = self.clone();
        types.sort();
        types.dedup();
        wallets.sort();
        wallets.dedup();
        categories.sort();
        categories.dedup();
        for (field, many) in
            [("types", types.len()), ("wallets", wallets.len()), ("categories", categories.len())]
        {
            if many > MOST {
                return Err(Refusal::InvalidSetting { field, allowed: "at most 100" });
            }
        }
        Ok(Self { types, wallets, categories })
    }

    /// Whether an event of this type and category is wanted, whosever it is.
    #[must_use]
    pub fn wants(&self, wire_name: &str, category: Option<&Code>) -> bool {
        let of_type = self.types.is_empty() || self.types.iter().any(|it| it.matches(wire_name));
        let of_category = self.categories.is_empty()
            || category.is_some_and(|category| self.categories.contains(category));
        of_type && of_category
    }

    /// Whether an event is wanted that names these wallets, or what they have part in.
    #[must_use]
    pub fn wants_any_of(&self, wallets: &[WalletId]) -> bool {
        self.wallets.is_empty() || wallets.iter().any(|it| self.wallets.contains(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_star_stands_for_whole_parts() {
        assert!(pattern("escrow.*").matches("escrow.released.v1"));
        assert!(pattern("escrow.released.*").matches("escrow.released.v1"));
        assert!(!pattern("escrow.*").matches("escrows.released.v1"));
        assert!(pattern("escrow.released.v1").matches("escrow.released.v1"));
        assert!(!pattern("escrow.released.v1").matches("escrow.released.v10"));
        for text in ["", "*", ".*", "esc*", "escrow.*.v1", "Escrow.*", "escrow-*"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_event_fits_every_list_that_is_not_empty() {
        let (one, other) = (WalletId(uuid::Uuid::from_u128(1)), WalletId(uuid::Uuid::from_u128(2)));
        let food: Code = "food".parse().expect("a word");
        let filter = Filter {
            types: vec![pattern("transfer.*")],
            wallets: vec![one],
            categories: vec![food.clone()],
        };
        assert!(filter.wants("transfer.completed.v1", Some(&food)));
        assert!(!filter.wants("wallet.opened.v1", Some(&food)));
        assert!(!filter.wants("transfer.completed.v1", None));
        assert!(filter.wants_any_of(&[other, one]));
        assert!(!filter.wants_any_of(&[other]) && !filter.wants_any_of(&[]));
        assert!(Filter::default().wants("wallet.opened.v1", None));
        assert!(Filter::default().wants_any_of(&[]));
    }
}
