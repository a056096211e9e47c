//! Closed vocabularies: the schema's enums, and the words that the read models keep.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
        #[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            #[allow(dead_code, reason = "not every word is read from a row")]
            pub(in crate::graphql) fn of(word: &str) -> async_graphql::Result<Self> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::graphql::fault::unavailable("the read models are of another version")),
                }
            }

            #[allow(dead_code, reason = "not every word is a filter")]
            pub(in crate::graphql) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

pub(super) use words;

words!(
    /// The side of an account.
    PostingSide {
        /// Left: assets grow.
        Debit "debit",
        /// Right: liabilities and income grow.
        Credit "credit",
    }
);
words!(
    /// What an account is.
    AccountClass {
        /// What we own or are owed.
        Asset "asset",
        /// What we owe.
        Liability "liability",
        /// What is the owners'.
        Equity "equity",
        /// What we earned.
        Income "income",
        /// What it cost.
        Expense "expense",
    }
);
