//! Refusals as data.

use async_graphql::{Enum, SimpleObject};
use uuid::Uuid;

use cauri_domain::{Refusal, Revision};
use cauri_ledger::store::Head;

use super::scalars::RevisionNumber;
use crate::trail::scope;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal,)*) => {
        /// Why a command was refused. Codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
        pub enum RefusalCode {
            $( $(#[$doc])* $name, )*
        }

        impl RefusalCode {
            /// Every code there is.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($code, Self::$name)),*];
        }
    };
}

cauri_domain::each_refusal!(codes);

/// Why a command was refused. Nothing has changed, and the commandId may be used again.
#[derive(Debug, Clone, SimpleObject)]
pub struct Refused {
    /// The stable code.
    pub code: RefusalCode,
    /// The input it is about, where it is about one: `amount`, `commands[3].amount`.
    pub field: Option<String>,
    /// For people, in English; not stable.
    pub message: String,
    /// What the message says, for programs: the limit, what was needed, what is left.
    pub details: Vec<RefusalDetail>,
    /// The command that was refused.
    pub command_id: Uuid,
    /// Where the ledger ended when it was judged; absent when the input was refused before.
    pub at_revision: Option<RevisionNumber>,
}

/// One of the things that a refusal says.
#[derive(Debug, Clone, SimpleObject)]
pub struct RefusalDetail {
    /// What: `available`, `needed`, `limit`, `used`, `left`, `state`. Stable.
    pub name: &'static str,
    /// How much, or which: amounts are decimals with their currency.
    pub value: String,
}

/// A refusal's code, as the schema has it.
pub(super) fn code_of(refusal: &Refusal) -> RefusalCode {
    let code = RefusalCode::ALL.iter().find(|(code, _)| *code == refusal.code());
    code.expect("a test compares the lists").1
}

impl Refused {
    pub(super) fn new(refusal: &Refusal, command_id: Uuid, at: Option<Head>) -> Self {
        let at_revision = match at {
            Some(Head::At(revision)) => Some(revision.into()),
            Some(Head::Empty) | None => None,
        };
        let field = refusal.path();
        // Every refusal is made here, so that none is missing on record.
        let at = at_revision.map(|RevisionNumber(revision)| Revision(revision));
        scope::refused(command_id, refusal.code(), field.clone(), at);
        Self {
            code: code_of(refusal),
            field,
            message: refusal.to_string(),
            details: refusal
                .details()
                .into_iter()
                .map(|(name, value)| RefusalDetail { name, value })
                .collect(),
            command_id,
            at_revision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_the_domain_has_its_code_here() {
        let here: Vec<_> = RefusalCode::ALL.iter().map(|(code, _)| *code).collect();
        assert_eq!(here, Refusal::CODES);
    }
}
