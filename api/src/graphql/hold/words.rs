//! Words about holds.

use crate::graphql::words::words;

words!(
    /// Where a hold stands.
    HoldStatus {
        /// Money is held.
        Placed "placed",
        /// The last capture was made.
        Captured "captured",
        /// Given back.
        Voided "voided",
        /// Given back, because its time was over.
        Expired "expired",
    }
);

/// What a last capture does about an amount above what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum BeyondHold {
    /// Refuses it.
    Refuse,
    /// Charges the difference to the first payer, who must have it.
    Charge,
    /// Charges it to the first payer, who owes what they do not have.
    Owe,
}
