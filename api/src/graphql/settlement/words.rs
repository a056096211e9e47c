//! Words about settlements.

use crate::graphql::words::words;

words!(
    /// Where a settlement stands.
    SettlementStatus {
        /// In force.
        Recorded "recorded",
        /// Taken back: it was recorded wrongly.
        Reversed "reversed",
    }
);
