//! The closed vocabularies of the schema, and the words that the read models keep.

use async_graphql::{Enum, Result};

use crate::graphql::fault;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            pub(in crate::graphql) fn of(word: &str) -> Result<Self> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(fault::unavailable("the read models are of another version")),
                }
            }

            #[allow(dead_code, reason = "not every word is a filter")]
            pub(in crate::graphql) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words!(
    /// What a wallet may do.
    WalletStatus {
        /// Debits and credits.
        Active "active",
        /// Credits only.
        Frozen "frozen",
        /// Nothing.
        Closed "closed",
    }
);
words!(
    /// Where a pay-in stands.
    PayinStatus {
        /// Waiting for its money.
        Created "created",
        /// The payer failed once, and may come back.
        Declined "declined",
        /// The money is in the wallet.
        Succeeded "succeeded",
        /// Too late.
        Expired "expired",
    }
);
words!(
    /// Where an escrow stands.
    EscrowStatus {
        /// Agreed, not yet funded; seen only for the moment between two events of one unit.
        Opened "opened",
        /// The money is put aside.
        Funded "funded",
        /// The seller says it is done; the inspection period runs.
        Delivered "delivered",
        /// The seller has it.
        Released "released",
        /// The buyer has it back.
        Refunded "refunded",
    }
);
words!(
    /// Where a withdrawal stands.
    WithdrawalStatus {
        /// Waiting for a judgement.
        Requested "requested",
        /// It may go.
        Approved "approved",
        /// It may not; the money is back.
        Rejected "rejected",
        /// With a provider, outcome open.
        Submitted "submitted",
        /// Paid out.
        Paid "paid",
        /// Not paid out; the money is back.
        Failed "failed",
        /// Paid out, and came back.
        Returned "returned",
    }
);
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
